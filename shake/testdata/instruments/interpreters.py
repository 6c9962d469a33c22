"""Subinterpreters each import for themselves."""

import sys

try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        interpreters = None

code = """
import sys
sys.path[:] = %r
import boto3
s = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
print(s.client("dynamodb").meta.service_model.service_name, flush=True)
""" % (sys.path,)
if interpreters is None:
    print("none")
else:
    for _ in range(2):
        try:
            i = interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create(isolated=False)
        except TypeError:
            i = interpreters.create()
        print("ran", interpreters.run_string(i, code))
    exec(code)
