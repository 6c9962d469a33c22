import boto3
import boto3.session as s
from boto3.session import Session

session = boto3.Session(region_name="eu-west-1")
session.client("s3")  # want service=s3
session.resource("sqs")  # want service=sqs
Session().client(service_name="sns")  # want service=sns
s.Session().client("ses")  # want service=ses
boto3.session.Session().client("iam")  # want service=iam
boto3.DEFAULT_SESSION.client("ssm")  # want service=ssm
session._session.create_client("kms")  # want service=kms


class Holder:
    def __init__(self):
        self.session = boto3.Session()

    def run(self):
        return self.session.client("sts")  # want service=sts


def use(given):
    given.client("events")  # want service=events


use(session)


# One step harder: the session is handed in from outside, or made by what is not known.
def given(session):
    session.client("glue")  # want service=glue certainty=possible


sessions["a"].client("athena")  # want service=athena certainty=possible
make_session().client(input())  # want unresolved "input"
