"""Neither the client nor the name is known: every operation of every service in use."""
import os
from dataclasses import dataclass
from functools import partial
from operator import methodcaller

import boto3

s3 = boto3.client("s3")  # want service=s3


@dataclass
class Caller:
    client: object

    def call(self, operation):
        return getattr(self.client, operation)()  # want service=s3 op=* certainty=possible

    def pages(self, operation):
        return self.client.get_paginator(operation)  # want service=s3 op=* certainty=possible


Caller(s3).call(os.environ["OP"])
methodcaller(os.environ["OP"])(s3)  # want service=s3 op=* certainty=possible
partial(getattr, s3)(os.environ["OP"])  # want service=s3 op=* certainty=possible
read = getattr  # want service=s3 op=* certainty=possible
read(s3, os.environ["OP"])
