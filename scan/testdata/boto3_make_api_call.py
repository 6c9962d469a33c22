import os

import boto3

s3 = boto3.client("s3")  # want service=s3
s3._make_api_call("GetObject", {"Bucket": "b", "Key": "k"})  # want service=s3 op=GetObject
NAME = "PutObject"
s3._make_api_call(NAME, {})  # want service=s3 op=PutObject


def call(client, operation, **kwargs):
    return client._make_api_call(operation, kwargs)  # want service=s3 op=DeleteObject


call(s3, "DeleteObject")

# One step harder: an operation's name that comes from outside.
s3._make_api_call(os.environ["OP"], {})  # want service=s3 op=* certainty=possible
