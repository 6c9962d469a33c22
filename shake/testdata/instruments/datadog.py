"""ddtrace: its patch gives each call a span, also where botocore is imported later."""

import os

os.environ.update(DD_TRACE_ENABLED="true", DD_INSTRUMENTATION_TELEMETRY_ENABLED="false", DD_REMOTE_CONFIGURATION_ENABLED="false")
import ddtrace
from ddtrace.trace import TraceFilter, tracer

spans = []


class Collect(TraceFilter):
    def process_trace(self, trace):
        spans.extend((s.name, s.resource, s.get_tag("aws.operation")) for s in trace)
        return None


tracer.configure(trace_processors=[Collect()])
ddtrace.patch(botocore=True)
import boto3

import answers

client = boto3.client("dynamodb")
with answers.given(client):
    print(client.get_item(TableName="t", Key={"id": {"S": "1"}}))
print(spans)
