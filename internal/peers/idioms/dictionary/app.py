"""a dictionary of clients"""
import boto3

clients = {"store": boto3.client("s3"), "queue": boto3.client("sqs")}
clients["store"].get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
