"""a presigned URL"""
import boto3

boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})  # want service=s3 op=GetObject
