"""Dictionaries and lists of clients."""
import os

import boto3

CLIENTS = {"a": boto3.client("s3"), "b": boto3.client("sqs")}  # want service=s3; service=sqs
CLIENTS["a"].get_object(Bucket="b", Key="k")  # want service=s3 op=GetObject
CLIENTS.get("b").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage
pair = [boto3.client("sns"), boto3.client("ses")]  # want service=sns; service=ses
pair[0].publish(Message="m")  # want service=sns op=Publish
pair[1].send_raw_email(RawMessage={})  # want service=ses op=SendRawEmail
for client in CLIENTS.values():
    client.list_buckets()  # want service=s3 op=ListBuckets
for name, client in CLIENTS.items():
    client.list_queues()  # want service=sqs op=ListQueues
made = {}
made["kms"] = boto3.client("kms")  # want service=kms
made["kms"].encrypt(KeyId="k", Plaintext=b"")  # want service=kms op=Encrypt
made.setdefault("ssm", boto3.client("ssm")).get_parameter(Name="n")  # want service=ssm; service=ssm op=GetParameter
MAKERS = {"x": lambda: boto3.client("ecs")}  # want service=ecs
MAKERS["x"]().list_clusters()  # want service=ecs op=ListClusters
NAMES = {"store": "iam"}
boto3.client(NAMES["store"]).list_users()  # want service=iam; service=iam op=ListUsers

# One step harder: the key, or what is put in, is not known.
CLIENTS[os.environ["K"]].put_object(Bucket="b", Key="k")  # want service=s3 op=PutObject
boto3.client(NAMES[os.environ["K"]])  # want service=iam
made[os.environ["K"]] = boto3.client(os.environ["K"])  # want unresolved "os.environ"
GROWN = {"store": "iam"}
GROWN.update(os.environ)
boto3.client(GROWN["store"])  # want service=iam; unresolved ""
