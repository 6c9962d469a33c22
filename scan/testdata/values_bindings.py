import boto3

if (service := "s3") and boto3.client(service):  # want service=s3
    pass


def match(x):
    match x:
        case {"service": found}:
            boto3.client(found)  # want unresolved "found"
        case str() as whole:
            boto3.client(whole)  # want unresolved "whole"


current = "sqs"


def change():
    global current
    current = "sns"


boto3.client(current)  # want service=sqs; service=sns


def outer():
    def middle():
        def inner():
            nonlocal name
            name = "ses"

        inner()

    name = "iam"
    middle()
    boto3.client(name)  # want service=iam; service=ses


deleted = "kms"
del deleted
deleted = "ssm"
boto3.client(deleted)  # want service=kms; service=ssm
try:
    from missing_settings import chosen
except ImportError:
    chosen = "glue"
boto3.client(chosen)  # want service=glue; unresolved ""
first, *rest = ["s3", "sqs"]
boto3.client(rest[0])  # want unresolved "rest"
