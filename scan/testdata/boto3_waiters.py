"""Waiters, and the operations that they poll."""
import os

import boto3

s3 = boto3.client("s3")  # want service=s3
s3.get_waiter("bucket_exists").wait(Bucket="b")  # want service=s3 op=HeadBucket certainty=possible
waiter = boto3.client("ec2").get_waiter("instance_running")  # want service=ec2; service=ec2 op=DescribeInstances certainty=possible
waiter.wait(InstanceIds=[])
NAME = "table_exists"  # want service=dynamodb op=DescribeTable certainty=possible
boto3.client("dynamodb").get_waiter(NAME).wait(TableName="t")  # want service=dynamodb


def wait(client, name):
    client.get_waiter(name).wait()


wait(boto3.client("ecs"), "services_stable")  # want service=ecs; service=ecs op=DescribeServices certainty=possible

# One step harder: a waiter's name that comes from outside.
s3.get_waiter(os.environ["W"])
