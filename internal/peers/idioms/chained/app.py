"""a call on the client at once"""
import boto3

boto3.client("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
