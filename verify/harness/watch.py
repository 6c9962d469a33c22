"""Does what a case says and tells all that an application could see of it."""

import contextvars
import functools
import importlib
import re

import codec
import dimension

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
PAGES = 3  # of a paginator, however many the service would send
GONE = {"does": [], "returns": {"AttributeError": True}}  # what an operation must say

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI"}


class BrokenError(Exception):
    """The harness could not do what a case says; no word about the package."""


class Watcher:
    """Runs cases in this process's package."""

    def __init__(self, world, package, begin):
        self.world = world
        self.package = package  # the folder, which has another name on the other side
        self.begin = begin  # told where a job begins, and whether it is another's
        self.job = None
        self.session = self.boto3 = None
        self.clients = {}
        self.made = {}  # by the dimensions, once for a job
        self.gone = None  # the operations that were not kept, where cases are made
        self.clients_only = False  # whether the service has no resources to compare
        self.seed = 0
        self._calm()

    def _calm(self):
        self.asked = []  # the operations that a client was asked for
        self.calling = ""  # the operation that a client sends a request of
        self.used = None  # the client that a dimension's case went through

    def forget(self, job=None):
        """Starts anew, so that no case depends on those of another job.

        A job like the last, of the same service, goes on with its sessions, which have
        read the service's files.
        """
        from boto import new_sessions

        another, self.job = job is None or job != self.job, job
        self.clients, self.made = {}, {}
        if another:
            self.session = self.boto3 = None
        self.begin(another)
        if another:
            self.session, self.boto3 = new_sessions()

    def run(self, case):
        try:
            parameters = codec.decode(case.get("params", {}))
            act = self._act(case["do"])
        except Exception as error:
            raise BrokenError(f"{type(error).__name__}: {error}")
        self.world.reset(case.get("answers", []))
        self._calm()
        client = None
        try:
            client = self.client(case)
            # Botocore remembers in context variables what a call has used.
            fresh = contextvars.copy_context().run
            outcome = {"returns": codec.encode(fresh(act, client, case, parameters))}
        except BaseException as error:  # SystemExit too
            outcome = {"raises": self.failure(client or self.used, error)}
        saw = {"does": self.world.did, **outcome}
        return dimension.failed(case, saw) if "fails" in case else saw

    def _act(self, do):
        """What does a case: a method of ours, or a function of another file."""
        module, _, name = do.rpartition(".")
        if module:
            act = getattr(importlib.import_module(module), "do_" + name)
            return lambda _, case, parameters: act(self, case, parameters)
        return getattr(self, "_do_" + name, None) or self._borrowed(name)

    def _borrowed(self, do):
        """What other files do."""
        import objects
        import settings

        return functools.partial({**objects.DO, **settings.DO}[do], self)

    def client(self, case):
        if case["do"] == "regions" or "." in case["do"]:
            return None
        config, region = case.get("config", {}), case.get("region", "us-east-1")
        account = case.get("account")
        key = (case["service"], region, repr(config), account)
        if key not in self.clients:
            from botocore.config import Config

            if len(self.clients) > 8:
                self.clients.clear()
            options = dict(config)
            arguments = {"endpoint_url": options.pop("endpoint_url", None)}
            if account:
                arguments.update(KEYS, aws_account_id=account)
            self.clients[key] = self.session.create_client(
                case["service"], region_name=region, config=Config(**options), **arguments
            )
        return self.clients[key]

    def failure(self, client, error):
        """An exception as handlers see it: by class, by name on the client, by content."""
        kind = type(error)
        named = getattr(getattr(client, "exceptions", None), kind.__name__, None)
        return {
            "class": [f"{c.__module__}.{c.__qualname__}" for c in kind.__mro__[:-2]],
            "on client.exceptions": named is kind,
            "text": _ADDRESS.sub("", str(error)).replace(self.package, "PACKAGE"),
            "response": codec.encode(getattr(error, "response", None)),
        }

    def _do_call(self, client, case, parameters):
        return getattr(client, case["method"])(**parameters)

    def _do_gone(self, client, case, _):
        """An operation that was not kept: what else the error says is free."""
        try:
            return str(getattr(client, case["method"]))
        except AttributeError as error:
            return {"AttributeError": case["method"] in str(error)}

    def _do_post(self, client, *_):
        conditions = [["starts-with", "$Content-Type", "text/"]]
        return client.generate_presigned_post("bucket", "a key", Conditions=conditions)

    def _do_presign(self, client, case, parameters):
        return client.generate_presigned_url(case["method"], Params=parameters, ExpiresIn=600)

    def _do_paginate(self, client, case, parameters):
        pages = []
        for page in client.get_paginator(case["method"]).paginate(**parameters):
            pages.append(page)
            if len(pages) == PAGES:
                break
        return pages

    def _do_collect(self, client, case, parameters):
        return client.get_paginator(case["method"]).paginate(**parameters).build_full_result()

    def _do_wait(self, client, case, parameters):
        wait = client.get_waiter(case["waiter"]).wait
        return wait(WaiterConfig={"MaxAttempts": 3}, **parameters)

    def _do_client(self, client, case, _):
        """What a client tells of itself, without the operations that were not kept."""
        model, gone = client.meta.service_model, set(case["gone"])
        facts = (
            "service_id",
            "api_version",
            "endpoint_prefix",
            "signing_name",
            "signature_version",
        )
        return {
            "attributes": [n for n in dir(client) if not n.startswith("_") and n not in gone],
            "facts": {name: str(getattr(model, name, None)) for name in facts},
            "endpoint": client.meta.endpoint_url,
            "can_paginate": [n for n in case["methods"] if client.can_paginate(n)],
            "exceptions": [n for n in case["errors"] if hasattr(client.exceptions, n)],
            "waiters": [n for n in client.waiter_names if n in case["waiters"]],
        }

    def _do_regions(self, _, case, __):
        return {
            name: self.session.get_available_regions(case["service"], name)
            for name in self.session.get_available_partitions()
        }


def hollow(case, saw):
    """Why a case shows less than it was made for, or nothing."""
    said = saw.get("raises", {}).get("text", "")
    if case.get("sends") and not any("url" in done for done in saw["does"]):
        return "the fat package does not send this: " + said
    if case.get("returns") and "returns" not in saw:
        return "the fat package does not take this result: " + said
    return ""
