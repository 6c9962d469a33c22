"""One function's life, as a boto3 program sees it. Prints what it saw as JSON."""

import base64
import io
import json
import os
import sys
import zipfile

import boto3


def package(code):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("app.py", code)
    return out.getvalue()


CODE = """
import os
def handler(event, context):
    return {"event": event, "trace": os.environ["_X_AMZN_TRACE_ID"], "variable": os.environ.get("VARIABLE")}
"""

# Old ones know no AWS_ENDPOINT_URL.
where = {"endpoint_url": os.environ["ENDPOINT"]} if "ENDPOINT" in os.environ else {}
client, tracer = boto3.client("lambda", **where), boto3.client("xray", **where)
name = sys.argv[1]
seen = {"boto3": boto3.__version__}
client.create_function(
    FunctionName=name,
    Runtime=sys.argv[2],
    Role="arn:aws:iam::000000000000:role/any",
    Handler="app.handler",
    Code={"ZipFile": package(CODE)},
    TracingConfig={"Mode": "Active"},
    Tags={"kind": "test"},
)
client.get_waiter("function_active" if "function_active" in client.waiter_names else "function_exists").wait(
    FunctionName=name
)
first = client.invoke(FunctionName=name, Payload=b'"hello"', LogType="Tail")
seen["first"] = json.loads(first["Payload"].read())
seen["log"] = base64.b64decode(first["LogResult"]).decode()
seen["backend"] = first["ResponseMetadata"]["HTTPHeaders"]["x-coldcut-backend"]

changed = client.update_function_configuration(
    FunctionName=name, Environment={"Variables": {"VARIABLE": "1"}}
)
if "function_updated" in client.waiter_names:
    client.get_waiter("function_updated").wait(FunctionName=name)
seen["second"] = json.loads(client.invoke(FunctionName=name, Payload=b"2")["Payload"].read())
client.update_function_code(FunctionName=name, ZipFile=package(CODE + "    # changed"))
version = client.publish_version(FunctionName=name)
alias = client.create_alias(FunctionName=name, Name="live", FunctionVersion=version["Version"])
seen["versions"] = [v["Version"] for v in client.list_versions_by_function(FunctionName=name)["Versions"]]
seen["alias"] = client.invoke(FunctionName=alias["AliasArn"], Payload=b"3")["ExecutedVersion"]
seen["tags"] = client.list_tags(Resource=changed["FunctionArn"])["Tags"]
seen["functions"] = [
    f["FunctionName"] for p in client.get_paginator("list_functions").paginate() for f in p["Functions"]
]

ids = [r["trace"].split(";")[0][len("Root=") :] for r in (seen["first"], seen["second"])]
traces = tracer.batch_get_traces(TraceIds=ids)["Traces"]
seen["segments"] = sorted(json.loads(s["Document"])["origin"] for t in traces for s in t["Segments"])
try:
    client.invoke(FunctionName="nowhere")
except client.exceptions.ResourceNotFoundException as e:
    seen["missing"] = e.response["Error"]["Message"]
client.delete_function(FunctionName=name)
print(json.dumps(seen))
