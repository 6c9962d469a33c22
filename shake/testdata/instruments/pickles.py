"""What can be pickled comes back in a process that has imported nothing."""

import pickle
import re
import subprocess
import sys

import boto3
import botocore.config
import botocore.exceptions
import botocore.model
import botocore.session
import s3transfer.manager
from boto3.dynamodb.conditions import Key
from boto3.s3.transfer import TransferConfig

values = [
    botocore.config.Config(retries={"max_attempts": 2}),
    botocore.exceptions.ClientError({"Error": {"Code": "C", "Message": "M"}}, "Op"),
    botocore.exceptions.NoRegionError(),
    botocore.model.StructureShape,
    botocore.session.get_session,
    s3transfer.manager.TransferManager,
    TransferConfig,
    Key("k").eq(1).__class__,
    boto3.Session,
]
data = pickle.dumps(values)
out = subprocess.run(
    [sys.executable, "-S", "-c", "import pickle, sys; sys.path[:] = %r; print(*map(repr, pickle.loads(sys.stdin.buffer.read())), sep='\\n')" % (sys.path,)],
    input=data, stdout=subprocess.PIPE, check=True,
).stdout.decode()
print(re.sub("0x[0-9a-f]+", "", out))
