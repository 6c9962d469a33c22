"""the service's name by keyword"""
import boto3

boto3.client(service_name="s3", region_name="eu-west-1").get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
