import os

import boto3

exec(os.environ["CODE"])  # want unresolved "not known"
eval("1 + 1")
