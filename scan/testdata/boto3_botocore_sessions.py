import botocore.session
from botocore.session import get_session, Session

session = botocore.session.get_session()
client = session.create_client("s3")  # want service=s3
get_session().create_client(service_name="sqs")  # want service=sqs
Session().create_client("sns")  # want service=sns
session.get_service_model("ses")  # want service=ses
session.get_waiter_model("iam")  # want service=iam
session.get_available_regions("ec2")  # want service=ec2
