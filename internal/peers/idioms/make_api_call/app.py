"""client._make_api_call"""
import boto3

client = boto3.client("s3")
client._make_api_call("GetObject", {"Bucket": "b", "Key": "k"})  # want service=s3 op=GetObject
