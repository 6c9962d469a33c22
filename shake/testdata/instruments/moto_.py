"""moto: answers as AWS would, for clients, resources and transfers."""

import io

import boto3
from moto import mock_aws

with mock_aws():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket-one")
    s3.upload_fileobj(io.BytesIO(b"x" * 9_000_000), "bucket-one", "large")
    print(s3.head_object(Bucket="bucket-one", Key="large")["ContentLength"])
    bucket = boto3.resource("s3").Bucket("bucket-one")
    print([(o.key, o.size) for o in bucket.objects.all()])
    dynamodb = boto3.resource("dynamodb")
    table = dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    table.put_item(Item={"id": "1", "n": 2})
    print(table.get_item(Key={"id": "1"})["Item"], table.item_count)
    try:
        s3.get_object(Bucket="bucket-one", Key="none")
    except s3.exceptions.NoSuchKey as e:
        print(type(e).__name__, e)
