"""Imports a function as Lambda does, makes what it makes, and prints which modules of
its package Python compiled on the way, which came from bytecode, and what was written.

Started as: python -S imported.py ROOT MODULE
"""

import _frozen_importlib_external as external
import json
import os
import sys

root, module = sys.argv[1:3]
sys.path[0] = root
compiled, written = set(), set()


def ours(name):
    name = os.fsdecode(name) if isinstance(name, (str, bytes)) else ""
    return name if name.startswith(root + os.sep) else ""


def hook(event, args):
    if event == "compile" and ours(args[1]):
        compiled.add(ours(args[1]))
    if event == "open" and ours(args[0]) and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        written.add(ours(args[0]))


if hasattr(sys, "addaudithook"):
    sys.addaudithook(hook)
source_to_code = external.SourceLoader.source_to_code


def watched(self, data, path, *args, **kwargs):  # 3.7 has no hooks
    compiled.add(ours(path))
    return source_to_code(self, data, path, *args, **kwargs)


external.SourceLoader.source_to_code = watched

__import__(module)
import boto3
import botocore.exceptions

try:
    boto3.client("ec2", region_name="eu-central-1")
except botocore.exceptions.UnknownServiceError:
    pass
loaded = [m for m in sys.modules.values() if ours(getattr(m, "__file__", None) or "")]
code = boto3.client.__code__.co_filename
print(json.dumps({"compiled": sorted(compiled), "written": sorted(written), "modules": len(loaded), "file": code}))
