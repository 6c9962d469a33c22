"""resource.meta.client"""
import boto3

boto3.resource("s3").meta.client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
