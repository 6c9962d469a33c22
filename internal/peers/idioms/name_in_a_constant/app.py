"""the service's name in a constant"""
import boto3

SERVICE = "s3"
boto3.client(SERVICE).get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
