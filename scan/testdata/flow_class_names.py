"""Classes that are derived from under another name."""
import boto3


class Base:
    service = "s3"

    def client(self):
        return boto3.client(self.service)  # want service=s3; service=sqs; service=sns


Alias = Base


class Queue(Alias):
    service = "sqs"


def base():
    return Base


class Topic(base()):
    service = "sns"


class cached:
    def __init__(self, function):
        self.function = function

    def __call__(self, name):
        return self.function("ses")


# One step harder: a decorator that is named like one of the standard library's.
@cached
def make(name):
    return boto3.client(name)  # want service=iam; unresolved "decorator"


make("iam")
