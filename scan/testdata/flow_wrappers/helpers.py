import boto3


def make_client(service, region=None):
    return boto3.client(service, region_name=region)  # want service=s3; service=sqs


class Wrapper:
    def __init__(self, name):
        self.name = name

    @classmethod
    def of(klass, name):
        return klass(name)

    def get(self):
        return boto3.client(self.name)  # want service=sns; service=ses; service=iam; service=kms

    def again(self):
        return type(self)("kms")


def outside(service):
    return boto3.client(service)  # want unresolved "input"
