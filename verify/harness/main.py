"""The harness of `coldcut verify`: one side, in the package's own Python.

Reads one JSON object a line and answers each with one or more. The fat side makes
the cases and does them; the slim side does what it is given.

Started as: python -S main.py PACKAGE ENCLOSING PATH...

PACKAGE is the folder that the package lies in, ENCLOSING the Python package that botocore
is inside of, if it is, PATH are the folders to import from.
"""

import contextlib
import faulthandler
import importlib
import importlib.util
import json
import os
import signal
import sys
import tempfile

import codec  # noqa: F401 -- must see datetime before the world changes it
import world as worlds

BATCH = 16  # answers that are handed over together: each time costs half a case


def main():
    package = sys.argv[1]
    tell_at_the_end()
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what the package prints is no reply
    world = worlds.enter()
    # A folder of its own: what is written there, no other process sees.
    os.environ["HOME"] = tempfile.mkdtemp(dir=os.environ["HOME"])
    os.chdir(os.environ["HOME"])
    try:
        look_in(sys.argv[2], sys.argv[3:])
        side = Side(world, package)
    except BaseException as error:
        reply(replies, {"fails": f"{type(error).__name__}: {error}"})
        replies.flush()
        return
    for line in sys.stdin:
        request = json.loads(line)
        batch = 1 if request.get("careful") else BATCH  # the next case may end this process
        for number, answer in enumerate(side.answer(request), 1):
            reply(replies, answer)
            if number % batch == 0:
                replies.flush()
        replies.flush()


def look_in(enclosing, path):
    """Has Python find botocore as programs do: in the first of the folders or, where that
    is a package, in whichever way the package sees to."""
    if enclosing:
        root, sys.path[:0] = path[0], path[1:]
        with contextlib.suppress(Exception):  # it may want what is not here
            importlib.import_module(enclosing)
            found = importlib.util.find_spec("botocore")
            if found and os.path.dirname(os.path.dirname(found.origin)) == root:
                return
        sys.path.insert(0, root)
    else:
        sys.path[:0] = path


def reply(replies, answer):
    replies.write(json.dumps(answer, separators=(",", ":")) + "\n")


def tell_at_the_end():
    """A crash, and whoever has no more patience, make Python say where it is."""
    faulthandler.enable()
    if hasattr(faulthandler, "register"):  # not on Windows
        faulthandler.register(signal.SIGTERM, chain=True)


class Side:
    """The package and the cases done in it."""

    def __init__(self, world, package):
        import boto

        self.versions = boto.versions()
        worlds.wire(world)
        import quick
        import watch

        self.watcher = watch.Watcher(world, package, quick.remember())
        self.watcher.forget()

    def answer(self, request):
        return getattr(self, "_" + request["do"])(request)

    def _hello(self, _):
        import aio

        watcher = self.watcher
        resources = watcher.boto3.get_available_resources() if watcher.boto3 else []
        services = watcher.session.get_available_services()
        offers = {"services": services, "resources": resources, "aiobotocore": aio.version()}
        yield {**self.versions, **offers}

    def _operations(self, request):
        """A service's operations, or why there is no telling."""
        try:
            model = self.watcher.session.get_service_model(request["service"])
            yield {"operations": list(model.operation_names)}
        except Exception as error:
            yield {"fails": f"{type(error).__name__}: {error}"}

    def _forget(self, request):
        self._begin(request)
        yield {"done": True}

    def _begin(self, request):
        """Of the same service are jobs like each other, but for those of dimensions."""
        self.watcher.forget((request["service"], request.get("dimension")))

    def _unknown(self, request):
        """How a client of a service fails that was dropped."""
        try:
            self.watcher.session.create_client(request["service"], region_name="us-east-1")
            yield {"saw": "a client"}
        except Exception as error:
            yield {"saw": f"{type(error).__module__}.{type(error).__name__}: {error}"}

    def _resourceless(self, request):
        """How a resource of a service fails that has none any more."""
        try:
            self.watcher.boto3.resource(request["service"], region_name="us-east-1")
            yield {"saw": "a resource"}
        except Exception as error:
            yield {"saw": f"{type(error).__module__}.{type(error).__name__}: {error}"}

    def _case(self, request):
        yield {"saw": self.watcher.run(request["case"])}

    def _several(self, request):
        for case in request["cases"]:
            yield {"saw": self.watcher.run(case)}

    def _cases(self, request):
        """Makes the cases of some operations and does them."""
        import make

        self._begin(request)
        self.watcher.gone, self.watcher.seed = set(request["gone"] or ()), request["seed"]
        self.watcher.clients_only = request.get("clients_only", False)
        begun = request.get("begun", 0)
        for number, item in enumerate(make.made(self.watcher, request), 1):
            if number > begun:
                yield item if "reason" in item else self._done(item)
            elif number == begun:
                yield {"operation": item["operation"], "case": item["case"], "ended": True}
        yield {"done": True}

    def _lead(self, case):
        """Learns what is answered on the way to the operation that was not kept."""
        import watch

        whole = {k: v for k, v in case.items() if k != "fails"}
        whole["by"] = case.setdefault("by", {})
        with contextlib.suppress(watch.BrokenError):
            self.watcher.run(whole)

    def _done(self, case):
        """The case with what it did here; hollow says what it was to show and did not."""
        import dimension
        import watch

        about = {"operation": case["operation"], "case": case["case"]}
        if case["do"] == "gone":  # here it would not fail
            return {**about, "input": case, "saw": watch.GONE}
        if "fails" in case:
            self._lead(case)
            return {**about, "input": case, "saw": dimension.DOCUMENTED}
        try:
            saw = self.watcher.run(case)
        except watch.BrokenError as error:
            return {**about, "reason": str(error)}
        saw = dimension.settle(self.watcher, case, saw)
        if "fails" in case:
            return {**about, "input": case, "saw": saw}
        return {**about, "input": case, "saw": saw, "hollow": watch.hollow(case, saw)}


main()
