import boto3

from .names import SERVICE


def make():
    return boto3.client(SERVICE)
