"""a proxy with __getattr__"""
import boto3


class Proxy:
    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)


Proxy(boto3.client("s3")).get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
