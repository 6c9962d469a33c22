import os

import boto3

NAMES = ("s3", "sqs")
a = [boto3.client(n) for n in NAMES]  # want service=s3; service=sqs
b = {n: boto3.client(n) for n in NAMES if n != "s3"}  # want service=s3; service=sqs
c = {boto3.client(n) for n in NAMES}  # want service=s3; service=sqs
d = list(boto3.client(n) for n in NAMES)  # want service=s3; service=sqs
e = [boto3.client(x + y) for x in ["s"] for y in ["3", "qs"]]  # want service=s3; service=sqs
f = [boto3.client(n) for group in [["sns"], ["ses"]] for n in group]  # want service=sns; service=ses
g = [boto3.client(v) for k, v in {"x": "iam"}.items()]  # want service=iam
h = [client.meta for client in [boto3.client(n) for n in NAMES]]  # want service=s3; service=sqs

# One step harder: one of the parts comes from outside.
i = [boto3.client(n) for n in os.environ["S"].split(",")]  # want unresolved ".split"
j = [boto3.client(n) for n in (*NAMES, os.environ["S"])]  # want service=s3; service=sqs; unresolved "os.environ"
k = [boto3.client(n) for n in map(str.lower, NAMES)]  # want unresolved "map"
l = [boto3.client(n) for n in filter(None, NAMES)]  # want unresolved "filter"
