"""The clients of aiobotocore, where the package has it."""

import asyncio
import importlib
import inspect
import io
import types

from botocore import xform_name
from botocore.exceptions import BotoCoreError

import answers
import cases
import codec
import dimension
import values
from watch import PAGES

REGIONS = ("cn-north-1", "eu-west-2", cases.NOWHERE)


def version():
    """The version of the package's aiobotocore, or nothing."""
    try:
        return importlib.import_module("aiobotocore").__version__
    except ImportError:
        return ""


def made(watcher, request):
    """Yields the cases of some operations through an asynchronous client."""
    service = request["service"]
    try:
        importlib.import_module("aiobotocore.session")
    except Exception as error:  # its own dependencies, too, are the package's
        yield cases.Gap("aio", f"aiobotocore cannot be imported: {error}")
        return
    model = watcher.session.get_service_model(service)
    kept = [n for n in model.operation_names if n not in watcher.gone]
    if request["whole"]:
        yield from _service(service, model, watcher.gone, kept)
    waiters = _waiters(watcher.session, service)
    pages = _pages(watcher.session, service)
    for name in request["operations"]:
        operation = Chosen(model.operation_model(name), watcher.seed, name in pages)
        for case in operation.chosen(waiters):
            yield _case(case)


def _case(case, **more):
    return {**case, "case": "aio/" + case["case"], "do": "aio." + case["do"], **more}


def _service(service, model, gone, kept):
    methods = [xform_name(n) for n in kept]
    free = sorted(xform_name(n) for n in gone)
    about = {"service": service, "operation": "", "params": {}}
    yield _case({**about, "case": "client", "do": "client"}, methods=methods, free=free)
    yield _case({**about, "case": "regions", "do": "regions"})
    for name in sorted(gone):
        method = xform_name(name)
        missing = {**about, "operation": name, "case": "gone", "do": "call", "method": method}
        yield _case(missing, fails=[method])
    for region in REGIONS:
        least = min(kept, key=lambda n: (len(_required(model, n)), n))
        operation = Chosen(model.operation_model(least), 0, False)
        yield _case(operation.least("endpoint/" + region), region=region)


def _required(model, name):
    shape = model.operation_model(name).input_shape
    return shape.required_members if shape is not None else []


def _waiters(session, service):
    try:
        model = session.get_waiter_model(service)
    except BotoCoreError:  # most services have none
        return []
    return [(n, model.get_waiter(n)) for n in model.waiter_names]


def _pages(session, service):
    """The operations with a paginator."""
    loader = session.get_component("data_loader")
    try:
        return loader.load_service_model(service, "paginators-1")["pagination"]
    except BotoCoreError:
        return {}


class Chosen(dimension.Known):
    """Some of an operation's cases: models are read as by the other clients."""

    def least(self, name):
        return self._case(name, self.parameters(name, values.REQUIRED), sends=True)

    def chosen(self, waiters):
        for style in (values.REQUIRED, values.EVERYTHING):
            name = "request/" + style
            yield self._case(name, self._input(name, style), sends=True)
        yield self._case("request/invalid/nothing", {})
        for style in (values.EVERYTHING, values.SINGLE):
            answer = self._result("response/" + style, style)
            yield self._answered("response/" + style, answer, returns=style == values.EVERYTHING)
        yield from self._errors()
        broken = answers.raw(200, b"\x00\xff no form at all")
        yield self._answered("response/malformed/noise", broken)
        yield from self._around()
        for name, waiter in waiters:
            if waiter.operation == self.model.name:
                yield from cases.waiter_cases(name, waiter, self)


class Raw:
    """As much of aiohttp's response as aiobotocore uses."""

    def __init__(self, url, headers, body):
        self.url, self.headers, self.body = url, headers, body
        self.content = Content(body)

    async def read(self):
        return self.body

    def close(self):
        """There is nothing to close."""


class Content:
    """The stream in it."""

    def __init__(self, body):
        self.inside = io.BytesIO(body)

    async def read(self, amount=-1):
        return self.inside.read(amount)

    def at_eof(self):
        return self.inside.tell() == len(self.inside.getvalue())

    async def iter_chunks(self):
        for chunk in iter(lambda: self.inside.read(1 << 10), b""):
            yield chunk, True


