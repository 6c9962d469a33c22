"""the service's name from a class attribute"""
import boto3


class Service:
    name = None

    def client(self):
        return boto3.client(self.name)


class Store(Service):
    name = "s3"


Store().client().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
