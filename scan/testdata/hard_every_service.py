import os

import boto3
import botocore.session

session = boto3.Session()
session.get_available_services()  # want unresolved "every service"
for name in boto3.Session().get_available_services():  # want unresolved "every service"
    boto3.client(name)  # want unresolved ""
botocore.session.get_session().get_available_services()  # want unresolved "every service"
session.get_available_resources()  # want unresolved "every service"
session.get_available_regions("s3")  # want service=s3

# One step harder: the list is asked for where the session is not known, or in another name.
listing = session.get_available_services
listing()  # want unresolved "every service"


def given(session):
    return session.get_available_services()  # want unresolved "every service"


session.get_available_regions(os.environ["S"])  # want unresolved "os.environ"
