"""partial(boto3.client, …)"""
from functools import partial

import boto3

make = partial(boto3.client, "s3")
make().get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
