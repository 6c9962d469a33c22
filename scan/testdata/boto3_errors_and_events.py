"""client.exceptions.X, and handlers that are registered by name."""
import os

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")  # want service=s3
try:
    s3.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
except s3.exceptions.NoSuchKey:
    pass
except ClientError:
    pass


def change(params, **kwargs):
    return None


# An event names an operation in one string with others: it is there to be called elsewhere.
s3.meta.events.register("before-parameter-build.s3.ListObjects", change)
s3.meta.events.register("provide-client-params.s3.PutObject", change)
s3.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject
session = boto3.Session()
session.events.register("creating-client-class.sqs", change)
session.client("sqs")  # want service=sqs
boto3.DEFAULT_SESSION.events.register("before-send.sns.Publish", change)

# One step harder: what a handler is given is not known.
def hook(request, model, **kwargs):
    request.client(os.environ["S"])  # want unresolved "os.environ"


session.events.register("request-created.*", hook)
