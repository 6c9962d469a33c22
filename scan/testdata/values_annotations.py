from typing import Optional

import boto3


class Holder:
    s3: boto3.client

    def __init__(self, s3: boto3.client, db: "Optional[boto3.resource]" = None) -> None:
        self.s3: boto3.client = s3

    def get(self) -> Optional[boto3.client]:
        return self.s3


Holder(boto3.client("s3"))  # want service=s3


# One step harder: the type is all that is known.
def use(session: boto3.Session, client: "S3Client", name: str):
    session.client("sqs")  # want service=sqs certainty=possible
    client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible
    boto3.client(name)  # want unresolved "parameter name"
