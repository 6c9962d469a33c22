"""boto3.client(**kwargs)"""
import json
import os

import boto3

kwargs = {"service_name": "s3", "region_name": os.environ["R"]}
boto3.client(**kwargs)  # want service=s3
options = dict(service_name="sqs")
options["config"] = None
boto3.client(**options)  # want service=sqs
boto3.client(**{"region_name": "eu-west-1", **kwargs})  # want service=s3
args = ("sns", "eu-west-1")
boto3.client(*args)  # want service=sns
merged = {"region_name": "eu-west-1"}
merged = {**merged, **kwargs}
boto3.client(**merged)  # want service=s3
boto3.client("ses", **{"region_name": "eu-west-1"})  # want service=ses

# One step harder: what is unpacked, or the key in it, comes from outside.
boto3.client(**json.load(open("f")))  # want unresolved ""
late = {}
late[os.environ["K"]] = "iam"
boto3.client(**late)  # want service=iam
late2 = {"region_name": "eu-west-1"}
late2.update(json.load(open("f")))
boto3.client(**late2)  # want unresolved ""
boto3.client(*json.load(open("f")))  # want unresolved ""
boto3.client(**vars(os))  # want unresolved ""
