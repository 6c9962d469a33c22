from __future__ import annotations

import sys
from typing import TYPE_CHECKING

try:
    import aioboto3 as sdk
except ImportError:
    import boto3 as sdk

try:
    from fast import SERVICE
except ImportError:
    from slow import SERVICE

try:
    import boto3
except ImportError:
    boto3 = None

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from slow import OTHER
else:
    from fast import OTHER

if sys.version_info >= (3, 11):
    from fast import THIRD
else:
    THIRD = "iam"


def read(client: S3Client) -> dict:
    return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


read(sdk.client("s3"))  # want service=s3
boto3.client(SERVICE)  # want service=sqs; service=sns
boto3.client(OTHER)  # want service=ses; service=kms
boto3.client(THIRD)  # want service=iam; service=ecs


def inside():
    import boto3 as local
    from slow import SERVICE as mine

    return local.client(mine)  # want service=sns


# One step harder: one of the modules is not in the package.
try:
    from missing import SERVICE as elsewhere
except ImportError:
    elsewhere = "ssm"
boto3.client(elsewhere)  # want service=ssm; unresolved ""
