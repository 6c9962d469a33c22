import boto3

A = "s"
boto3.client(f"{A}3")  # want service=s3
boto3.client("sq" + A)  # want service=sqs
boto3.client("sns" if A else "ses")  # want service=sns; service=ses
boto3.client(None or "iam")  # want service=iam
boto3.client("KMS".lower())  # want service=kms

# One step harder: what is made of a string in other ways; values_formats.py has formats.
boto3.client("".join(["s", "3"]))  # want unresolved "str.join"
boto3.client("s4".replace("4", "3"))  # want unresolved "str.replace"
boto3.client(b"s3".decode())  # want unresolved ".decode"
for name in "s3,sqs".split(","):
    boto3.client(name)  # want unresolved "str.split"
