from typing import Optional

import boto3


class Holder:
    s3: boto3.client

    def __init__(self, s3: boto3.client, db: "Optional[boto3.resource]" = None) -> None:
        self.s3: boto3.client = s3

    def get(self) -> Optional[boto3.client]:
        return self.s3


Holder(boto3.client("s3"))  # want service=s3
