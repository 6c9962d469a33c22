"""self.client of a base class"""
import boto3


class Base:
    def __init__(self):
        self.client = boto3.client("s3")


class Store(Base):
    def read(self):
        return self.client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


Store().read()
