"""Waiters, and the operations that they poll."""
import os

import boto3

s3 = boto3.client("s3")  # want service=s3
s3.get_waiter("bucket_exists").wait(Bucket="b")  # want service=s3 op=HeadBucket
waiter = boto3.client("ec2").get_waiter("instance_running")  # want service=ec2; service=ec2 op=DescribeInstances
waiter.wait(InstanceIds=[])
NAME = "table_exists"
boto3.client("dynamodb").get_waiter(NAME).wait(TableName="t")  # want service=dynamodb; service=dynamodb op=DescribeTable


def wait(client, name):
    client.get_waiter(name).wait()  # want service=ecs op=DescribeServices


wait(boto3.client("ecs"), "services_stable")  # want service=ecs

# One step harder: a waiter's name that comes from outside.
s3.get_waiter(os.environ["W"])  # want service=s3 op=* certainty=possible
