"""Prints what botocore and boto3 themselves say of their inventory, as JSON.

It must run on every Python from 3.6 on, and with every botocore.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import boto3
import botocore
from boto3.resources.model import ResourceModel
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

try:
    from botocore.utils import SERVICE_NAME_ALIASES
except ImportError:
    from botocore.handlers import SERVICE_NAME_ALIASES

TYPES = ["service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1"]


def loader_of(package):
    data = os.path.join(os.path.dirname(package.__file__), "data")
    return Loader(extra_search_paths=[data], include_default_search_paths=False)


models, resources = loader_of(botocore), loader_of(boto3)


def load(name, type_name, version):
    """The model of exactly this version, {} where there is none."""
    if name not in models.list_available_services(type_name):
        return {}
    if version not in models.list_api_versions(name, type_name):
        return {}
    return models.load_service_model(name, type_name, version)


def add(names, name, operation):
    names.setdefault(name, set()).add(operation)


def add_resource(fact, model, shape, waiters):
    model.load_rename_map(shape)
    names = fact["names"]
    if model.load:
        operation = model.load.request.operation
        add(names, "load", operation)
        add(names, "reload", operation)
        fact["load"].add(operation)
    for action in model.actions + model.collections + model.batch_actions:
        add(names, action.name, action.request.operation)
    for waiter in model.waiters:
        for operation in waiters.get(waiter.waiter_name, ()):
            add(names, waiter.name, operation)


def resource_fact(name, waiters):
    """Old resource models name waiters that only newer API versions have."""
    if name not in resources.list_available_services("resources-1"):
        return None
    fact = {"names": {}, "load": set()}
    for version in resources.list_api_versions(name, "resources-1"):
        definition = resources.load_service_model(name, "resources-1", version)
        service = ServiceModel(load(name, "service-2", version), name)
        defs = definition["resources"]
        for title, part in [(name, definition["service"])] + list(defs.items()):
            model = ResourceModel(title, part, defs)
            shape = service.shape_for(model.shape) if model.shape else None
            add_resource(fact, model, shape, waiters)
    return {
        "names": {k: sorted(v) for k, v in fact["names"].items()},
        "load": sorted(fact["load"]),
    }


def service_fact(name):
    operations, paginators, waiters = {}, set(), set()
    versions = models.list_api_versions(name, "service-2")
    for version in versions:
        service = ServiceModel(load(name, "service-2", version), name)
        for operation in service.operation_names:
            operations[operation] = xform_name(operation)
        paginators.update(load(name, "paginators-1", version).get("pagination", {}))
        for waiter, model in load(name, "waiters-2", version).get("waiters", {}).items():
            waiters.add((waiter, xform_name(waiter), model["operation"]))
    operations_of = {}
    for waiter, _, operation in waiters:
        add(operations_of, waiter, operation)
    newest = {}
    for type_name in TYPES:
        if name in models.list_available_services(type_name):
            newest[type_name] = models.determine_latest_version(name, type_name)
    return {
        "operations": operations,
        "paginators": sorted(paginators),
        "waiters": sorted(waiters),
        "newest": newest,
        "versions": versions,
        "resource": resource_fact(name, operations_of),
    }


json.dump(
    {
        "botocore": botocore.__version__,
        "boto3": boto3.__version__,
        "aliases": SERVICE_NAME_ALIASES,
        "services": {
            name: service_fact(name)
            for name in models.list_available_services("service-2")
        },
    },
    sys.stdout,
)
