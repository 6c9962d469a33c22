"""a paginator in a variable, by a name in a variable"""
import boto3

NAME = "list_tables"
paginator = boto3.client("dynamodb").get_paginator(NAME)
for page in paginator.paginate():  # want service=dynamodb op=ListTables
    print(page)
