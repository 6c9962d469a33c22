"""OpenTelemetry: its instrumentation gives each call a span."""

import boto3
from opentelemetry import trace
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import answers

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
BotocoreInstrumentor().instrument()
client = boto3.client("dynamodb")
with answers.given(client):
    print(client.get_item(TableName="t", Key={"id": {"S": "1"}}))
print([(s.name, sorted(s.attributes.items())) for s in exporter.get_finished_spans()])
BotocoreInstrumentor().uninstrument()
with answers.given(client):
    client.get_item(TableName="t", Key={"id": {"S": "1"}})
print(len(exporter.get_finished_spans()))
