"""import boto3 as"""
import boto3 as aws

topic = aws.client("sns")
topic.publish(TopicArn="t", Message="m")  # want service=sns op=Publish
