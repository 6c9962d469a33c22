import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(retries={"max_attempts": 1}))  # want service=s3
s3.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
boto3.client("sqs").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs; service=sqs op=SendMessage
boto3.session.Session(profile_name="p").client("sns").publish(Message="m")  # want service=sns; service=sns op=Publish
call = s3.put_object  # want service=s3 op=PutObject
call(Bucket="b", Key="k")
s3.meta.client.head_object(Bucket="b", Key="k")  # want service=s3 op=HeadObject
s3.exceptions.NoSuchKey
getattr(s3, "delete_object")(Bucket="b", Key="k")  # want service=s3 op=DeleteObject
with boto3.client("ses") as ses:  # want service=ses
    ses.send_raw_email(RawMessage={})  # want service=ses op=SendRawEmail

# One step harder: the client or its service is not known.
boto3.client(os.environ["S"]).list_buckets()  # want service=s3 op=ListBuckets certainty=possible; service=s3 certainty=possible


def given(client):
    client.copy_object(Bucket="b", Key="k", CopySource="c")  # want service=s3 op=CopyObject certainty=possible
