"""Defaults, keyword arguments and dictionaries of them."""
import json

import boto3


def positional(service="s3", region=None):
    return boto3.client(service, region)  # want service=s3; service=sqs; service=sns


positional()
positional("sqs")
positional(region="eu-west-1", service="sns")


def keyword_only(*, service="s3"):
    return boto3.client(service_name=service)  # want service=s3; service=ses


keyword_only()
keyword_only(**{"service": "ses"})


def given(**kwargs):
    return boto3.client(**kwargs)  # want service=iam; service=kms


options = {"service_name": "iam"}
given(**options)
given(**dict(service_name="kms"))
given(**{**options, "region_name": "eu-west-1"})


def picked(**kwargs):
    return boto3.client(kwargs["service"])  # want service=ssm


picked(service="ssm")


def got(**kwargs):
    return boto3.client(kwargs.get("service", "ecs"))  # want service=ecs; service=ecr


got()
got(service="ecr")


# One step harder: what is unpacked comes from outside.
def outside(**kwargs):
    return boto3.client(**kwargs)  # want unresolved "unpacked"


outside(**json.loads("{}"))


def loaded(service="s3"):
    return boto3.client(service)  # want service=s3; unresolved ""


loaded(*json.loads("[]"))
boto3.client(**json.loads("{}"))  # want unresolved ""
boto3.client(*json.loads("[]"))  # want unresolved ""
