import boto3


def handler(event, context):
    return boto3.client(handler.service)  # want unresolved ""


handler.service = "s3"
