"""Names that code outside the function gives, in ways that are easy to overlook."""
import boto3

table = {}
table["s3"] = {"region": "eu-west-1"}
for name in table:
    boto3.client(name)  # want service=s3
options = {"region_name": "eu-west-1"}
options["service_name"] = "sqs"
boto3.client(**options)  # want service=sqs


def make(service):
    return boto3.client(service)  # want service=sns; service=ses


class Python2(object):
    def __init__(self, service):
        self.made = make(service)


class Below(Python2):
    def __init__(self):
        super(Below, self).__init__("sns")


class Wrapped:
    def __init__(self, service: str):
        self.made = make(service)


def typed(w: Wrapped) -> "Wrapped":
    assert isinstance(w, Wrapped)
    return w


typed(Wrapped("ses"))

# One step harder: a part of it comes from outside.
table2 = {}
table2[input()] = {"region": "eu-west-1"}
for other in table2:
    boto3.client(other)  # want unresolved ""
