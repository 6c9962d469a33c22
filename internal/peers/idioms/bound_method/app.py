"""an operation kept in a variable"""
import boto3

read = boto3.client("s3").get_object
read(Bucket="b", Key="k")  # want service=s3 op=GetObject
