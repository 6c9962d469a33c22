import boto3


class Base:
    service = "sqs"

    def client(self):
        return boto3.client(self.service)  # want service=sqs; service=s3


class Mixin:
    service = "s3"


class Both(Mixin, Base):
    pass


class Root:
    def __init__(self, name):
        self.name = name


class Real(Root):
    def __init__(self, name):
        super().__init__(name)
        boto3.client(name)  # want service=sns; service=ses


class Side(Root):
    def __init__(self):
        super().__init__("sns")


class Diamond(Side, Real):
    pass


Real("ses")


class Again:
    def __init__(self, name):
        boto3.client(name)  # want service=iam; service=kms

    def copy(self):
        return self.__class__("kms")


Again("iam")


# One step harder: the base is not in the package.
from elsewhere import Base as Theirs


class Mine(Theirs):
    def client(self):
        return boto3.client(self.service)  # want unresolved ""
