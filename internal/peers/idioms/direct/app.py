"""a client in a variable"""
import boto3

client = boto3.client("s3")
client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
