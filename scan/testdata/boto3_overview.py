import boto3

s3 = boto3.client("s3")  # want service=s3
s3.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="b"):  # want service=s3 op=ListObjectsV2
    pass
s3.get_waiter("bucket_exists").wait(Bucket="b")  # want service=s3 op=HeadBucket
s3.generate_presigned_url("put_object", Params={})  # want service=s3 op=PutObject
sqs = boto3.resource("sqs")  # want service=sqs; service=sqs op=GetQueueAttributes certainty=possible
queue = sqs.Queue("q")
queue.send_message(MessageBody="m")  # want service=sqs op=SendMessage


# The name of an operation in a value: put together from parts, or not known.
def by_name(kind):
    getattr(s3, "get_" + "object_" + "tagging")(Bucket="b", Key="k")  # want service=s3 op=GetObjectTagging
    s3._make_api_call("List" + "Buckets", {})  # want service=s3 op=ListBuckets
    if s3.can_paginate("list_" + "parts"):  # want service=s3 op=ListParts
        s3.get_waiter("object_" + "exists").wait(Bucket="b", Key="k")  # want service=s3 op=HeadObject


# One step harder: the operation comes from outside, so any may be called.
sns = boto3.client("sns")  # want service=sns


def from_outside(event):
    sns._make_api_call(event["operation"], {})  # want service=sns op=* certainty=possible


# A proxy: what it is asked for stands in the sources as an attribute.
class Proxy:
    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        return getattr(self.client, name)


kms = Proxy(boto3.client("kms"))  # want service=kms
kms.encrypt(KeyId="k", Plaintext=b"")  # want service=kms op=Encrypt certainty=possible


# One step harder: the proxy is asked for a name from outside.
iot = Proxy(boto3.client("iot"))  # want service=iot


def ask(event):
    return getattr(iot, event["name"])()  # want service=iot op=* certainty=possible; service=kms op=* certainty=possible
