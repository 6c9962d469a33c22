import os
from enum import Enum, IntEnum, StrEnum, auto

import boto3


class Service(str, Enum):
    S3 = "s3"
    SQS = "sqs"


class Auto(StrEnum):
    sns = auto()


boto3.client(Service.S3)  # want service=s3
boto3.client(Service["SQS"].value)  # want unresolved ""
boto3.client(Service("sqs").value)  # want unresolved ""
boto3.client(Auto.sns)  # want unresolved ""
for member in Service.__members__.values():
    boto3.client(member.value)  # want unresolved ""
boto3.client(Service[os.environ["S"]].value)  # want unresolved ""
