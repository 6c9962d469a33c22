# Comments that say what an unresolved place can ask for.
import os

import boto3

queue = boto3.client(os.environ["QUEUE"])  # coldcut: keep sqs, sns:Publish -- # want service=sqs certainty=possible; service=sns certainty=possible; service=sns op=Publish certainty=possible

# coldcut: keep dynamodb:get_item -- # want service=dynamodb certainty=possible; service=dynamodb op=GetItem certainty=possible
table = boto3.client(
    os.environ["TABLE"],
    region_name="eu-central-1",
)


class Jobs:
    def start(self, kind):
        return boto3.client(
            kind,  # coldcut: keep batch -- # want service=batch certainty=possible
        )


Jobs().start(os.environ["KIND"])

# One step harder: the comment stands in another statement than the place.
# coldcut: keep kms -- # want service=kms certainty=possible
print("hello")
late = boto3.client(os.environ["LATE"])  # want unresolved "the service of boto3.client"
TEXT = "# coldcut: keep ec2"
