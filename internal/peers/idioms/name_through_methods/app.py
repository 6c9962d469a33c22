"""an operation's name through a wrapper"""
import boto3


class Aws:
    def __init__(self, service):
        self.client = boto3.client(service)

    def call(self, operation, **kwargs):
        return getattr(self.client, operation)(**kwargs)


Aws("s3").call("get_object", Bucket="b", Key="k")  # want service=s3 op=GetObject
