import boto3


class Base:
    service = None

    @property
    def client(self):
        return boto3.client(self.service)  # want service=s3; service=sqs


class S3(Base):
    service = "s3"


class Sqs(Base):
    service = "sqs"


class ClientMixin:
    def get_client(self):
        return boto3.client(self.get_service())  # want service=sns; service=ses

    def get_service(self):
        raise NotImplementedError


class Sns(ClientMixin):
    def get_service(self):
        return "sns"


class Ses(ClientMixin):
    def get_service(self):
        name = "ses"
        return name


class Cache(dict):
    def __missing__(self, key):
        self[key] = boto3.client(key)  # want unresolved "Python calls by itself"
        return self[key]


Cache()["iam"]


def default_list(names=("kms", "ssm")):
    return [boto3.client(n) for n in names]  # want service=kms; service=ssm


default_list()


class Named:
    def client(self):
        return boto3.client(type(self).__name__.lower())  # want unresolved ""

    def other(self):
        return boto3.client(self.__class__.__name__)  # want unresolved ""


class Tables:
    _table = {}

    def get(self, k):
        return boto3.client(self._table[k])  # want service=glue; service=ecs


Tables._table["a"] = "glue"
Tables._table.update({"b": "ecs"})
