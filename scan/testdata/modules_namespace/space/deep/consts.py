import boto3

SERVICE = "s3"


def make(service):
    return boto3.client(service)  # want service=sqs; service=sns


make("sns")
