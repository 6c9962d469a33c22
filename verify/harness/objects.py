"""Cases for what a program does with botocore's objects: copies, pickles and help.

Each kind is copied in every way that Python has. A copy that comes about is used as
the original would be; most refuse, and must go on to refuse in the same way.
"""

import copy
import inspect
import pickle
import pydoc

from botocore import xform_name

import answers
import cases
import codec
import values

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
}


def of_package(service):
    """Sessions, which are of no service: a client of this one shows that they work."""
    first = service._first()
    for name in ("session", "boto3 session"):
        yield service_case(first._case("copied/" + name, {}, do="copied", kind=name))


def of_service(service):
    """What is copied, on an operation of the service where it takes one."""
    first = service._first()
    params = first._input("copied", values.REQUIRED)
    for name in ("client", "config"):
        yield service_case(first._case("copied/" + name, params, do="copied", kind=name))
    full = answers.result(first.model, first._unchecked(first._output("copied", values.EVERYTHING)))
    yield service_case(first._case("copied/result", params, full, do="copied", kind="result"))
    unknown = answers.error(service.client.meta.service_model, "NoSuchError", None, {}, 400)
    yield service_case(first._case("copied/error", params, unknown, do="copied", kind="error"))
    yield from _modelled(service)
    yield from _helpers(service)


def _helpers(service):
    """A paginator and a waiter; each copies the whole client, which takes its time."""
    methods = [xform_name(m.name) for m in service.models]
    paged = [n for n, method in enumerate(methods) if service.client.can_paginate(method)]
    for n in paged[:1]:
        op = cases.Operation(service.models[n], service.seed, True)
        yield service_case(op._case("copied/paginator", {}, do="copied", kind="paginator"))
    for name in service.waiters[:1]:
        case = service._first()._case("copied/waiter", {}, do="copied", kind="waiter", waiter=name)
        yield service_case(case)


def _modelled(service):
    """An exception of a class that the client has made itself."""
    for model in service.models:
        for shape in model.error_shapes:
            op = cases.Operation(model, service.seed, False)
            value = op._maker(op._rng("copied"), values.EVERYTHING).make(shape)
            code = (shape.metadata.get("error") or {}).get("code", shape.name)
            answer = answers.error(op.service, code, shape, value, 400)
            params = op._input("copied", values.REQUIRED)
            yield service_case(
                op._case("copied/modelled error", params, answer, do="copied", kind="error")
            )
            return


def service_case(case):
    """The case as one of the service, whichever operation it calls."""
    return dict(case, operation="")


def of_operation(operation):
    """Help for the method, and for the paginator and the waiters of the operation."""
    yield operation._case("help/method", {}, do="help", kind="method")
    if not operation.can_paginate:
        return
    yield operation._case("help/paginator", {}, do="help", kind="paginator")


def of_waiter(operation, waiter):
    name = xform_name(waiter)
    yield operation._case(f"help/waiter/{waiter}", {}, do="help", kind="waiter", waiter=name)


def copied(watcher, client, case, parameters):
    """What becomes of each way to copy."""
    get, use = _KINDS[case["kind"]]
    outcome = {}
    for way, make in WAYS.items():
        original = get(watcher, client, case, parameters)
        try:
            copy_of_it = make(original)
        except (RecursionError, TypeError):
            outcome[way] = "refuses"  # which of both depends on how deep the model's shapes nest
            continue
        except Exception as error:
            outcome[way] = watcher.failure(client, error)
            continue
        try:
            outcome[way] = codec.encode(use(watcher, copy_of_it, case, parameters))
        except RecursionError:  # its text depends on where the recursion began
            outcome[way] = "RecursionError"
        except Exception as error:
            outcome[way] = watcher.failure(client, error)
    return outcome


def _error(watcher, client, case, parameters):
    try:
        return getattr(client, case["method"])(**parameters)
    except Exception as error:
        return error


def _told(watcher, error, *_):
    said = watcher.failure(None, error)
    return dict(said, state={k: codec.encode(v) for k, v in sorted(vars(error).items())})


def _settings(_, config, *__):
    return {k: codec.encode(v) for k, v in sorted(vars(config).items())}


def _session(*_):
    from boto import new_session

    return new_session()


def _boto3_session(*_):
    import boto3.session
    import botocore.session

    return boto3.session.Session(botocore_session=botocore.session.get_session())


def _serves(_, session, case, __):
    make = getattr(session, "create_client", None) or session.client
    return make(case["service"], region_name="us-east-1").meta.endpoint_url


def _waiter(_, client, case, __):
    return client.get_waiter(case["waiter"])


# Each kind: how to come by one, and how to tell one from another.
_KINDS = {
    "client": (lambda w, client, *_: client, lambda w, it, c, p: getattr(it, c["method"])(**p)),
    "config": (lambda w, client, *_: client.meta.config, _settings),
    "session": (_session, _serves),
    "boto3 session": (_boto3_session, _serves),
    "result": (_error, lambda w, result, *_: result),
    "error": (_error, _told),
    "paginator": (
        lambda w, client, c, p: client.get_paginator(c["method"]),
        lambda w, it, c, p: type(it.paginate(**p)).__name__,
    ),
    "waiter": (
        _waiter,
        lambda w, it, *_: [it.name, it.config.delay, it.config.max_attempts],
    ),
}


def help_of(watcher, client, case, _):
    """What help() shows and documentation cannot change.

    Prose goes when models are cut; what botocore writes of shapes alone stays.
    """
    kind, own = case["kind"], {}
    if kind == "method":
        thing = getattr(client, case["method"])
    elif kind == "paginator":
        thing = client.get_paginator(case["method"]).paginate
    else:
        waiter = client.get_waiter(case["waiter"])
        thing, own = waiter.wait, {"tries": [waiter.config.delay, waiter.config.max_attempts]}
    text = pydoc.render_doc(thing, renderer=pydoc.plaintext)
    return {
        "title": text.partition("\n")[0],
        "signature": str(inspect.signature(thing)),
        "syntax": list(_syntax(str(thing.__doc__))),
        **own,
    }


def _syntax(text):
    """The lines of the blocks that are headed Request Syntax and Response Syntax."""
    margin = None
    for line in text.splitlines():
        bare = line.strip()
        if bare.endswith(" Syntax**"):
            margin = _margin(line)
        elif bare.startswith("**") and bare.endswith("**"):
            margin = None  # another block: deeper than this one where prose made it too long
        elif margin is None or not bare or bare == "::":
            continue
        elif _margin(line) > margin:
            yield bare
        else:
            margin = None


def _margin(line):
    return len(line) - len(line.lstrip())


DO = {"copied": copied, "help": help_of}
