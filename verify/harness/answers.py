"""What a service would answer: results and errors in the form of each protocol.

The other half of botocore's parsers, written from the protocols' descriptions at
https://smithy.io/2.0/aws/protocols/index.html.
"""

import base64
import binascii
import calendar
import email.utils
import json
import struct
from xml.sax.saxutils import escape, quoteattr

REQUEST_ID = "11111111-2222-3333-4444-555555555555"
_XML = ("query", "ec2", "rest-xml")


def protocol_of(service_model):
    """The protocol that botocore speaks with the service."""
    return getattr(service_model, "resolved_protocol", None) or service_model.metadata["protocol"]


def raw(status, body=b"", headers=None):
    """An answer as the world keeps it."""
    headers = {"x-amzn-RequestId": REQUEST_ID, "Content-Length": str(len(body)), **(headers or {})}
    return {"status": status, "headers": headers, "body": base64.b64encode(body).decode("ascii")}


def result(operation, value):
    """A result of an operation."""
    protocol, shape = protocol_of(operation.service_model), operation.output_shape
    if shape is None:
        return raw(200, _frame(operation, protocol, ""))
    if protocol.startswith("rest-"):
        return _rest(protocol, shape, value)
    streamed = _event_stream(shape)
    if streamed and value.get(streamed) is not None:
        initial = {k: v for k, v in value.items() if k != streamed}
        first = _message("initial-response", _body(protocol, shape, initial))
        return raw(200, first + _events(protocol, shape.members[streamed], value[streamed]))
    headers = {"smithy-protocol": "rpc-v2-cbor"} if "cbor" in protocol else {}
    if protocol in _XML:
        return raw(200, _frame(operation, protocol, _members_xml(shape, value)))
    return raw(200, _body(protocol, shape, value), headers)


def error(service_model, code, shape, value, status):
    """An error with its members; shape is None where the model does not know it."""
    protocol = protocol_of(service_model)
    value = dict(value)
    if protocol in _XML:
        value.pop("Code", None)
        members = _members_xml(shape, value) if shape is not None else ""
        if "Message" not in value:
            members += "<Message>because</Message>"
        return raw(status, _error_frame(protocol, f"<Code>{escape(code)}</Code>{members}"))
    headers = {}
    if shape is not None and protocol == "rest-json":
        value, headers = _headers(shape, value)
    body = to_json(shape, value, protocol) if shape is not None else {}
    body = {"__type": "com.amazonaws#" + code, "message": "because", **body}
    if protocol == "rest-json":
        headers["x-amzn-errortype"] = body.pop("__type") + ":http://example/"
    if "cbor" in protocol:
        return raw(status, cbor(body), {"smithy-protocol": "rpc-v2-cbor"})
    return raw(status, json.dumps(body).encode(), headers)


def _frame(operation, protocol, members):
    if protocol not in _XML:
        return cbor({}) if "cbor" in protocol else b"{}"
    name, shape = operation.name, operation.output_shape
    if protocol == "rest-xml":
        return b""
    if protocol == "ec2":
        inside = f"<requestId>{REQUEST_ID}</requestId>{members}"
    else:
        wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
        inside = f"<{wrapper}>{members}</{wrapper}>" if wrapper else members
        inside += f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
    return f'<{name}Response xmlns="http://example/">{inside}</{name}Response>'.encode()


def _error_frame(protocol, inside):
    if protocol == "ec2":
        return f"<Response><Errors><Error>{inside}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>".encode()
    text = f"<Error><Type>Sender</Type>{inside}</Error><RequestId>{REQUEST_ID}</RequestId>"
    return f"<ErrorResponse>{text}</ErrorResponse>".encode()


def _rest(protocol, shape, value):
    value, headers = _headers(shape, value)
    payload = shape.serialization.get("payload")
    if not payload:
        return raw(200, _body(protocol, shape, value), headers)
    member, part = shape.members[payload], value.get(payload)
    if part is None:
        return raw(200, b"", headers)
    if member.serialization.get("eventstream"):
        return raw(200, _events(protocol, member, part), headers)
    if member.type_name in ("blob", "string"):
        return raw(200, part if isinstance(part, bytes) else str(part).encode(), headers)
    return raw(200, _body(protocol, member, part), headers)


def _headers(shape, value):
    """Splits what travels in headers off."""
    rest, headers = {}, {}
    for name, part in value.items():
        member = shape.members[name]
        where, key = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "header":
            headers[key] = _header(member, part)
        elif where == "headers":
            headers.update((key + k, str(v)) for k, v in part.items())
        elif where != "statusCode":
            rest[name] = part
    return rest, headers


def _header(shape, value):
    if shape.type_name == "list":
        return ",".join(_header(shape.member, v) for v in value)
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode("ascii")
    return _text(shape, value, "rfc822")


def _text(shape, value, moment):
    """A scalar as text."""
    kind = shape.type_name
    if kind == "timestamp":
        return str(_moment(shape, value, moment))
    if kind == "blob":
        return base64.b64encode(value).decode("ascii")
    if kind == "boolean":
        return "true" if value else "false"
    return str(value)


def _moment(shape, value, otherwise):
    form = shape.serialization.get("timestampFormat", otherwise)
    seconds = calendar.timegm(value.utctimetuple())
    if form == "unixTimestamp":
        return seconds
    if form == "rfc822":
        return email.utils.formatdate(seconds, usegmt=True)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _body(protocol, shape, value):
    if protocol == "rest-xml":
        name = shape.serialization.get("name", shape.name)
        return b'<?xml version="1.0" encoding="UTF-8"?>' + _xml(shape, value, name).encode()
    body = to_json(shape, value, protocol)
    return cbor(body) if "cbor" in protocol else json.dumps(body).encode()


