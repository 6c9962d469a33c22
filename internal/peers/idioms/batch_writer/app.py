"""a batch writer"""
import boto3

with boto3.resource("dynamodb").Table("t1t").batch_writer() as batch:
    batch.put_item(Item={"a": "b"})  # want service=dynamodb op=BatchWriteItem
