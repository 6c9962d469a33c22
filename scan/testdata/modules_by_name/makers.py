import boto3


def make(name):
    return boto3.client(name)  # want service=kms; service=ssm; service=ecs; service=ecr
