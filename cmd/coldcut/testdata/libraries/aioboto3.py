"""A table, and transfers of files, by aioboto3."""

import asyncio
import io

from boto3.dynamodb.conditions import Key

import aioboto3

TABLE = {
    "TableName": "notes",
    "KeySchema": [
        {"AttributeName": "user", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "user", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


async def main():
    session = aioboto3.Session()
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.create_table(**TABLE)
        await table.wait_until_exists()
        async with table.batch_writer() as batch:
            for at in range(5):
                await batch.put_item(Item={"user": "a", "at": at, "text": "x" * at})
        found = await table.query(
            KeyConditionExpression=Key("user").eq("a") & Key("at").gt(2)
        )
        print(found["Items"])
        print((await table.get_item(Key={"user": "a", "at": 1}))["Item"])
        print([t.name async for t in dynamodb.tables.all()])
    async with session.client("s3") as s3:
        await s3.create_bucket(
            Bucket="files",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
        await s3.upload_fileobj(io.BytesIO(b"y" * (9 << 20)), "files", "large")
        back = io.BytesIO()
        await s3.download_fileobj("files", "large", back)
        print(
            len(back.getvalue()),
            (
                await s3.generate_presigned_url(
                    "get_object", Params={"Bucket": "files", "Key": "large"}
                )
            ).partition("?")[0][-12:],
        )


asyncio.run(main())
