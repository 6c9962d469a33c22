"""Run on a package, fat or slim: PYTHONPATH=PACKAGE python -m unittest discover DIR.

The stubs answer in AWS's place and hold every call to botocore's models.
"""

import json
import os
import unittest
from typing import Any
from unittest import mock

from botocore.stub import Stubber

import app
from notify import Announcer, Queue

ORDER = {"id": "7", "article": "teapot"}
BODY = json.dumps(ORDER)
ENVIRONMENT = {
    "WAREHOUSE_QUEUE": "https://queue.example/warehouse",
    "ORDERS_TOPIC": "arn:aws:sns:eu-central-1:123456789012:orders",
}


class HandlerTest(unittest.TestCase):
    def stub(self, client: Any, operation: str, response: dict[str, Any]) -> None:
        stubber = Stubber(client)
        stubber.add_response(operation, response)
        stubber.activate()
        self.addCleanup(stubber.deactivate)
        self.addCleanup(stubber.assert_no_pending_responses)

    def test_handles_an_order(self) -> None:
        queue, announcer = app.listeners
        assert isinstance(queue, Queue) and isinstance(announcer, Announcer)
        self.stub(app.orders.meta.client, "put_item", {})
        self.stub(app.archive, "put_object", {"ETag": "1"})
        self.stub(queue.client, "send_message", {"MessageId": "1"})
        self.stub(announcer.clients["sns"], "publish", {"MessageId": "1"})
        self.stub(announcer.clients["events"], "put_events", {"FailedEntryCount": 0})
        with mock.patch.dict(os.environ, ENVIRONMENT):
            self.assertEqual(app.handler({"Records": [{"body": BODY}]}, None), {"handled": 1})


if __name__ == "__main__":
    unittest.main()
