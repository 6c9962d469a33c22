from . import aws
from .aws import make
from .aws.clients import bucket as client

__all__ = ["aws", "make", "client"]
