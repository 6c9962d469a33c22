"""Tells those who wait for an order: the warehouse and whoever subscribed."""

import json
import os
from typing import Any, ClassVar

import boto3


class Queue:
    """The warehouse's queue."""

    service: ClassVar[str] = "sqs"

    def __init__(self) -> None:
        self.client = boto3.client(self.service)

    def send(self, order: dict[str, Any]) -> None:
        """Queue the order for the warehouse."""
        self.client.send_message(
            QueueUrl=os.environ["WAREHOUSE_QUEUE"], MessageBody=json.dumps(order)
        )


class Announcer:
    """Announces orders to subscribers, by every service that they listen to."""

    def __init__(self) -> None:
        self.clients = {}
        for service in ("sns", "events"):
            self.clients[service] = boto3.client(service)

    def send(self, order: dict[str, Any]) -> None:
        """Announce the order."""
        message = json.dumps(order)
        self.clients["sns"].publish(TopicArn=os.environ["ORDERS_TOPIC"], Message=message)
        self.clients["events"].put_events(
            Entries=[{"Source": "orders", "DetailType": "order", "Detail": message}],
        )
