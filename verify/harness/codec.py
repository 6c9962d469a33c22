"""Values as JSON that keeps their types and their order.

What JSON has no word for is an object with one key that begins with a dollar.
"""

import base64
import datetime
import io

REAL_DATETIME = datetime.datetime  # world.py puts another in its place


def encode(value):
    """What an application can tell of a value, as plain JSON."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return {"$float": repr(value)}
    if kind in (bytes, bytearray):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if kind is io.BytesIO:
        return {"$stream": base64.b64encode(value.getvalue()).decode("ascii")}
    if isinstance(value, REAL_DATETIME):
        zone = value.tzinfo and [type(value.tzinfo).__name__, str(value.utcoffset())]
        return {"$time": value.replace(tzinfo=None).isoformat(), "zone": zone}
    if kind is dict and not any(type(k) is not str or k.startswith("$") for k in value):
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, dict):
        return {"$map": [[encode(k), encode(v)] for k, v in value.items()], "type": kind.__name__}
    if kind is list:
        return [encode(v) for v in value]
    if isinstance(value, (tuple, set, frozenset)):
        items = value if isinstance(value, tuple) else sorted(value)
        return {"$" + kind.__name__: [encode(v) for v in items]}
    return _encode_object(value, kind)


def _encode_object(value, kind):
    if kind.__name__ == "StreamingBody":
        return {"$body": _attempt(value.read)}
    if kind.__name__ == "EventStream":
        return {"$events": _drain(value)}
    if kind.__name__ == "Binary":  # boto3's, of DynamoDB
        return {"$Binary": encode(value.value)}
    if isinstance(value, str) or kind.__name__ == "Decimal":
        return {"$" + kind.__name__: str(value)}
    return {"$object": f"{kind.__module__}.{kind.__qualname__}"}


def _attempt(read):
    try:
        return encode(read())
    except Exception as error:
        return {"$raises": [type(error).__name__, str(error)]}


def _drain(stream):
    events = []
    try:
        for event in stream:
            events.append(encode(event))
    except Exception as error:
        events.append({"$raises": [type(error).__name__, str(error)]})
    return events


def decode(value):
    """The value that a parameter was encoded from."""
    if isinstance(value, list):
        return [decode(v) for v in value]
    if not isinstance(value, dict):
        return value
    for tag, make in _MAKERS.items():
        if tag in value:
            return make(value[tag])
    return {k: decode(v) for k, v in value.items()}


_MAKERS = {
    "$float": float,
    "$bytes": base64.b64decode,
    "$stream": lambda data: io.BytesIO(base64.b64decode(data)),
    "$time": lambda text: datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(
        tzinfo=datetime.timezone.utc
    ),
    "$map": lambda pairs: {decode(k): decode(v) for k, v in pairs},
}
