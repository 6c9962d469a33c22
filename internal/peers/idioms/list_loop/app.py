"""a loop over a list of clients"""
import boto3

for client in [boto3.client("s3")]:
    client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
