"""a factory that takes the service's name"""
import boto3


def make(service, region="eu-west-1"):
    return boto3.client(service, region_name=region)


make("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
