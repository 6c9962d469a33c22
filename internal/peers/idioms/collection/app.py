"""a resource's collection"""
import boto3

for queue in boto3.resource("sqs").queues.all():  # want service=sqs op=ListQueues
    print(queue)
