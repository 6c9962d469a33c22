import boto3


def client(**kwargs):
    kwargs.setdefault("service_name", "s3")
    return boto3.client(**kwargs)  # want service=s3; service=sqs


def optional(service=None):
    return boto3.client(service or "sns")  # want service=sns; service=ses


client()
client(service_name="sqs")
optional("ses")


# One step harder: the default comes from outside.
def outside(service=input()):
    return boto3.client(service)  # want unresolved "input"


outside()
