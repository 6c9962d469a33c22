import boto3


def handler(event, context):
    return boto3.client(handler.service)  # want service=s3


handler.service = "s3"
