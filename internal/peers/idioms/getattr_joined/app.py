"""getattr(client, name), the name put together"""
import boto3

client = boto3.client("s3")
getattr(client, "get_" + "object")(Bucket="b", Key="k")  # want service=s3 op=GetObject
