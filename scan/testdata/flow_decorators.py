from functools import lru_cache, wraps

import boto3
from somewhere import traced


@traced
def decorated(service):
    return boto3.client(service)  # want unresolved "decorator"; service=s3


@lru_cache(maxsize=None)
def cached(service):
    return boto3.client(service)  # want service=sqs


def inject(service):
    def decorator(function):
        @wraps(function)
        def wrapper(*args):
            return function(boto3.client(service), *args)  # want service=sns

        return wrapper

    return decorator


@inject("sns")
def run(client):
    return client.publish(Message="m")


def cache(function):
    return lambda: function("ses")


@cache
def shadowed(service):
    return boto3.client(service)  # want unresolved "decorator"; service=iam


decorated("s3")
cached("sqs")
shadowed("iam")
