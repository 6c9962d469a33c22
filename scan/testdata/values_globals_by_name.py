import boto3

SERVICE = "s3"
globals()["SERVICE"] = "sqs"
boto3.client(SERVICE)  # want service=s3; unresolved "globals()"
