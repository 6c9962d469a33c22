"""Run on a package, fat or slim: PYTHONPATH=PACKAGE python -m unittest discover DIR.

The stubs answer in AWS's place and hold every call to botocore's models.
"""

import io
import json
import os
import pathlib
import unittest
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

import app

REQUEST = json.loads((pathlib.Path(__file__).parent.parent / "health.json").read_text())
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Context:
    """What the tests need of Lambda's context."""

    function_name = "fleet"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:fleet"
    aws_request_id = "1"


class HandlerTest(unittest.TestCase):
    def stub(self, client: Any, operation: str, response: dict[str, Any], *expected: Any) -> None:
        stubber = Stubber(client)
        stubber.add_response(operation, response, *expected)
        stubber.activate()
        self.addCleanup(stubber.deactivate)
        self.addCleanup(stubber.assert_no_pending_responses)

    def get(self, path: str) -> Any:
        request = json.loads(json.dumps(REQUEST))
        request["rawPath"] = request["requestContext"]["http"]["path"] = path
        answer = app.handler(request, Context())
        self.assertEqual(answer["statusCode"], 200, answer)
        return json.loads(answer["body"])

    def test_health(self) -> None:
        self.assertEqual(self.get("/health"), {"status": "ok"})

    def test_machines(self) -> None:
        machine = {"InstanceId": "i-1", "State": {"Code": 16, "Name": "running"}}
        self.stub(app.ec2, "describe_instances", {"Reservations": [{"Instances": [machine]}]})
        self.assertEqual(self.get("/machines"), [{"id": "i-1", "state": "running"}])

    def test_load(self) -> None:
        points = {"Datapoints": [{"Timestamp": NOW, "Average": 12.5}]}
        expected = {
            "Namespace": "AWS/EC2",
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
            "StartTime": ANY,
            "EndTime": ANY,
            "Period": 300,
            "Statistics": ["Average"],
        }
        self.stub(app.cloudwatch, "get_metric_statistics", points, expected)
        self.assertEqual(self.get("/machines/i-1/load"), {"percent": [12.5]})

    def test_bill(self) -> None:
        body = StreamingBody(io.BytesIO(b"machine,cost"), 12)
        self.stub(app.s3, "get_object", {"Body": body}, {"Bucket": "bills", "Key": "latest.csv"})
        with mock.patch.dict(os.environ, {"BILLS": "bills"}):
            self.assertEqual(self.get("/bill"), {"csv": "machine,cost"})


if __name__ == "__main__":
    unittest.main()
