import boto3


def client(*args, **kwargs):
    return boto3.client(*args, **kwargs)  # want service=s3; service=sqs


def late(**options):
    return boto3.client(**options)  # want service=sns


def passing(*names):
    for name in names:
        boto3.client(name)  # want service=ses; service=iam


client("s3", "eu-west-1")
client(service_name="sqs")
late(service_name="sns")
passing("ses", "iam")


class Base:
    def __init__(self, service, region):
        self.client = boto3.client(service, region)  # want service=kms; service=ssm


class Sub(Base):
    def __init__(self, *args):
        super().__init__(*args)


class Keyword(Base):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)


Sub("kms", "eu-west-1")
Keyword(service="ssm", region="eu-west-1")


# One step harder: flow_forwarding_unknown.py; here, a caller from outside.
def handler(*names):
    for name in names:
        boto3.client(name)  # want unresolved ""
