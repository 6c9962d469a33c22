import os
from functools import cache, cached_property, lru_cache

import boto3
import somewhere


@lru_cache
def bare():
    return boto3.client("s3")  # want service=s3


@lru_cache(maxsize=None)
def sized(name):
    return boto3.client(name)  # want service=sqs


@cache
def kept(name):
    return boto3.client(name)  # want service=sns


class Aws:
    @cached_property
    def ses(self):
        return boto3.client("ses")  # want service=ses

    @property
    @lru_cache()
    def iam(self):
        return boto3.client("iam")  # want service=iam


bare().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
sized("sqs").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
kept("sns").publish(Message="m")  # want service=sns op=Publish
Aws().ses.send_raw_email(RawMessage={})  # want service=ses op=SendRawEmail
Aws().iam.list_users()  # want service=iam op=ListUsers


# One step harder: what is cached is made from what is not known.
@lru_cache
def outside(name):
    return boto3.client(name)  # want unresolved "os.environ"


outside(os.environ["S"])


# One step harder: a cache that the scan does not know.
@somewhere.known
def elsewhere(name):
    return boto3.client(name)  # want service=kms; unresolved "decorator"


elsewhere("kms")
