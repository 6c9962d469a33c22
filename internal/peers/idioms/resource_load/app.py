"""an attribute that loads its resource"""
import boto3

print(boto3.resource("dynamodb").Table("t1t").item_count)  # want service=dynamodb op=DescribeTable
