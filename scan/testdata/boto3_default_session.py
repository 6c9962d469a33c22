import os

import boto3
from boto3 import DEFAULT_SESSION, setup_default_session

boto3.setup_default_session(region_name="eu-west-1")
setup_default_session(profile_name="p")
boto3.client("s3").get_object(Bucket="b", Key="k")  # want service=s3; service=s3 op=GetObject
boto3.DEFAULT_SESSION.client("sqs").send_message(QueueUrl="q", MessageBody="m")  # want service=sqs; service=sqs op=SendMessage
DEFAULT_SESSION.client("sns")  # want service=sns
boto3._get_default_session().client("ses")  # want service=ses
boto3.DEFAULT_SESSION = boto3.Session()
boto3.DEFAULT_SESSION.resource("sqs")  # want service=sqs

# One step harder: a session from elsewhere, or a service from outside.
boto3.setup_default_session(botocore_session=elsewhere)
boto3.DEFAULT_SESSION.client(os.environ["S"])  # want unresolved "os.environ"
boto3.setup_default_session
elsewhere.client("iam")  # want service=iam certainty=possible
