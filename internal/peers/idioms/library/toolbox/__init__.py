import boto3


class Storage:
    service = "s3"

    def __init__(self, bucket="b"):
        self.bucket = bucket
        self.client = boto3.client(self.service)

    def read(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)  # want service=s3 op=GetObject
