import boto3

store = boto3.client("s3")
