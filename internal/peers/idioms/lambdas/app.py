"""a lambda that makes the client"""
import boto3

make = lambda: boto3.client("s3")
make().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
