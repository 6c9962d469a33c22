"""the service from os.environ"""
import os

import boto3

boto3.client(os.environ["SERVICE"])  # want unresolved "os.environ"
