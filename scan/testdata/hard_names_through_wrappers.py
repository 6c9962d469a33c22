"""An operation's name as a string, through a wrapper."""
import os

import boto3


class Aws:
    def __init__(self, service):
        self.client = boto3.client(service)  # want service=s3; service=sqs; unresolved "os.environ"

    def call(self, operation, **kwargs):
        return getattr(self.client, operation)(**kwargs)

    def pages(self, operation):
        return self.client.get_paginator(operation).paginate()


Aws("s3").call("get_object", Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible
Aws("sqs").pages("list_queues")  # want service=sqs op=ListQueues certainty=possible


def retry(function, *args):
    return function(*args)


retry(boto3.client("ec2").describe_vpcs)  # want service=ec2; service=ec2 op=DescribeVpcs
OPERATIONS = {"read": "head_object"}  # want service=s3 op=HeadObject certainty=possible
Aws("s3").call(OPERATIONS["read"])

# One step harder: the service, too, goes through the wrapper, from outside.
Aws(os.environ["S"]).call("list_users")  # want service=iam op=ListUsers certainty=possible


def call(service, operation):
    return getattr(boto3.client(service), operation)()  # want service=iam; unresolved "os.environ"


call("iam", "list_users")
call(os.environ["S"], os.environ["OP"])  # want service=s3 op=*; service=sqs op=*; service=iam op=*; service=ec2 op=*
