"""a client in a class attribute"""
import boto3


class Store:
    client = boto3.client("s3")

    def read(self):
        return self.client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


Store().read()