def _wire(world):
    """Puts the world where aiobotocore's HTTP session was, and its sleep."""
    from aiobotocore.awsrequest import AioAWSResponse
    from aiobotocore.httpsession import AIOHTTPSession

    async def send(_, request):
        about = {n: getattr(request, n) for n in ("method", "url", "headers")}
        seen = types.SimpleNamespace(**about, body=await _body(request.body))
        status, headers, body = world.respond(seen)
        headers = {k.lower(): v for k, v in headers.items()}
        answer = AioAWSResponse(request.url, status, headers, Raw(request.url, headers, body))
        if not request.stream_output:
            await answer.content
        return answer

    async def sleep(seconds, result=None):
        world.sleep(seconds)
        return result

    AIOHTTPSession.send = send
    asyncio.sleep = sleep


async def _body(body):
    if hasattr(body, "__aiter__"):
        return b"".join([chunk async for chunk in body])
    if not hasattr(body, "read"):
        return body
    data = body.read()
    return await data if inspect.isawaitable(data) else data


class Async:
    """A loop of its own, and the clients that live in it."""

    def __init__(self, watcher):
        from aiobotocore.session import get_session

        _wire(watcher.world)
        self.loop = asyncio.new_event_loop()
        self.session = get_session()
        # As for the other session: the first call would tell where they are from.
        self.run(self.session.get_credentials())
        self.clients = {}

    def run(self, what):
        return self.loop.run_until_complete(what)

    def client(self, service, region):
        if (service, region) not in self.clients:
            made_of = self.session.create_client(service, region_name=region)
            self.clients[service, region] = self.run(made_of.__aenter__())
        return self.clients[service, region]


def _async(watcher):
    if "aio" not in watcher.made:
        watcher.made["aio"] = Async(watcher)
    return watcher.made["aio"]


def _done(act):
    """Does a case in the loop, and reads the streams that it returns."""

    def do(watcher, case, parameters):
        here = _async(watcher)
        client = here.client(case["service"], case.get("region", dimension.REGION))
        watcher.used = client
        return here.run(_read(act(client, case, parameters)))

    return do


async def _read(what):
    return await _drained(await what)


async def _drained(value):
    if isinstance(value, dict):
        return {k: await _drained(v) for k, v in value.items()}
    if isinstance(value, list):
        return [await _drained(v) for v in value]
    if hasattr(value, "read"):
        return {"$body": await _attempted(value.read())}
    if hasattr(value, "__aiter__"):
        return {"$events": await _events(value)}
    return value


async def _attempted(read):
    try:
        return await read
    except Exception as error:
        return {"raises": [type(error).__name__, str(error)]}


async def _events(stream):
    events = []
    try:
        async for event in stream:
            events.append(codec.encode(event))
    except Exception as error:
        events.append({"raises": [type(error).__name__, str(error)]})
    return events


@_done
async def do_call(client, case, parameters):
    return await getattr(client, case["method"])(**parameters)


@_done
async def do_presign(client, case, parameters):
    say = {"Params": parameters, "ExpiresIn": 600}
    return await client.generate_presigned_url(case["method"], **say)


@_done
async def do_paginate(client, case, parameters):
    pages = []
    async for page in client.get_paginator(case["method"]).paginate(**parameters):
        pages.append(page)
        if len(pages) == PAGES:
            break
    return pages


@_done
async def do_collect(client, case, parameters):
    return await client.get_paginator(case["method"]).paginate(**parameters).build_full_result()


@_done
async def do_wait(client, case, parameters):
    wait = client.get_waiter(case["waiter"]).wait
    return await wait(WaiterConfig={"MaxAttempts": 3}, **parameters)


@_done
async def do_client(client, case, _):
    """What it tells of itself, without the operations that were not kept."""
    return {
        "is": [c.__name__ for c in type(client).__mro__[:-1]],
        "names": [n for n in dir(client) if not n.startswith("_") and n not in case["free"]],
        "pages": [n for n in case["methods"] if client.can_paginate(n)],
        "place": [client.meta.region_name, client.meta.endpoint_url, client.meta.partition],
        "agent": client.meta.config.user_agent,
    }


def do_regions(watcher, case, _):
    here = _async(watcher)
    partitions = here.session.get_available_partitions()
    partitions = here.run(partitions) if inspect.isawaitable(partitions) else partitions
    return {p: here.run(here.session.get_available_regions(case["service"], p)) for p in partitions}
