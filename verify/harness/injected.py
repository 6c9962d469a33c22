"""What boto3 adds in code, so that no model tells of it.

Its clients, DynamoDB's tables with their conditions and types, tags of EC2.
"""

from botocore import xform_name

import answers
import codec
import dimension
import values

TABLE = "table"

# Ways to say which items are meant, each with the method and the parameter that takes it.
CONDITIONS = {
    "query": ("key", "between", "begins with", "key and sort"),
    "scan": ("attribute", "exists", "type", "size", "in", "not", "or", "nested"),
}


def made(watcher, request):
    """Yields the cases of what boto3 adds to a service."""
    if watcher.boto3 is None:
        return
    service, kept = request["service"], request["whole"]
    model = watcher.session.get_service_model(service)
    yield _client(model, watcher.gone, kept)
    for name in kept:
        known = dimension.Known(model.operation_model(name), watcher.seed, False)
        params = codec.encode(known.parameters("boto3/presign", values.REQUIRED))
        yield _case(service, name, "presign", params=params, method=xform_name(name))
    # All of these are added to resources.
    more = {"dynamodb": _dynamodb, "ec2": _ec2}.get(service, _nothing)
    for operation, title, about in () if watcher.clients_only else more(model):
        case = _case(service, operation, title, **about)
        if operation in watcher.gone or operation not in model.operation_names:
            case["fails"] = [xform_name(operation)]
        yield case


def _case(service, operation, title, **more):
    about = {"service": service, "operation": operation, "case": "boto3/" + title}
    return {**about, "do": "injected." + title.partition("/")[0].replace(" ", "_"), **more}


def _client(model, gone, kept):
    methods = [xform_name(n) for n in kept]
    free = sorted(xform_name(n) for n in gone)
    return _case(model.service_name, "", "client", methods=methods, free=free)


def do_client(watcher, case, _):
    """A client that boto3 makes, without what was not kept."""
    client = dimension.client(watcher, case["service"])
    watcher.used, methods = client, case["methods"]
    names = client.meta.method_to_api_mapping
    return {
        "is": type(client).__name__,
        "names": [n for n in dir(client) if not n.startswith("_") and n not in case["free"]],
        "operations": {n: names[n] for n in methods},
        "pages": [n for n in methods if client.can_paginate(n)],
        "place": [client.meta.region_name, client.meta.endpoint_url, client.meta.partition],
        "signs": client.meta.config.signature_version,
        "agent": client.meta.config.user_agent,
    }


def do_presign(watcher, case, parameters):
    """Shorter and with a method of its own than what a plain session is asked for."""
    client = dimension.client(watcher, case["service"])
    watcher.used = client
    say = {"Params": parameters, "ExpiresIn": 60, "HttpMethod": "POST"}
    return client.generate_presigned_url(case["method"], **say)


def _nothing(_):
    return ()


def _dynamodb(model):
    yield "BatchWriteItem", "batch writer", _by(model, "BatchWriteItem", _written)
    yield "PutItem", "put", {}
    yield "PutItem", "float", {}
    yield "GetItem", "get", _by(model, "GetItem", _item)
    for method, names in CONDITIONS.items():
        for name in names:
            about = {"method": method, "name": name}
            yield method.capitalize(), "condition/" + name, about


def _by(model, operation, answers_of):
    """The answers, where there is the operation."""
    known = operation in model.operation_names
    return {"by": {operation: answers_of(model.operation_model(operation))}} if known else {}


def _written(operation):
    """The first batch is not written whole."""
    left = [{"PutRequest": {"Item": {"key": {"S": "late"}}}}]
    left_over = [{TABLE: left}, {}]
    return [answers.result(operation, {"UnprocessedItems": items}) for items in left_over]


def _item(operation):
    item = {
        "text": {"S": "text"},
        "number": {"N": "1.50"},
        "bytes": {"B": b"bytes"},
        "texts": {"SS": ["b", "a"]},
        "numbers": {"NS": ["2", "1"]},
        "binaries": {"BS": [b"one"]},
        "map": {"M": {"list": {"L": [{"BOOL": True}, {"NULL": True}]}}},
    }
    return [answers.result(operation, {"Item": item})]


def _table(watcher, case):
    service = dimension.resource(watcher, "dynamodb")
    dimension.serve(watcher, case, service.meta.client)
    return service.Table(TABLE)


def do_batch_writer(watcher, case, _):
    with _table(watcher, case).batch_writer(overwrite_by_pkeys=["key"]) as batch:
        for number in range(30):
            batch.put_item(Item={"key": str(number % 28), "number": number})
        batch.delete_item(Key={"key": "gone"})


def do_put(watcher, case, _):
    from decimal import Decimal

    from boto3.dynamodb.types import Binary

    item = {
        "text": "text",
        "number": Decimal("1.50"),
        "bytes": b"bytes",
        "binary": Binary(b"binary"),
        "texts": {"a"},
        "numbers": {Decimal(1)},
        "binaries": {Binary(b"one")},
        "map": {"list": [True, None, [], {}]},
    }
    return _table(watcher, case).put_item(Item=item)


def do_float(watcher, case, _):
    """Which boto3 does not take."""
    return _table(watcher, case).put_item(Item={"number": 1.5})


def do_get(watcher, case, _):
    return _table(watcher, case).get_item(Key={"key": "text"})


def do_condition(watcher, case, _):
    table, method = _table(watcher, case), case["method"]
    keyword = {"query": "KeyConditionExpression", "scan": "FilterExpression"}[method]
    more = {"ExpressionAttributeNames": {"#p": "p"}, "ProjectionExpression": "#p"}
    return getattr(table, method)(**{keyword: _condition(case["name"])}, **more)


def _condition(name):
    from boto3.dynamodb.conditions import Attr, Key

    return {
        "key": Key("key").eq("value"),
        "between": Key("key").between(1, 2),
        "begins with": Key("key").begins_with("a"),
        "key and sort": Key("key").eq("value") & Key("sort").lt(3),
        "attribute": Attr("a").ne("b") & Attr("a").gte(1) & Attr("a").lte(9) & Attr("a").gt(0),
        "exists": Attr("a").exists() & Attr("b").not_exists(),
        "type": Attr("a").attribute_type("S"),
        "size": Attr("a").size().gt(3),
        "in": Attr("a").is_in(["x", b"y", 3]),
        "not": ~Attr("a").contains("x"),
        "or": Attr("a").eq(None) | Attr("b").eq({"c": [1]}),
        "nested": Attr("a.b[0].c").begins_with("x"),
    }[name]


def _ec2(_):
    yield "CreateTags", "create tags", {}
    yield "DeleteTags", "delete tags", {}


def _ec2_resource(watcher, case):
    service = dimension.resource(watcher, "ec2")
    dimension.serve(watcher, case, service.meta.client)
    return service


def do_create_tags(watcher, case, _):
    from resources import told

    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    service = _ec2_resource(watcher, case)
    return told(service.create_tags(Resources=["i-1", "vpc-1"], Tags=tags))


def do_delete_tags(watcher, case, _):
    return _ec2_resource(watcher, case).Instance("i-1").delete_tags(Tags=[{"Key": "a"}])
