import boto3

boto3.client("runtime.sagemaker")  # want service=sagemaker-runtime
boto3.client("cloudfront", api_version="2014-11-06")  # want service=cloudfront
boto3.client(input(), api_version="2014-11-06")  # want unresolved "input"
