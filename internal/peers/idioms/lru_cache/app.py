"""a function under lru_cache"""
from functools import lru_cache

import boto3


@lru_cache(maxsize=None)
def client():
    return boto3.client("s3")


client().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
