"""a parameter with a type, and no caller to see"""
from __future__ import annotations

import boto3


def read(client: S3Client):
    return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


globals()["re" + "ad"](boto3.client("s3"))
