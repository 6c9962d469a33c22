"""self.client"""
import boto3


class Store:
    def __init__(self):
        self.client = boto3.client("s3")

    def read(self):
        return self.client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


Store().read()
