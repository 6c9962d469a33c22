"""A web API over a fleet of machines: which there are, how busy they are, what it cost."""

import os
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

logger = Logger(service="fleet")
tracer = Tracer(service="fleet", auto_patch=False)
metrics = Metrics(namespace="fleet", service="fleet")
app = APIGatewayHttpResolver(enable_validation=True)

ec2 = boto3.client("ec2")
cloudwatch = boto3.client("cloudwatch")
s3 = boto3.client("s3")


class Machine(BaseModel):
    """One machine of the fleet."""

    id: str
    state: str


@app.get("/health")
def health() -> dict[str, str]:
    """Answer without asking anybody."""
    return {"status": "ok"}


@app.get("/machines")
def machines() -> list[Machine]:
    """List the machines."""
    found: list[Machine] = []
    for page in ec2.get_paginator("describe_instances").paginate():
        for reservation in page["Reservations"]:
            for i in reservation["Instances"]:
                found.append(Machine(id=i["InstanceId"], state=i["State"]["Name"]))
    metrics.add_metric("machines", MetricUnit.Count, len(found))
    return found


@app.get("/machines/<machine>/load")
def load(machine: str) -> dict[str, list[float]]:
    """Tell how busy a machine was in the last hour, in percent of its processors."""
    now = datetime.now(timezone.utc)
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "InstanceId", "Value": machine}],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
        Period=300,
        Statistics=["Average"],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return {"percent": [point["Average"] for point in points]}


@app.get("/bill")
def bill() -> dict[str, str]:
    """Return the last bill as it was filed."""
    answer = s3.get_object(Bucket=os.environ["BILLS"], Key="latest.csv")
    return {"csv": answer["Body"].read().decode()}


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request to the API."""
    return app.resolve(event, context)