def to_json(shape, value, protocol):
    """The value as json.dumps, or cbor, takes it."""
    kind = shape.type_name
    if kind == "structure":
        if shape.metadata.get("document") or getattr(shape, "is_document_type", False):
            return value
        members = shape.members
        return {
            members[k].serialization.get("name", k): to_json(members[k], v, protocol)
            for k, v in value.items()
        }
    if kind == "list":
        return [to_json(shape.member, v, protocol) for v in value]
    if kind == "map":
        return {k: to_json(shape.value, v, protocol) for k, v in value.items()}
    if "cbor" in protocol:
        return value
    if kind == "timestamp":
        return _moment(shape, value, "unixTimestamp")
    if kind == "blob":
        return base64.b64encode(value).decode("ascii")
    return json.dumps(value) if shape.serialization.get("jsonvalue") else value


def _xml(shape, value, name):
    attributes, kind = "", shape.type_name
    if kind == "structure":
        for key, part in value.items():
            member = shape.members[key]
            if member.serialization.get("xmlAttribute"):
                space = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
                label = member.serialization.get("name", key)
                attributes += f" {space} {label}={quoteattr(str(part))}"
        inside = _members_xml(shape, value)
    elif kind == "list":
        inner = shape.member.serialization.get("name", "member")
        inside = "".join(_xml(shape.member, v, inner) for v in value)
    elif kind == "map":
        inside = "".join(f"<entry>{_entry(shape, k, v)}</entry>" for k, v in value.items())
    else:
        inside = escape(_text(shape, value, "iso8601"))
    return f"<{name}{attributes}>{inside}</{name}>"


def _entry(shape, key, value):
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    return _xml(shape.key, key, key_name) + _xml(shape.value, value, value_name)


def _members_xml(shape, value):
    out = ""
    for key, part in value.items():
        member = shape.members[key]
        name = member.serialization.get("name", key)
        if member.serialization.get("xmlAttribute"):
            continue
        if not member.serialization.get("flattened"):
            out += _xml(member, part, name)
        elif member.type_name == "list":
            name = member.member.serialization.get("name", name)
            out += "".join(_xml(member.member, v, name) for v in part)
        else:
            out += "".join(f"<{name}>{_entry(member, k, v)}</{name}>" for k, v in part.items())
    return out


def _event_stream(shape):
    return next((n for n, m in shape.members.items() if m.serialization.get("eventstream")), None)


def _events(protocol, shape, value):
    """The value is a list of events, each its name and its members."""
    return b"".join(_event(protocol, shape.members[name], name, part) for name, part in value)


def _event(protocol, shape, name, value):
    if shape.metadata.get("exception"):
        payload = _body(protocol, shape, value)
        return _message(name, payload, kind="exception", key=":exception-type")
    body, headers, payload = {}, [], None
    for key, part in value.items():
        member = shape.members[key]
        if member.serialization.get("eventheader"):
            headers.append((key, _event_header(member, part)))
        elif member.serialization.get("eventpayload"):
            payload = _event_payload(protocol, member, part)
        else:
            body[key] = part
    return _message(name, _body(protocol, shape, body) if payload is None else payload, headers)


def _event_payload(protocol, shape, value):
    if shape.type_name == "blob":
        return value
    return value.encode() if shape.type_name == "string" else _body(protocol, shape, value)


def _event_header(shape, value):
    kind = shape.type_name
    if kind == "boolean":
        return b"\x00" if value else b"\x01"
    if kind in ("integer", "long"):
        return b"\x04" + struct.pack(">i", value) if kind == "integer" else _long(value)
    if kind == "timestamp":
        return b"\x08" + struct.pack(">q", calendar.timegm(value.utctimetuple()) * 1000)
    data, tag = (value, b"\x06") if kind == "blob" else (str(value).encode(), b"\x07")
    return tag + struct.pack(">H", len(data)) + data


def _long(value):
    return b"\x05" + struct.pack(">q", value)


def _message(name, payload, headers=(), kind="event", key=":event-type"):
    """application/vnd.amazon.eventstream"""
    text = [(":message-type", kind), (key, name), (":content-type", "application/json")]
    head = b"".join(_named(k, b"\x07" + struct.pack(">H", len(v)) + v.encode()) for k, v in text)
    head += b"".join(_named(k, v) for k, v in headers)
    start = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    start += struct.pack(">I", binascii.crc32(start) & 0xFFFFFFFF)
    whole = start + head + payload
    return whole + struct.pack(">I", binascii.crc32(whole) & 0xFFFFFFFF)


def _named(name, value):
    return struct.pack(">B", len(name)) + name.encode() + value


def cbor(value):
    """RFC 8949, as much of it as results need."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return _cbor_head(0, value) if value >= 0 else _cbor_head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return _cbor_head(2, len(value)) + value
    if isinstance(value, str):
        return _cbor_head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _cbor_head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        pairs = b"".join(cbor(k) + cbor(v) for k, v in value.items())
        return _cbor_head(5, len(value)) + pairs
    return b"\xc1" + cbor(calendar.timegm(value.utctimetuple()))


def _cbor_head(major, n):
    for size, code, form in (
        (24, None, ">B"),
        (1 << 8, 24, ">B"),
        (1 << 16, 25, ">H"),
        (1 << 32, 26, ">I"),
    ):
        if n < size:
            head = n if code is None else code
            return bytes([major << 5 | head]) + (b"" if code is None else struct.pack(form, n))
    return bytes([major << 5 | 27]) + struct.pack(">Q", n)
