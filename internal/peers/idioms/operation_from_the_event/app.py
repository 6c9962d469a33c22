"""the operation from the event"""
import boto3


def handler(event, context):
    return getattr(boto3.client("s3"), event["operation"])  # want service=s3 op=*


handler({"operation": "list_buckets"}, None)
