"""a module's global that a function sets"""
import boto3

client = None


def connect():
    global client
    client = boto3.client("s3")


def read():
    return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


connect()
read()
