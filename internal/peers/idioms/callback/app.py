"""an operation handed on as a callback"""
import boto3


def retry(function, **kwargs):
    return function(**kwargs)


retry(boto3.client("s3").get_object, Bucket="b", Key="k")  # want service=s3 op=GetObject
