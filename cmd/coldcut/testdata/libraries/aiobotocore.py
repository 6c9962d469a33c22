"""Queues and objects by aiobotocore's own clients."""

import asyncio
import json

from aiobotocore.session import get_session


async def main():
    session = get_session()
    async with session.create_client("s3") as s3, session.create_client("sqs") as sqs:
        await s3.create_bucket(
            Bucket="notes",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
        await s3.get_waiter("bucket_exists").wait(Bucket="notes")
        for n in range(3):
            await s3.put_object(Bucket="notes", Key=f"{n}.txt", Body=b"note %d" % n)
        async with (await s3.get_object(Bucket="notes", Key="1.txt"))["Body"] as body:
            print((await body.read()).decode())
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket="notes", PaginationConfig={"PageSize": 2}
        )
        print([[o["Key"] for o in page["Contents"]] async for page in pages])
        try:
            await s3.get_object(Bucket="notes", Key="none")
        except s3.exceptions.NoSuchKey as error:
            print(error)
        queue = (await sqs.create_queue(QueueName="todo"))["QueueUrl"].rpartition("/")[
            2
        ]
        await sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"note": 1}))
        print(
            queue,
            [
                m["Body"]
                for m in (await sqs.receive_message(QueueUrl=queue))["Messages"]
            ],
        )


asyncio.run(main())
