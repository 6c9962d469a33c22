import os

import boto3

flag = os.environ.get("FLAG")
boto3.client("s3" if flag else "sqs")  # want service=s3; service=sqs
boto3.client(None or "sns")  # want service=sns
boto3.client(flag and "ses" or "iam")  # want service=ses; service=iam; unresolved "os.environ"
name = "kms"
if flag:
    name = "ssm"
elif name:
    name = "ecs"
boto3.client(name)  # want service=kms; service=ssm; service=ecs
try:
    late = "eks"
except ValueError:
    late = "ecr"
finally:
    pass
boto3.client(late)  # want service=eks; service=ecr
while flag:
    turn = "glue"
else:
    turn = "dax"
boto3.client(turn)  # want service=glue; service=dax
match flag:
    case "a":
        case = "efs"
    case _:
        case = "fsx"
boto3.client(case)  # want service=efs; service=fsx

# One step harder: one of the sides is not known.
boto3.client("s3" if flag else flag)  # want service=s3; unresolved "os.environ"
boto3.client(flag or "s3")  # want service=s3; unresolved "os.environ"
if flag:
    name2 = flag
else:
    name2 = "s3"
boto3.client(name2)  # want service=s3; unresolved "os.environ"
