import boto3


class Session(boto3.Session):
    pass


class Checked(boto3.session.Session):
    def client(self, service_name, *args, **kwargs):
        return super().client(service_name, *args, **kwargs)  # want service=sqs


Session().client("s3")  # want service=s3
Checked().client("sqs")  # want service=sqs


# One step harder: the subclass makes the service's name.
class Prefixed(boto3.Session):
    def client(self, service_name, *args, **kwargs):
        return super().client(input(service_name), *args, **kwargs)  # want unresolved "input"


Prefixed().client("sns")  # want service=sns
