import boto3


class Meta(type):
    def __call__(cls, *args):
        return super().__call__("sns")  # want service=sns certainty=possible


class Made(metaclass=Meta):
    def __init__(self, name):
        boto3.client(name)  # want service=sqs; unresolved "metaclass"


def registered(cls):
    cls("sns")
    return cls


@registered
class Decorated:
    def __init__(self, name):
        boto3.client(name)  # want service=ses; unresolved "decorator"


Made("sqs")
Decorated("ses")
