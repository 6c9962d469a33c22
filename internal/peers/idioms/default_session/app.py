"""boto3.DEFAULT_SESSION"""
import boto3

boto3.setup_default_session(region_name="eu-west-1")
boto3.DEFAULT_SESSION.client("s3").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
