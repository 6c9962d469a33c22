import boto3

from .. import names
from ..names import QUEUE, TOPIC as topic_service

bucket = boto3.client(names.BUCKET)  # want service=s3
topic = boto3.client(topic_service)  # want service=sns


def make(name):
    return boto3.client(name)  # want service=s3


def queue():
    return boto3.client(QUEUE)  # want service=sqs


def outside():
    from ..settings import SERVICE

    return boto3.client(SERVICE)  # want unresolved ""
