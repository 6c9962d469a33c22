import os

import boto3

s3 = boto3.client("s3")  # want service=s3
s3._make_api_call("GetObject", {"Bucket": "b", "Key": "k"})  # want service=s3 op=GetObject certainty=possible
NAME = "PutObject"  # want service=s3 op=PutObject certainty=possible
s3._make_api_call(NAME, {})


def call(client, operation, **kwargs):
    return client._make_api_call(operation, kwargs)


call(s3, "DeleteObject")  # want service=s3 op=DeleteObject certainty=possible

# One step harder: an operation's name that comes from outside.
s3._make_api_call(os.environ["OP"], {})
