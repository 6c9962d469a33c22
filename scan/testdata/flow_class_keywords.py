import boto3


class Plugin:
    def __init_subclass__(cls, service=None, **kwargs):
        cls.client = boto3.client(service)  # want unresolved "Python calls by itself"


class Storage(Plugin, service="s3"):
    pass
