"""What the environment says at run time is not known, whatever the default."""
import os
from os import environ, getenv

import boto3

boto3.client(os.environ["S"])  # want unresolved "os.environ"
boto3.client(os.environ.get("S", "s3"))  # want unresolved "os.environ"
boto3.client(os.getenv("S", "s3"))  # want unresolved "os.getenv"
boto3.client(environ.get("S") or "sqs")  # want service=sqs; unresolved "os.environ"
boto3.client(getenv("S", default="s3"))  # want unresolved "os.getenv"
boto3.client(os.environ.setdefault("S", "s3"))  # want unresolved "os.environ"
boto3.client(os.environ.pop("S", "s3"))  # want unresolved "os.environ"
boto3.client(os.path.expandvars("$S"))  # want unresolved "expandvars"


class Settings:
    service = os.environ.get("S", "s3")

    def client(self):
        return boto3.client(self.service)  # want unresolved "os.environ"


def with_default(service=os.environ.get("S", "s3")):
    return boto3.client(service)  # want unresolved "os.environ"; service=sns


with_default()
with_default("sns")
os.environ["OWN"] = "s3"
boto3.client(os.environ["OWN"])  # want unresolved "os.environ"
# The region is no service.
boto3.client("ses", region_name=os.environ["AWS_REGION"])  # want service=ses
