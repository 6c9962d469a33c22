"""A function that imports boto3 while it initialises and does nothing with it.

What an invocation costs is then the cold start alone: the download, the import
and the runtime. It returns its trace id, so that the trace of each invocation
can be looked up.
"""

from __future__ import annotations

import os
from typing import Any

import boto3  # noqa: F401


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Return the id of the trace that this invocation belongs to."""
    return {"trace": trace_id(os.environ.get("_X_AMZN_TRACE_ID", ""))}


def trace_id(header: str) -> str:
    """Return the root of a tracing header: ``Root=1-…;Parent=…;Sampled=1``."""
    for field in header.split(";"):
        name, _, value = field.partition("=")
        if name == "Root":
            return value
    return ""
