"""a cached_property"""
from functools import cached_property

import boto3


class Store:
    @cached_property
    def client(self):
        return boto3.client("s3")


Store().client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
