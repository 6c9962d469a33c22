"""a resource's action"""
import boto3

table = boto3.resource("dynamodb").Table("t1t")
table.put_item(Item={})  # want service=dynamodb op=PutItem
