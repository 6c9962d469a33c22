import json

import boto3


def client(*args, **kwargs):
    return boto3.client(*args, **kwargs)  # want unresolved "unpacked with **"


client(**json.loads("{}"))
