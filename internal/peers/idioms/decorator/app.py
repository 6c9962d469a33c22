"""a decorator that passes a client in"""
from functools import wraps

import boto3


def with_client(function):
    @wraps(function)
    def wrapper(*args):
        return function(boto3.client("s3"), *args)

    return wrapper


@with_client
def read(client):
    return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


read()
