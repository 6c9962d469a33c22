import boto3

SERVICE = "ses"


def make(service):
    return boto3.client(service)  # want service=s3; service=sqs; unresolved "input"


make("sqs")
