"""boto3.client(**options)"""
import boto3

options = {"service_name": "s3", "region_name": "eu-west-1"}
client = boto3.client(**options)
client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
