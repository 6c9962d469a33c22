"""All cases of a job: some operations of one service, and the service itself."""

import importlib
import itertools

from botocore import xform_name
from botocore.exceptions import BotoCoreError

import cases
import injected
import objects
import settings


def made(watcher, request):
    """Yields each case, or an operation, the name of a case, and why there is none."""
    only = request.get("only")
    for operation, item in _all(watcher, request):
        name = item.case if isinstance(item, cases.Gap) else item["case"]
        if only and only != [operation, name]:
            continue
        if isinstance(item, cases.Gap):
            item = {"operation": operation, "case": name, "reason": item.reason}
        yield item


def _all(watcher, request):
    if request.get("dimension"):
        for item in importlib.import_module(request["dimension"]).made(watcher, request):
            yield item.get("operation", "") if isinstance(item, dict) else "", item
        return
    session = watcher.session
    service, seed = request["service"], request["seed"]
    client = session.create_client(service, region_name="us-east-1")
    model = client.meta.service_model
    waiters = _waiters(session, service)
    for name in request.get("operations") or ():
        operation = cases.Operation(
            model.operation_model(name), seed, client.can_paginate(xform_name(name))
        )
        for item in operation.all():
            yield name, item
        for item in itertools.chain(
            objects.of_operation(operation), settings.of_operation(operation)
        ):
            yield name, item
        for waiter_name, waiter in waiters:
            if waiter.operation == name:
                for item in cases.waiter_cases(waiter_name, waiter, operation):
                    yield name, item
                for item in objects.of_waiter(operation, waiter_name):
                    yield name, item
    if request["whole"]:
        kept = [model.operation_model(n) for n in request["whole"]]
        named = [xform_name(n) for n, w in waiters if w.operation in request["whole"]]
        whole = cases.Service(session, client, kept, request["gone"], seed)
        whole.waiters = named
        for item in whole.all(_errors(model), named):
            yield item.get("operation", "") if isinstance(item, dict) else "", item
        more = [objects.of_service(whole), settings.of_service(whole)]
        if request.get("once"):
            more.append(objects.of_package(whole))
        for item in itertools.chain(*more):
            yield item["operation"] if isinstance(item, dict) else "", item
        for item in injected.made(watcher, request):
            yield item["operation"], item


def _waiters(session, service):
    try:
        model = session.get_waiter_model(service)
    except BotoCoreError:  # most services have none
        return []
    return [(n, model.get_waiter(n)) for n in model.waiter_names]


def _errors(model):
    shapes = (model.shape_for(name) for name in model.shape_names)
    return [s.name for s in shapes if s.metadata.get("exception")]
