import os

import boto3

eval('boto3.client("s3")')  # want unresolved "eval"
exec("import boto3\nboto3.client('sqs')")  # want unresolved "exec"
code = compile("boto3.client('sns')", "f", "exec")  # want unresolved "compile"
exec(code)  # want unresolved "exec"
eval("1 + 1")

# One step harder: what runs is not known.
eval(os.environ["CODE"])  # want unresolved "eval"
boto3.client(eval("name"))  # want unresolved "eval"
