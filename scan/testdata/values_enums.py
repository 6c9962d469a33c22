from collections import namedtuple
from dataclasses import dataclass, field
from enum import Enum

import boto3


class Service(Enum):
    S3 = "s3"
    SQS = "sqs"


boto3.client(Service.S3.value)  # want service=s3
boto3.client(Service.S3.name)  # want unresolved "name"
for s in Service:
    boto3.client(s.value)  # want unresolved ""


@dataclass
class Config:
    service: str = "sns"
    other: str = field(default="ses")


boto3.client(Config().service)  # want service=sns; unresolved "given its value"
boto3.client(Config(other="iam").other)  # want unresolved ""
Pair = namedtuple("Pair", "service")
boto3.client(Pair("s3").service)  # want service=sns; unresolved ""
