import os

import boto3

make = lambda: boto3.client("s3")  # want service=s3
make().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
run = lambda client: client.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject certainty=possible
run(make())
default = lambda name="sqs": boto3.client(name)  # want unresolved "lambda"
default()

# One step harder: what the lambda is given.
named = lambda name: boto3.client(name)  # want unresolved "lambda"
named("s3")
outside = lambda: boto3.client(os.environ["S"])  # want unresolved "os.environ"
outside()
