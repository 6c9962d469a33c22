"""Attributes of a client that are read by name in other ways than getattr(client, name)."""
import os
from operator import attrgetter, methodcaller

import boto3

s3 = boto3.client("s3")  # want service=s3
methodcaller("get_" + "object", Bucket="b", Key="k")(s3)  # want service=s3 op=GetObject certainty=possible
attrgetter("put_" + "object")(s3)  # want service=s3 op=PutObject certainty=possible
s3.__getattribute__("delete_" + "object")  # want service=s3 op=DeleteObject
getattr(type(s3), "head_" + "object")(s3)  # want service=s3 op=HeadObject
getattr(s3.__class__, "copy_" + "object")(s3)  # want service=s3 op=CopyObject


# One step harder: the client goes through what the scan does not follow.
def given(client):
    getattr(client, "list_" + "buckets")()  # want service=s3 op=ListBuckets certainty=possible
    client.get_paginator("list_" + "parts")  # want service=s3 op=ListParts certainty=possible


# One step harder: the name is not known either.
boto3.client("kms").__getattribute__(os.environ["OP"])  # want service=kms; service=kms op=* certainty=possible
sns = boto3.client("sns")  # want service=sns
vars(type(sns))[os.environ["OP"]](sns)  # want service=sns op=* certainty=possible
ses = boto3.client("ses")  # want service=ses
ses.__class__.__dict__[os.environ["OP"]](ses)  # want service=ses op=* certainty=possible
ec2 = boto3.client("ec2")  # want service=ec2
for method in ec2.meta.method_to_api_mapping:
    getattr(ec2, method)()  # want service=ec2 op=* certainty=possible
sqs = boto3.client("sqs")  # want service=sqs
pages = sqs.get_paginator  # want service=sqs op=* certainty=possible
pages(os.environ["OP"])
ecs = boto3.client("ecs")  # want service=ecs
ecs.get_waiter(**{"waiter_name": os.environ["OP"]})  # want service=ecs op=* certainty=possible
