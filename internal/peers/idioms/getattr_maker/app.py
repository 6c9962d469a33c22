"""getattr(boto3, kind)"""
import boto3

getattr(boto3, "client")("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
