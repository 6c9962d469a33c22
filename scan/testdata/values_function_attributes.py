import boto3


def handler(event, context):
    return boto3.client(handler.service)  # want service=s3


handler.service = "s3"


def other(event, context):
    return boto3.client(other.service)  # want service=sqs; unresolved "is set with setattr"


other.service = "sqs"
setattr(other, "service", event_of("service"))
