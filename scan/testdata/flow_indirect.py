import boto3
from concurrent.futures import ThreadPoolExecutor


def make(name):
    return boto3.client(name)  # want service=s3; unresolved "handed on"


make("s3")
with ThreadPoolExecutor() as pool:
    list(pool.map(make, ["sqs", "sns"]))

session = boto3.session.Session()
for method in ("client", "resource"):
    getattr(session, method)("dynamodb")  # want service=dynamodb; service=dynamodb op=DescribeTable certainty=possible

name = "s3"
name += "control"
boto3.client(name)  # want service=s3; unresolved "changed in place"


def recursive(service, depth=0):
    if depth > 3:
        return boto3.client(service)  # want service=ses
    return recursive(service, depth + 1)


recursive("ses")
x = input()
match x:
    case "s3" | "sqs":
        boto3.client(x)  # want unresolved "input"
boto3.client(service_name=x if x in ("s3",) else "iam")  # want service=iam; unresolved "input"
try:
    pass
except Exception as e:
    boto3.client(e)  # want unresolved ""
boto3.client(("s3", "sqs")[int(x)])  # want service=s3; service=sqs
boto3.client({"a": "kms"}.get(x))  # want service=kms
boto3.client(min(["s3"]))  # want unresolved "min"
boto3.client([*{"ssm": 1}][0])  # want service=ssm
boto3.client(next(iter(["ecs"])))  # want unresolved "next"
