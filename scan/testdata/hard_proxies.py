"""Proxies with __getattr__."""
import os

import boto3


class Proxy:
    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)


proxy = Proxy(boto3.client("s3"))  # want service=s3
proxy.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible


class Lazy:
    def __init__(self, service):
        self._service = service
        self._client = None

    def __getattr__(self, name):
        if self._client is None:
            self._client = boto3.client(self._service)  # want service=sqs; unresolved "os.environ"
        return getattr(self._client, name)


Lazy("sqs").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage certainty=possible
Lazy(os.environ["S"])


# One step harder: the attribute is the service.
class Aws:
    def __getattr__(self, name):
        return boto3.client(name)  # want unresolved "__getattr__"


Aws().sns.publish(Message="m")
