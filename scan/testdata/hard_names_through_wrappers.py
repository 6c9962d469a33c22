"""An operation's name as a string, through a wrapper."""
import os

import boto3


class Aws:
    def __init__(self, service):
        self.client = boto3.client(service)  # want service=s3; service=sqs; unresolved "os.environ"

    def call(self, operation, **kwargs):
        return getattr(self.client, operation)(**kwargs)  # want service=s3 op=GetObject; service=s3 op=HeadObject

    def pages(self, operation):
        return self.client.get_paginator(operation).paginate()  # want service=sqs op=ListQueues


Aws("s3").call("get_object", Bucket="b", Key="k")
Aws("sqs").pages("list_queues")


def retry(function, *args):
    return function(*args)


retry(boto3.client("ec2").describe_vpcs)  # want service=ec2; service=ec2 op=DescribeVpcs
OPERATIONS = {"read": "head_object"}
Aws("s3").call(OPERATIONS["read"])

# One step harder: the service, too, goes through the wrapper, from outside.
Aws(os.environ["S"]).call("list_users")


def call(service, operation):
    return getattr(boto3.client(service), operation)()  # want service=iam; unresolved "os.environ"; service=iam op=ListUsers; service=iam op=* certainty=possible


call("iam", "list_users")
call(os.environ["S"], os.environ["OP"])
