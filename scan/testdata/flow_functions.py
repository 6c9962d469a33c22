"""Functions that take or return a client."""
import os

import boto3


def make():
    return boto3.client("s3")  # want service=s3


def use(client):
    client.get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject


def both(client=None):
    client = client or make()
    client.put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject
    return client


use(make())
both().delete_object(Bucket="b", Key="k")  # want service=s3 op=DeleteObject
make().head_object(Bucket="b", Key="k")  # want service=s3 op=HeadObject


def pair():
    return boto3.client("sqs"), boto3.client("sns")  # want service=sqs; service=sns


queue, topic = pair()
queue.send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
topic.publish(Message="m")  # want service=sns op=Publish
pair()[0].receive_message(QueueUrl="q")  # want service=sqs op=ReceiveMessage


# One step harder: who calls, or with what, cannot be seen.
def handed(client):
    client.copy_object(Bucket="b", Key="k", CopySource="c")  # want service=s3 op=CopyObject certainty=possible


print(handed)


def by_name(name):
    return boto3.client(name)  # want service=s3; unresolved "os.environ"


by_name("s3").list_buckets()  # want service=s3 op=ListBuckets
by_name(os.environ["S"])


def unknown_method(client, method):
    return getattr(client, method)  # want service=s3 op=* certainty=possible


unknown_method(make(), os.environ["M"])
