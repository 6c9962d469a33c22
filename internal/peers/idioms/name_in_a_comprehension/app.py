"""a comprehension over services' names"""
import boto3

clients = {name: boto3.client(name) for name in ("s3", "sqs")}
clients["s3"].get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
