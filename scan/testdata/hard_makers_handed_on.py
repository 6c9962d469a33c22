import os
from functools import partial

import boto3

make = partial(boto3.client, "s3")  # want service=s3
unknown = partial(boto3.client, os.environ["S"])  # want unresolved "os.environ"
bare = partial(boto3.client)  # want unresolved "handed on"
print(boto3.client)  # want unresolved "handed on"
table = {"c": boto3.client}  # want unresolved "handed on"
boto3.client = print(boto3.client)  # want unresolved "handed on"
list(map(boto3.client, ["s3"]))  # want unresolved "handed on"


def default(make=boto3.client):  # want unresolved "handed on"
    return make("sqs")


def factory():
    return boto3.client  # want unresolved "handed on"


class Holder:
    factory = staticmethod(boto3.client)  # want unresolved "handed on"


either = boto3.client if make else boto3.resource  # want unresolved "handed on"; unresolved "handed on"
