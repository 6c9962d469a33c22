"""Calls a function of the package on sys.path and tells what boto3 there can do."""

import importlib
import json
import sys

module, function = sys.argv[1].split(":")
answer = getattr(importlib.import_module(module), function)({"id": "1"}, None)

# After the function, which is to be the first that imports it.
boto3 = importlib.import_module("boto3")
unknown = importlib.import_module("botocore.exceptions").UnknownServiceError

lost = ""
try:
    boto3.client("polly")
except unknown as e:
    lost = str(e)
services = boto3.Session().get_available_services()
print(json.dumps({"answer": answer, "services": services, "lost": lost}))
