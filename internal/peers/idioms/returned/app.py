"""a function that returns a client"""
import boto3


def make():
    return boto3.client("s3")


client = make()
client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
