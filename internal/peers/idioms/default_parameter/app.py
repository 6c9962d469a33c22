"""a client as a parameter's default"""
import boto3


def read(client=boto3.client("s3")):
    return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


read()
