import boto3 as aws
from boto3 import client
from boto3 import client as make, resource as make_resource
from botocore import session as core

aws.client("s3")  # want service=s3
client("sqs")  # want service=sqs
make("sns")  # want service=sns
make_resource("ec2")  # want service=ec2
core.get_session().create_client("ses")  # want service=ses
build = aws.client
build("iam")  # want service=iam

# One step harder: the name comes from a module that the package lacks.
from helpers import client as elsewhere, aws as theirs

elsewhere("kms")  # want service=kms certainty=possible
theirs.client("ssm")  # want service=ssm certainty=possible
