"""Makes a client for each service named, and says how that went."""

import sys

import boto3
from botocore.exceptions import UnknownServiceError

for service in sys.argv[1:]:
    try:
        client = boto3.client(service)
    except UnknownServiceError as error:
        print(f"  boto3.client({service!r}): UnknownServiceError: {error}")
    else:
        print(
            f"  boto3.client({service!r}): ready, {len(client.meta.method_to_api_mapping)} operations"
        )
