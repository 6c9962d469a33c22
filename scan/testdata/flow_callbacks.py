import boto3


def make(service):
    return boto3.client(service)  # want unresolved "handed on as a value"; service=s3


def named(service):
    return boto3.client(service)  # want unresolved "named in a string"; service=s3


make("s3")
named("s3")
print(make)
globals()["named"]("sqs")
build = lambda service: boto3.client(service)  # want unresolved "lambda"
build("s3")
