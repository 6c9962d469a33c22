"""Runs programs against a boto3 that does nothing but note what is asked of it.

Reads {"services": {...}, "programs": [folder, ...]} and prints, for each program,
a line of JSON: what it used, and the error that ended it, if one did.
"""

import contextlib
import importlib
import io
import json
import os
import signal
import sys
import traceback
import types


FAMILY = ("boto3", "botocore", "aioboto3", "aiobotocore")


class Answer(dict):
    """What an operation gives back, awaited or not."""

    def __await__(self):
        return self
        yield


class Recorder:
    def __init__(self, services):
        self.services = services
        self.used = set()
        self.classes = {}

    def service(self, name):
        if name not in self.services:
            raise LookupError("unknown service " + repr(name))
        return self.services[name]

    def note(self, service, operation=""):
        self.used.add((service, operation))
        return Answer(Items=[])

    def client(self, service):
        data = self.service(service)
        self.note(service)
        if service not in self.classes:
            self.classes[service] = self.client_class(service, data)
        return self.classes[service](service)

    def client_class(self, service, data):
        def method(operation):
            return lambda self, *args, **kwargs: recorder.note(service, operation)

        recorder = self
        methods = {name: method(operation) for name, operation in data["methods"].items()}
        methods.update(_recorder=recorder, _data=data)
        return type("Client", (Client,), methods)

    def resource(self, service):
        data = self.service(service)
        if data["names"] is None:
            raise LookupError("no resource " + service)
        self.note(service)
        return Resource(self, service, data)


class Events:
    def register(self, *args, **kwargs):
        return None


class Exceptions:
    class ClientError(Exception):
        pass


class Client:
    def __init__(self, service):
        self._service = service
        self.meta = types.SimpleNamespace(client=self, events=Events(), region_name="us-east-1")
        self.exceptions = Exceptions

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *args):
        return None

    def _operation(self, method_name):
        return self._recorder.note(self._service, self._data["methods"][method_name])

    def _make_api_call(self, operation_name, api_params):
        if operation_name not in self._data["methods"].values():
            raise LookupError(operation_name)
        return self._recorder.note(self._service, operation_name)

    def generate_presigned_url(self, ClientMethod, Params=None):
        return self._operation(ClientMethod)

    def can_paginate(self, operation_name):
        return self._operation(operation_name)

    def get_paginator(self, operation_name):
        if operation_name not in self._data["paginators"]:
            raise LookupError(operation_name)
        return types.SimpleNamespace(paginate=lambda **kwargs: [self._operation(operation_name)])

    def get_waiter(self, waiter_name):
        operation = self._data["waiters"][waiter_name]
        return types.SimpleNamespace(wait=lambda **kwargs: self._recorder.note(self._service, operation))


class Action:
    """An action, a collection or a waiter of a resource."""

    def __init__(self, call):
        self._call = call

    def __call__(self, *args, **kwargs):
        self._call()
        return Answer()

    def all(self, *args, **kwargs):
        self._call()
        return []

    filter = limit = page_size = all

    def __iter__(self):
        return iter(self.all())


class Resource:
    def __init__(self, recorder, service, data):
        self._recorder, self._service, self._data = recorder, service, data
        client = recorder.classes.setdefault(service, recorder.client_class(service, data))(service)
        self.meta = types.SimpleNamespace(client=client)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name[0].isupper():
            return lambda *args: Resource(self._recorder, self._service, self._data)
        operations = self._data["names"].get(name, self._data["load"])

        def call():
            for operation in operations:
                self._recorder.note(self._service, operation)

        if name in self._data["names"]:
            return Action(call)
        call()
        return None


def family(recorder):
    """Makes boto3, botocore and their kin, as far as programs see them."""
    modules = {
        name: types.ModuleType(name)
        for name in (
            "boto3", "boto3.session", "botocore", "botocore.session", "botocore.exceptions",
            "aioboto3", "aioboto3.session", "aiobotocore", "aiobotocore.session",
        )
    }
    for name, module in modules.items():
        module.__path__ = []
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)

    class Session:
        def __init__(self, region_name=None, profile_name=None, botocore_session=None):
            self._session = botocore_session or BotocoreSession()

        def client(self, service_name, region_name=None, api_version=None, config=None):
            return recorder.client(service_name)

        def resource(self, service_name, region_name=None, api_version=None, config=None):
            return recorder.resource(service_name)

        def get_available_services(self):
            return sorted(recorder.services)

    class BotocoreSession:
        def create_client(self, service_name, region_name=None, api_version=None, config=None):
            return recorder.client(service_name)

        def get_available_services(self):
            return sorted(recorder.services)

    boto3 = modules["boto3"]
    boto3.DEFAULT_SESSION = None

    def setup_default_session(**kwargs):
        boto3.DEFAULT_SESSION = Session(**kwargs)

    def _get_default_session():
        if boto3.DEFAULT_SESSION is None:
            setup_default_session()
        return boto3.DEFAULT_SESSION

    def client(*args, **kwargs):
        return _get_default_session().client(*args, **kwargs)

    def resource(*args, **kwargs):
        return _get_default_session().resource(*args, **kwargs)

    for made in (setup_default_session, _get_default_session, client, resource, Session):
        setattr(boto3, made.__name__, made)
    modules["boto3.session"].Session = modules["aioboto3"].Session = modules["aioboto3.session"].Session = Session
    for name in ("botocore.session", "aiobotocore.session"):
        modules[name].Session = modules[name].AioSession = BotocoreSession
        modules[name].get_session = lambda: BotocoreSession()
    modules["botocore.exceptions"].ClientError = Exceptions.ClientError
    return modules


LIMIT = 2  # seconds for one program


def give_up(*args):
    raise TimeoutError("the program does not end")


def run(folder, services):
    recorder = Recorder(services)
    before, environ = set(sys.modules), dict(os.environ)
    builtins = set(vars(sys.modules["builtins"]))
    sys.modules.update(family(recorder))
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    error = ""
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module("app")
    except BaseException:
        error = traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file.startswith(folder) or name.partition(".")[0] in FAMILY:
                del sys.modules[name]
        os.environ.clear()
        os.environ.update(environ)
        for name in set(vars(sys.modules["builtins"])) - builtins:
            delattr(sys.modules["builtins"], name)
    return {"used": sorted(recorder.used), "error": error}


def main():
    asked = json.load(sys.stdin)
    sys.argv = ["app"]
    signal.signal(signal.SIGALRM, give_up)
    for folder in asked["programs"]:
        print(json.dumps(run(folder, asked["services"])), file=sys.__stdout__)
    sys.__stdout__.flush()
    os._exit(0)  # whatever threads are left


main()
