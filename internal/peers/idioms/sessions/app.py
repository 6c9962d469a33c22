"""a boto3 session"""
import boto3

session = boto3.Session(region_name="eu-west-1")
table = session.client("dynamodb")
table.get_item(TableName="t1t", Key={})  # want service=dynamodb op=GetItem
