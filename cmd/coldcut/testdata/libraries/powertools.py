"""A function that uses most of Powertools for AWS Lambda."""

import json

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel, parse
from aws_lambda_powertools.utilities.streaming.s3_object import S3Object
from aws_lambda_powertools.utilities.typing import LambdaContext
from aws_lambda_powertools.utilities.validation import SchemaValidationError, validate

logger, tracer, metrics = (
    Logger(service="notes"),
    Tracer(disabled=True),
    Metrics(namespace="notes", service="notes"),
)
app = APIGatewayRestResolver()
processor = BatchProcessor(event_type=EventType.SQS)


class Note(BaseModel):
    user: str
    size: int = 1


@idempotent_function(
    data_keyword_argument="note",
    persistence_store=DynamoDBPersistenceLayer(table_name="once"),
    config=IdempotencyConfig(event_key_jmespath="user"),
)
def keep(note):
    metrics.add_metric(name="kept", unit=MetricUnit.Count, value=1)
    return {"kept": note["user"]}


@app.get("/notes/<user>")
@tracer.capture_method
def get_note(user):
    return {
        "user": user,
        "stage": parameters.get_parameter("/notes/stage"),
        "key": parameters.get_secret("key", transform="json"),
    }


def parsed(record):
    parse(event=json.loads(record["body"]), model=Note)


@tracer.capture_lambda_handler
def handler(event, context: LambdaContext):
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=parsed, processor=processor, context=context
        )
    return app.resolve(event, context)


class Context:
    function_name, memory_limit_in_mb, aws_request_id = "notes", 128, "1"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:notes"

    @staticmethod
    def get_remaining_time_in_millis():
        return 1000


def prepare():
    ssm, secrets, s3 = (
        boto3.client("ssm"),
        boto3.client("secretsmanager"),
        boto3.client("s3"),
    )
    ssm.put_parameter(Name="/notes/stage", Value="test", Type="String")
    secrets.create_secret(Name="key", SecretString='{"a": 1}')
    s3.create_bucket(
        Bucket="notes-data",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    s3.put_object(Bucket="notes-data", Key="k", Body=b"1\n2\n3\n")
    boto3.client("dynamodb").create_table(
        TableName="once",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )


if __name__ == "__main__":
    prepare()
    get = {
        "path": "/notes/a",
        "httpMethod": "GET",
        "requestContext": {},
        "headers": {},
        "queryStringParameters": None,
    }
    print(handler(get, Context)["body"])
    bodies = ['{"user": "a"}', '{"size": "none"}']
    event = {
        "Records": [
            {"messageId": str(n), "eventSource": "aws:sqs", "body": b}
            for n, b in enumerate(bodies)
        ]
    }
    print(handler(event, Context))
    for _ in range(2):
        print(keep(note={"user": "a"}))
    print(S3Object(bucket="notes-data", key="k").readlines())
    try:
        validate(event={"a": 1}, schema={"type": "object", "required": ["b"]})
    except SchemaValidationError as error:
        print(str(error).splitlines()[0])
