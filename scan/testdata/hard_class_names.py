"""The service from a class's attribute, or derived from its name."""
import boto3


class Service:
    service_name = None

    def client(self):
        return boto3.client(self.service_name)  # want service=s3; service=sqs


class S3(Service):
    service_name = "s3"


class Sqs(Service):
    service_name = "s" + "qs"


# One step harder: the class's own name is no text that the scan follows.
class Named:
    def client(self):
        return boto3.client(type(self).__name__.lower())  # want unresolved ""

    @classmethod
    def of(cls):
        return boto3.client(cls.__name__.lower())  # want unresolved ""

    def __init_subclass__(cls):
        cls.name = cls.__name__.lower()

    def kept(self):
        return boto3.client(self.name)  # want unresolved ""


class Sns(Named):
    pass


def registry():
    return {c.__name__: boto3.client(c.__name__) for c in Service.__subclasses__()}  # want unresolved ""
