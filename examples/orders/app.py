"""Takes orders: stores each, archives what came in and tells who waits for it."""

import json
import os
from typing import Any

import boto3

from notify import Announcer, Queue

orders = boto3.resource("dynamodb").Table(os.environ.get("ORDERS_TABLE", "orders"))
archive = boto3.client("s3")
listeners = [Queue(), Announcer()]


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Handle one batch of orders from the queue."""
    records: list[dict[str, Any]] = event["Records"]
    for record in records:
        order: dict[str, Any] = json.loads(record["body"])
        orders.put_item(Item=order)
        archive.put_object(
            Bucket=os.environ.get("ARCHIVE_BUCKET", "orders-archive"),
            Key=f"{order['id']}.json",
            Body=record["body"].encode(),
        )
        for listener in listeners:
            listener.send(order)
    return {"handled": len(records)}
