"""from boto3 import client"""
from boto3 import client

client("sqs").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
