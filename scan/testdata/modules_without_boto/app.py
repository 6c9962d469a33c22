import boto3

from util import build

build(boto3.Session())
