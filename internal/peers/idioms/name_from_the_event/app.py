"""the service from the event"""
import boto3


def handler(event, context):
    return boto3.client(event["service"])  # want unresolved "event"
