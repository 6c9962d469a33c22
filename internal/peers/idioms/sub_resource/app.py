"""a sub-resource's action"""
import boto3

boto3.resource("s3").Bucket("b1b").Object("k").get()  # want service=s3 op=GetObject
