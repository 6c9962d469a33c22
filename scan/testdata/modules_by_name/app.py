import importlib
import os
from importlib import import_module

NAME = "boto3"
import_module("boto3").client("s3")  # want service=s3
importlib.import_module(NAME).client("sqs")  # want service=sqs
__import__("boto3").client("sns")  # want service=sns
boto = importlib.import_module("bot" + "o3")
boto.client("ses")  # want service=ses
import_module("makers").make("kms").encrypt(KeyId="k", Plaintext=b"")  # want service=kms op=Encrypt
import_module(".makers", package="app").make("ssm")
plugins = {"a": "makers"}
import_module(plugins["a"]).make("ecs")

# One step harder: the module's name is not known.
unknown = import_module(os.environ["M"])
unknown.client("iam")  # want service=iam certainty=possible
unknown.client(os.environ["S"])  # want unresolved "os.environ"
unknown.make("ecr")
