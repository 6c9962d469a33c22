import os

import boto3


def factory(name):
    client = boto3.client(name)  # want service=s3; service=sqs

    def run(key):
        return client.get_object(Bucket="b", Key=key)  # want service=s3 op=GetObject

    return run


factory("s3")("k")
factory("sqs")


def later(name):
    def make():
        return boto3.client(name)  # want service=sns

    return make


later("sns")()


def counter():
    client = None

    def get():
        nonlocal client
        client = client or boto3.client("ses")  # want service=ses
        return client

    get().send_raw_email(RawMessage={})  # want service=ses op=SendRawEmail
    return get


counter()


# One step harder: what the closure holds comes from outside.
def outside(name):
    def make():
        return boto3.client(name)  # want unresolved "os.environ"

    return make


outside(os.environ["S"])()
