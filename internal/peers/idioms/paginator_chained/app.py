"""a paginator, chained"""
import boto3

client = boto3.client("dynamodb")
for page in client.get_paginator("list_tables").paginate():  # want service=dynamodb op=ListTables
    print(page)
