import contextlib

import aioboto3
import boto3


@contextlib.asynccontextmanager
async def client(name):
    async with aioboto3.Session().client(name) as c:  # want service=s3
        yield c


async def main():
    async with client("s3") as c:
        await c.put_object(Bucket="b", Key="k", Body=b"")  # want service=s3 op=PutObject


# One step harder: a context manager of one's own, and one that is not in the package.
class Managed:
    def __enter__(self):
        return boto3.client("sqs")  # want service=sqs

    def __exit__(self, *args):
        pass


with Managed() as managed:
    managed.send_message(QueueUrl="q", MessageBody="m")  # want service=sqs op=SendMessage certainty=possible
with elsewhere() as session:
    session.resource("glacier")  # want service=glacier certainty=possible
