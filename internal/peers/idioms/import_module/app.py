"""import_module("boto3")"""
from importlib import import_module

sdk = import_module("boto3")
sdk.client("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
