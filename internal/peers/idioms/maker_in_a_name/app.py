"""boto3.client under another name"""
import boto3

make = boto3.client
make("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
