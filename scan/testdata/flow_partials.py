import functools
import os
from functools import partial, partialmethod

import boto3

make = partial(boto3.client, "s3")  # want service=s3
make().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject certainty=possible
keyword = functools.partial(boto3.client, service_name="sqs")  # want service=sqs
keyword()


def build(name, region):
    return boto3.client(name, region)  # want service=sns; unresolved "handed on as a value"


partial(build, "sns")("eu-west-1")
build("sns", "eu-west-1")
put = partial(boto3.client("s3").put_object, Bucket="b")  # want service=s3; service=s3 op=PutObject
put(Key="k")

# One step harder: the service is not known, or given only later.
late = partial(boto3.client, region_name="eu-west-1")  # want unresolved "handed on"
late("ses")
outside = partial(boto3.client, os.environ["S"])  # want unresolved "os.environ"
boto3.client = partial(boto3.client, region_name="eu-west-1")  # want unresolved "handed on"
boto3.client("iam")  # want service=iam
