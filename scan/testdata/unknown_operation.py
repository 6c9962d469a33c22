"""The service is known, the operation is not: the whole service."""
import os

import boto3

s3 = boto3.client("s3")  # want service=s3
getattr(s3, os.environ["OP"])(Bucket="b")  # want service=s3 op=* certainty=possible
sqs = boto3.client("sqs")  # want service=sqs
sqs.send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage


def call(name):
    return getattr(boto3.client("sns"), name)()  # want service=sns; service=sns op=* certainty=possible


call(input())
getattr(boto3.resource("ec2").Instance("i"), os.environ["OP"])()  # want service=ec2; service=ec2 op=* certainty=possible
