import boto3

names = list()
names.append("s3")
for a in names:
    boto3.client(a)  # want service=s3
unique = set()
unique.add("sqs")
unique.update(["sns"], ["ses"])
for b in unique:
    boto3.client(b)  # want service=sqs; service=sns; service=ses
table = dict()
table["x"] = "iam"
boto3.client(table["x"])  # want service=iam
given = dict(x="kms")
boto3.client(given["x"])  # want service=kms
more = {}
more.update(x="ssm")
boto3.client(more["x"])  # want service=ssm
(only,) = names
boto3.client(only)  # want service=s3
# One step harder: something unknown is put in.
mixed = ["s3"]
mixed.append(input())
for c in mixed:
    boto3.client(c)  # want service=s3; unresolved "input"
