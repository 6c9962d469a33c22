"""The operation is known, its service is not: possible wherever a service in use has it."""
import boto3

boto3.client("s3")  # want service=s3
boto3.client("dynamodb")  # want service=dynamodb
boto3.client("kms")  # want service=kms


def given(client):
    client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible


def through_strings(call):
    call("list_tables")  # want service=dynamodb op=ListTables certainty=possible
    call("ListKeys")  # want service=kms op=ListKeys certainty=possible


def several(client):
    client.untag_resource()  # want service=dynamodb op=UntagResource certainty=possible; service=kms op=UntagResource certainty=possible
