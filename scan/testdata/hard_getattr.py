"""getattr(boto3, kind), getattr(client, name)"""
import os

import boto3

for kind in ("client", "resource"):
    getattr(boto3, kind)("sqs")  # want service=sqs
s3 = boto3.client("s3")  # want service=s3
getattr(s3, "get_object")(Bucket="b", Key="k")  # want service=s3 op=GetObject
name = "put_object"
getattr(s3, name)(Bucket="b", Key="k")  # want service=s3 op=DeleteObject; service=s3 op=HeadObject; service=s3 op=PutObject
for name in ["delete_object", "head_object"]:
    getattr(s3, name)(Bucket="b", Key="k")  # want service=s3 op=DeleteObject; service=s3 op=HeadObject; service=s3 op=PutObject
getattr(boto3.Session(), "client")("ses")  # want service=ses
make = getattr(boto3, "client", None)
make("sns")  # want service=sns

# One step harder: the name comes from outside.
getattr(boto3, os.environ["KIND"])("iam")  # want unresolved "name is not known"; service=iam certainty=possible
getattr(s3, os.environ["OP"])(Bucket="b")  # want service=s3 op=* certainty=possible


def by_kind(kind, name):
    return getattr(boto3, kind)(name)  # want unresolved "name is not known"
