"""A session that the sources do not show."""
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import boto3


def use(session):
    session.client("s3")  # want service=s3 certainty=possible
    partial(session.client, "sqs")  # want service=sqs certainty=possible
    ThreadPoolExecutor().submit(session.client, "sns")  # want service=sns certainty=possible
    session.client(os.environ["S"])  # want unresolved "os.environ"
