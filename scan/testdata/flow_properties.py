from functools import cached_property

import boto3


class Aws:
    @property
    def session(self):
        return boto3.Session()

    @property
    def service(self):
        return "s3"

    @cached_property
    def s3(self):
        return self.session.client(self.service)  # want service=s3

    def run(self):
        self.session.client("sqs")  # want service=sqs
        self.s3.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


class Abstract:
    @property
    def service(self):
        raise NotImplementedError

    def client(self):
        return boto3.client(self.service)  # want service=sns


class Concrete(Abstract):
    service = "sns"


class Outside:
    # One step harder: the property reads what is not known.
    @property
    def service(self):
        return input()

    @property
    def client(self):
        return boto3.client(self.service)  # want unresolved "input"
