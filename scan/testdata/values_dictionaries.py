import os

import boto3

TABLE = {"a": "s3", "b": "sqs"}
boto3.client(TABLE["a"])  # want service=s3
boto3.client(TABLE[os.environ["K"]])  # want service=s3; service=sqs
boto3.client(TABLE.get(os.environ["K"], "sns"))  # want service=s3; service=sqs; service=sns
boto3.client(TABLE.get("a", os.environ["K"]))  # want service=s3; unresolved "os.environ"
boto3.client(**{"service_name": "ses"})  # want service=ses
boto3.client(*["iam"])  # want service=iam
OPTIONS = {"service_name": "kms", "region_name": os.environ["R"]}
boto3.client(**OPTIONS)  # want service=kms
boto3.client(TABLE["missing"])  # want unresolved "nothing in the sources"
