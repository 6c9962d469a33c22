"""a resource in self"""
import boto3


class Store:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("t1t")

    def write(self):
        self.table.put_item(Item={})  # want service=dynamodb op=PutItem


Store().write()
