import boto3

import consts
import settings.values
from consts import OTHER as RENAMED
from settings import SERVICE, names
from shapes import *

boto3.client(consts.FIRST)  # want service=s3
boto3.client(RENAMED)  # want service=sqs
boto3.client(SERVICE)  # want service=sns
boto3.client(settings.values.SERVICE)  # want service=sns
boto3.client(STARRED)  # want service=kms
for n in names:
    boto3.client(n)  # want service=ses; service=iam
# One step harder: a module that the package lacks.
import consts2
from settings import MISSING

boto3.client(consts2.FIRST)  # want unresolved ""
boto3.client(MISSING)  # want unresolved "MISSING"
