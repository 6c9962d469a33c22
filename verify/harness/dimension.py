"""What the cases of boto3's own layers have in common.

Which operations a resource's action or a transfer calls is not said by any model:
boto3 decides it while it runs. So the fat side makes the answers while it does a
case, puts them into it, and notes which operations were asked for. Where the slim
package does not have all of those, the case is to fail there as documented.
"""

import random

from botocore import xform_name

import answers
import cases
import values

REGION = "us-east-1"
DOCUMENTED = {"does": [], "returns": {"fails as documented": True}}


class Filled(values.Maker):
    """Makes no structure that is empty where it may have something.

    A union that its model does not call one must have an arm: DynamoDB's values.
    """

    def _structure(self, shape):
        value = super()._structure(shape)
        if value or self.style not in (values.EVERYTHING, values.SINGLE):
            return value
        arm = self._shallow_arm(shape)
        if arm is None or shape.members[arm].type_name in ("structure", "list", "map"):
            return value
        return {arm: self.make(shape.members[arm], arm)}


class Known(cases.Operation):
    """An operation whose parameters and answers a case of something else needs."""

    def _maker(self, *args, **more):
        return Filled(*args, service=self.service.signing_name, **more)

    def parameters(self, name, style, without=()):
        """Parameters to send but for those that are filled in, in a case of this name."""
        return {k: v for k, v in self._input(name, style).items() if k not in without}

    def results(self, hint=None):
        """What it answers: three pages and an empty one where it has pages."""
        if not self.can_paginate:
            return [self._result("result", values.EVERYTHING, hint)]
        pages = [self._result(f"page/{i}", values.SINGLE, hint) for i in range(1, 3)]
        first = self._result("page/0", values.EVERYTHING, hint)
        return [first, *pages, self._result("page", values.EMPTY)]

    def led(self, name, waiter):
        """The answers that lead a waiter to each of its ends, and to none."""
        for case in cases.waiter_cases(name, waiter, self):
            yield case["case"].rpartition("/")[2], case["answers"]

    def _result(self, name, style, hint=None):
        return answers.result(self.model, self._unchecked(self._output(name, style, hint=hint)))


class ByOperation:
    """Answers each request by its operation: in order, and the last ever after."""

    def __init__(self, watcher, answers_of, make=None):
        self.watcher = watcher
        self.answers = answers_of
        self.make = make
        self.given = {}

    def __call__(self, request):
        operation = self.watcher.calling
        if operation not in self.answers:
            if self.make is None:
                raise LookupError(f"{operation}: the fat package does not call this")
            self.answers[operation] = self.make(operation)
        at = self.given[operation] = self.given.get(operation, -1) + 1
        of_it = self.answers[operation]
        return of_it[min(at, len(of_it) - 1)]


def serve(watcher, case, client):
    """Has what a client sends answered from the case, which learns answers on the fat side."""
    watcher.used = client

    def made(operation):
        key = ("answers", client.meta.service_model.service_name, operation)
        if key not in watcher.made:
            pages = client.can_paginate(xform_name(operation))
            model = client.meta.service_model.operation_model(operation)
            watcher.made[key] = Known(model, watcher.seed, pages).results()
        return watcher.made[key]

    make = made if watcher.gone is not None else None
    watcher.world.server = ByOperation(watcher, case.setdefault("by", {}), make)


def client(watcher, service):
    """A client as boto3 makes it, once for a job."""
    key = ("client", service)
    if key not in watcher.made:
        made = watcher.boto3.client(service, region_name=REGION)
        watcher.made[key] = listen(watcher, made)
    return watcher.made[key]


def resource(watcher, service):
    """A service's resource, once for a job."""
    key = ("resource", service)
    if key not in watcher.made:
        made = watcher.boto3.resource(service, region_name=REGION)
        listen(watcher, made.meta.client)
        watcher.made[key] = made
    return watcher.made[key]


def listen(watcher, of):
    """Notes what a client is called for and, where cases are made, what it is asked for."""

    def note(model, **_):
        watcher.calling = model.name

    of.meta.events.register("before-call", note)
    if watcher.gone is not None:
        methods = dict(of.meta.method_to_api_mapping)
        kind = type(of)

        class Asked(kind):
            def __getattribute__(self, name):
                if name in methods:
                    watcher.asked.append(methods[name])
                return super().__getattribute__(name)

        Asked.__name__, Asked.__qualname__ = kind.__name__, kind.__qualname__
        Asked.__module__ = kind.__module__
        of.__class__ = Asked
    return of


def settle(watcher, case, saw):
    """What the slim package must show: the same, or how it fails without an operation.

    It fails where it first asks for one that it does not have.
    """
    gone = next((o for o in watcher.asked if o in watcher.gone), None)
    if gone is None or "." not in case["do"]:
        return saw
    case["fails"] = [xform_name(gone)]
    if "waiter" in case:
        case["fails"].append(case["waiter"])
    return DOCUMENTED


def failed(case, saw):
    """Whether a case failed as documented: for want of an operation, and saying so.

    An attribute is missing, or a name in the tables of can_paginate (KeyError) or
    get_waiter (ValueError).
    """
    raised = saw.get("raises", {})
    kinds = {"builtins.AttributeError", "builtins.KeyError", "builtins.ValueError"}
    named = any(name in raised.get("text", "") for name in case["fails"])
    if named and kinds.intersection(raised.get("class", ())):
        return DOCUMENTED
    return {"does": [], "returns": {"fails as documented": False}, "instead": saw}


def chance(seed, *names):
    """Random numbers that depend on the names alone."""
    return random.Random("/".join(map(str, (seed, *names))))
