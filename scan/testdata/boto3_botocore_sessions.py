import botocore.session
from botocore.session import get_session, Session

session = botocore.session.get_session()
client = session.create_client("s3")  # want service=s3
get_session().create_client(service_name="sqs")  # want service=sqs
Session().create_client("sns")  # want service=sns
session.get_service_model("ses")  # want service=ses
session.get_waiter_model("iam")  # want service=iam
session.get_available_regions("ec2")  # want service=ec2


# One step harder: the session, or the service, comes from outside.
def given(session, name):
    session.create_client("kms")  # want service=kms certainty=possible
    session.get_service_model(name)  # want unresolved "parameter name"


get_session().create_client(input())  # want unresolved "input"
