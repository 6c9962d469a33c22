import os

import boto3


class Base:
    service = "s3"
    name = None
    from_outside = os.environ["S"]

    def client(self):
        return boto3.client(self.service)  # want service=s3; service=sqs; service=sns

    @classmethod
    def of_class(cls):
        return boto3.client(cls.service)  # want service=s3; service=sqs; service=sns

    def named(self):
        return boto3.client(self.name or self.service)  # want service=s3; service=sqs; service=sns; service=ses

    def outside(self):
        return boto3.client(self.from_outside)  # want unresolved "os.environ"


class Below(Base):
    service = "sqs"


other = Base()
other.service = "sns"
other.name = "ses"
setattr(other, "third", "iam")
boto3.client(other.third)  # want unresolved "setattr"


def kind(given):
    # An object from outside may have any.
    return boto3.client(given.service)  # want service=s3; service=sqs; service=sns; unresolved ""
