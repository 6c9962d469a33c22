"""Stores an order that is posted, and archives it."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import boto3

orders = boto3.client("dynamodb")
archive = boto3.client("s3")


def store(event: dict[str, Any], context: object) -> dict[str, str]:
    """Handle one order."""
    orders.put_item(TableName=os.environ.get("TABLE", "orders"), Item={"id": {"S": event["id"]}})
    archive.put_object(
        Bucket=os.environ.get("BUCKET", "orders-archive"),
        Key=f"{event['id']}.json",
        Body=json.dumps(event).encode(),
    )
    return {"stored": event["id"]}


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Handle one request (WSGI)."""
    event = json.loads(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(store(event, None)).encode()]
