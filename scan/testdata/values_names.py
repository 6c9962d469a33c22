import boto3

SERVICE = "s3"
FIRST, SECOND = "sqs", "sns"
boto3.client(SERVICE)  # want service=s3
boto3.client(FIRST)  # want service=sqs
boto3.client(SECOND)  # want service=sns


class Config:
    service = "ses"

    def client(self):
        return boto3.client(self.service)  # want service=ses


boto3.client(Config.service)  # want service=ses


def make(service="iam"):
    return boto3.client(service)  # want service=iam


make()


# One step harder: the name is bound to what comes from outside, or to nothing.
OUTSIDE = input()
boto3.client(OUTSIDE)  # want unresolved "input"
boto3.client(NOWHERE)  # want unresolved ""
