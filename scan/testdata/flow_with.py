import contextlib

import aioboto3


@contextlib.asynccontextmanager
async def client(name):
    async with aioboto3.Session().client(name) as c:  # want service=s3
        yield c


async def main():
    async with client("s3") as c:
        await c.put_object(Bucket="b", Key="k", Body=b"")  # want service=s3 op=PutObject
