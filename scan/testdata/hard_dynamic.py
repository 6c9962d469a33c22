import builtins
import importlib
import os
import sys
from importlib import import_module
from operator import attrgetter, methodcaller

import boto3

getattr(boto3, "client")("s3")  # want service=s3
getattr(boto3, "cli" + "ent")("sqs")  # want service=sqs
getattr(boto3, os.environ["KIND"])("sns")  # want unresolved "whose name is not known"; service=sns certainty=possible
made = getattr(boto3.Session(), "client")
made("ses")  # want service=ses
__import__("boto3").client("iam")  # want service=iam
importlib.import_module("boto3").client("kms")  # want service=kms
sys.modules["boto3"].client("ssm")  # want service=ssm
globals()["boto3"].client("ecs")  # want service=ecs
module = import_module(os.environ["MODULE"])
module.client("ecr")  # want service=ecr certainty=possible
module.client(os.environ["S"])  # want unresolved "os.environ"
methodcaller("client", "s3")(boto3)  # want unresolved "methodcaller"
attrgetter("client")(boto3)("s3")  # want unresolved "attrgetter"; service=s3 certainty=possible
eval('boto3.client("s3")')  # want unresolved "eval"
exec("import boto3; boto3.client('s3')")  # want unresolved "exec"
boto3.__dict__["client"]("s3")  # want unresolved "__dict__"; service=s3
vars(boto3)["client"]("s3")  # want unresolved "vars"; service=s3
boto3.client.__call__("glue")  # want service=glue
boto3.__getattribute__("client")("s3")  # want unresolved "__getattribute__"; service=s3 certainty=possible
