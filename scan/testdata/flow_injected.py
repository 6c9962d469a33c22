from typing import Annotated

import boto3
from fastapi import Depends


def get(service):
    return boto3.client(service)  # want unresolved "handed on"


def route(client: Annotated[object, Depends(get)]):
    return client
