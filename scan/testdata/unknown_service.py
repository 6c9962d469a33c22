import argparse
import json
import os
import sys

import boto3
import click

boto3.client(os.environ["SERVICE"])  # want unresolved "os.environ"
boto3.client(os.environ.get("SERVICE", "s3"))  # want unresolved "os.environ.get"
boto3.client(os.getenv("SERVICE"))  # want unresolved "os.getenv"
boto3.client(sys.argv[1])  # want unresolved "sys.argv"
boto3.client(json.load(open("f"))["service"])  # want unresolved "json.load"
boto3.client(argparse.ArgumentParser().parse_args().service)  # want unresolved "argparse"


def handler(event, context):
    boto3.client(event["service"])  # want unresolved "parameter event of handler"


def outside(**kwargs):
    boto3.client(**kwargs)  # want unresolved "no call in the sources gives"


@click.command()
@click.option("--service", default="s3")
def main(service):
    boto3.client(service)  # want unresolved "decorator"


def read(client):
    item = boto3.client("dynamodb").get_item(TableName="t", Key={})  # want service=dynamodb; service=dynamodb op=GetItem
    boto3.client(item["Item"]["service"]["S"])  # want unresolved "answer"


boto3.Session().get_available_services()  # want unresolved "lists every service"
