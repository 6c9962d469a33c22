"""a function that takes a client"""
import boto3


def read(client):
    return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


read(boto3.client("s3"))
