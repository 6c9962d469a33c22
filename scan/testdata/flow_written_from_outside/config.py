import boto3

SERVICE = "sqs"


class Late:
    service = "iam"
    other = "kms"
    third = "ssm"

    def __init__(self, **kwargs):
        self.client = boto3.client(SERVICE)  # want service=sqs; service=s3
        self.more = boto3.client(self.service)  # want service=iam; service=sns
        self.most = boto3.client(self.other)  # want service=kms; unresolved "setattr"


class Updated:
    service = "iam"

    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)
        boto3.client(self.service)  # want service=iam; unresolved "__dict__"


class Looped:
    service = "iam"

    def __init__(self, **kwargs):
        for k, v in kwargs.items():
            setattr(self, k, v)
        boto3.client(self.service)  # want service=iam; unresolved "setattr"


class Viewed:
    service = "iam"

    def __init__(self, **kwargs):
        vars(self).update(kwargs)
        boto3.client(self.service)  # want service=iam; unresolved "vars"


class Slotted:
    service = "iam"

    def __init__(self, given):
        object.__setattr__(self, "service", given)
        boto3.client(self.service)  # want service=iam; unresolved "__setattr__"


class Bound:
    service = "iam"

    def __init__(self, given):
        self.__setattr__("service", given)
        boto3.client(self.service)  # want service=iam; unresolved "__setattr__"
