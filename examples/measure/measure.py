"""Force cold starts of a function and read from X-Ray how long they took.

    python measure.py FUNCTION [COUNT]

Each change of an environment variable makes the next invocation a cold start. The
function returns its trace id, as examples/dynamodb does. Prints a line for each cold
start: milliseconds until Initialization, in Initialization, and in total; then the
means. The function's own environment is put back at the end.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import boto3

lambda_client = boto3.client("lambda")
xray = boto3.client("xray")

BATCH = 5  # what batch_get_traces takes at most
PATIENCE = 60  # seconds in which X-Ray must know a trace


def set_environment(name: str, variables: dict[str, str]) -> None:
    """Give the function these variables, and wait until it has them."""
    lambda_client.update_function_configuration(
        FunctionName=name, Environment={"Variables": variables}
    )
    lambda_client.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1}
    )


def invoke(name: str) -> str:
    """Invoke the function and return the trace id that it answers."""
    response = lambda_client.invoke(FunctionName=name)
    answer = json.load(response["Payload"])
    if "FunctionError" in response:
        sys.exit(f"{name} failed: {answer.get('errorMessage', answer)}")
    return answer["trace"]


def cold_starts(name: str, count: int) -> list[str]:
    """Start the function cold so many times; return the trace ids."""
    configuration = lambda_client.get_function_configuration(FunctionName=name)
    variables = configuration.get("Environment", {}).get("Variables", {})
    ids = []
    try:
        for i in range(count):
            set_environment(name, {**variables, "COLD_START": str(i)})
            ids.append(invoke(name))
    finally:
        set_environment(name, variables)
    return ids


def figures(trace: dict[str, Any]) -> tuple[float, float, float] | None:
    """Return a trace's three figures in milliseconds, or None while it is not whole."""
    service = init = None
    for segment in trace["Segments"]:
        document = json.loads(segment["Document"])
        if document.get("origin") == "AWS::Lambda":
            service = document
        for phase in document.get("subsegments", []):
            if phase["name"] in ("Initialization", "Init"):
                init = phase
    if service is None or init is None:
        return None
    start = service["start_time"]
    times = init["start_time"] - start, init["end_time"] - init["start_time"]
    until, during = (1000 * seconds for seconds in times)
    return until, during, 1000 * (service["end_time"] - start)


def fetch(ids: list[str]) -> dict[str, tuple[float, float, float]]:
    """Read the traces, by five; X-Ray learns of them late, and in parts."""
    found: dict[str, tuple[float, float, float]] = {}
    deadline = time.monotonic() + PATIENCE
    while missing := [i for i in ids if i not in found]:
        for first in range(0, len(missing), BATCH):
            batch = missing[first : first + BATCH]
            for trace in xray.batch_get_traces(TraceIds=batch)["Traces"]:
                if times := figures(trace):
                    found[trace["Id"]] = times
        if len(found) < len(ids):
            if time.monotonic() > deadline:
                sys.exit(f"X-Ray does not know {len(ids) - len(found)} of {len(ids)} traces")
            time.sleep(1)
    return found


def main(name: str, count: int) -> None:
    ids = cold_starts(name, count)
    found = fetch(ids)
    lines = [found[i] for i in ids]
    for line in lines:
        print(*(f"{value:8.1f}" for value in line))
    means = (sum(column) / len(lines) for column in zip(*lines, strict=True))
    print(*(f"{value:8.1f}" for value in means), " mean")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python measure.py FUNCTION [COUNT]")
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 50)
