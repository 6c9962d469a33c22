"""a waiter"""
import boto3

waiter = boto3.client("dynamodb").get_waiter("table_exists")
waiter.wait(TableName="t1t")  # want service=dynamodb op=DescribeTable
