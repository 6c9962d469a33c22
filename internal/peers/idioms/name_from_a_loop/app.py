"""a loop over services' names"""
import boto3

clients = {}
for name in ("s3", "sqs"):
    clients[name] = boto3.client(name)
clients["s3"].get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
clients["sqs"].send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
