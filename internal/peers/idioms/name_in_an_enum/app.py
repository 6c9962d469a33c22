"""the service's name from an enum"""
from enum import Enum

import boto3


class Service(Enum):
    STORE = "s3"


boto3.client(Service.STORE.value).get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
