"""a tuple of clients, unpacked"""
import boto3

store, queue = boto3.client("s3"), boto3.client("sqs")
store.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
queue.send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
