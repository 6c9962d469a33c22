"""a with statement"""
from contextlib import closing

import boto3

with closing(boto3.client("s3")) as client:
    client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
