"""a generator that yields a client"""
import boto3


def clients():
    yield boto3.client("s3")


for client in clients():
    client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
