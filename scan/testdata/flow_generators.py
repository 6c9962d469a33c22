import boto3


def names():
    yield "s3"
    yield "sqs"


def chained():
    yield from ["sns"]
    yield from names()


for n in names():
    boto3.client(n)  # want service=s3; service=sqs
for m in chained():
    boto3.client(m)  # want service=sns; service=s3; service=sqs


def sent():
    n = yield
    boto3.client(n)  # want unresolved ""


class Comprehension:
    names = ["ses"]
    clients = [boto3.client(n) for n in names]  # want service=ses
