"""a closure"""
import boto3


def reader():
    client = boto3.client("s3")

    def read():
        return client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject

    return read


reader()()
