from dataclasses import dataclass, field, replace
from typing import NamedTuple

import boto3


@dataclass
class Config:
    name: str = "s3"
    other: str = field(default="sqs")
    made: str = field(default_factory=lambda: "sns")


# What a constructor that nobody wrote is given is not followed.
config = Config()
boto3.client(config.name)  # want service=s3; unresolved "given its value"
boto3.client(config.other)  # want unresolved ""
boto3.client(config.made)  # want unresolved ""
boto3.client(replace(config, name="ses").name)  # want service=s3; unresolved ""
boto3.client(Config("iam").name)  # want service=s3; unresolved "given its value"


@dataclass
class Holder:
    client: object

    def run(self):
        self.client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible


Holder(boto3.client("s3")).run()  # want service=s3


class Row(NamedTuple):
    service: str = "kms"


boto3.client(Row().service)  # want service=kms; unresolved ""
