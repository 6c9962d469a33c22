"""boto3.client = partial(...)"""
import os
from functools import partial
from unittest import mock

import boto3

boto3.client = partial(boto3.client, region_name="eu-west-1")  # want unresolved "handed on"
boto3.client("s3").get_object(Bucket="b", Key="k")  # want service=s3; service=s3 op=GetObject
original = boto3.resource
boto3.resource = lambda name, **kwargs: original(name, **kwargs)  # want unresolved "lambda"
boto3.resource("sqs")  # want service=sqs
with mock.patch("boto3.client"):
    boto3.client("sns")  # want service=sns

# One step harder: what stands for it is not known.
boto3.client = getattr(boto3, os.environ["KIND"])  # want unresolved "name is not known"
boto3.client("ses")  # want service=ses
setattr(boto3, "client", partial(boto3.client, "iam"))  # want service=iam
