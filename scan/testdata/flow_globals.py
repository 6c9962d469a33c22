"""Module globals that are set under global."""
import os

import boto3

_client = None
_clients = {}
_unknown = None


def connect():
    global _client
    if _client is None:
        _client = boto3.client("s3")  # want service=s3
    return _client


def run():
    connect().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
    _client.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject


def cached(name):
    if name not in _clients:
        _clients[name] = boto3.client(name)  # want service=sqs
    return _clients[name]


cached("sqs").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage


# One step harder: what is set is not known.
def configure():
    global _unknown
    _unknown = boto3.client(os.environ["S"])  # want unresolved "os.environ"


def use():
    _unknown.delete_object(Bucket="b", Key="k")  # want service=s3 op=DeleteObject certainty=possible
