"""the service's name from an f-string"""
import boto3

KIND = "s"
boto3.client(f"{KIND}3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
