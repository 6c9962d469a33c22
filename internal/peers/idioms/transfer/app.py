"""an S3 transfer"""
import boto3

boto3.client("s3").upload_file(__file__, "b", "k")  # want service=s3 op=PutObject
