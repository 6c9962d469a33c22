"""Stores an order and archives what came in."""

import json
import os
from typing import Any

import boto3

orders = boto3.client("dynamodb")
archive = boto3.client("s3")


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Handle one order."""
    orders.put_item(TableName=os.environ.get("TABLE", "orders"), Item={"id": {"S": event["id"]}})
    archive.put_object(
        Bucket=os.environ.get("BUCKET", "orders-archive"),
        Key=f"{event['id']}.json",
        Body=json.dumps(event).encode(),
    )
    return {"stored": event["id"]}
