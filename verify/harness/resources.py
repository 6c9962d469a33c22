"""boto3's resources: what is made from its resource models, and what that does."""

from botocore import xform_name
from botocore.exceptions import BotoCoreError

import dimension
import values
from cases import Gap


def made(watcher, request):
    """Yields the cases of a service's resources."""
    return Service(watcher, request["service"]).all()


class Service:
    """The resource models of a service, and what their cases need of its model."""

    def __init__(self, watcher, name):
        from boto3.resources.model import ResourceModel

        session, self.name, self.seed = watcher.session, name, watcher.seed
        loader = session.get_component("data_loader")
        version = loader.determine_latest_version(name, "resources-1")
        definition = loader.load_service_model(name, "resources-1", version)
        self.model = session.get_service_model(name, version)
        self.gone = watcher.gone
        self.paginators = _optional(session.get_paginator_model, name, version)
        self.waiters = _optional(session.get_waiter_model, name, version)
        parts = definition["resources"]
        self.root = self._named(ResourceModel(name, definition["service"], parts))
        self.parts = {n: self._named(ResourceModel(n, d, parts)) for n, d in parts.items()}

    def _named(self, model):
        model.load_rename_map(self.shape(model))
        return model

    def lacks(self, operation):
        """Whether the slim package need not have an operation: the fat one may lack it, too."""
        known = self.model.operation_names
        return operation in self.gone or bool(operation) and operation not in known

    def waiter(self, name):
        """What a resource's waiter waits with; None where even the fat package has none."""
        try:
            return self.waiters.get_waiter(name)
        except (ValueError, AttributeError):
            return None

    def shape(self, model):
        return self.model.shape_for(model.shape) if model.shape else None

    def all(self):
        yield from Resource(self, self.root, {"resource": "", "identifiers": []}).all()
        for sub in self.root.subresources:
            part = self.parts[sub.resource.type]
            count = [i.source for i in sub.resource.identifiers].count("input")
            place = {"resource": sub.name, "identifiers": self.identifiers(part)[:count]}
            yield from Resource(self, part, place).all()

    def identifiers(self, model):
        """Values to make a resource from; numbers where an operation wants one."""
        return [self._identifier(model, i.name) for i in model.identifiers]

    def _identifier(self, model, name):
        least = 0
        for shape in self._sent_as(model, name):
            if shape.type_name in ("integer", "long"):
                return 1
            least = max(least, int(shape.metadata.get("min") or 0))
        if name.endswith("arn"):
            return f"arn:aws:{self.name}:us-west-2:123456789012:{model.name.lower()}"
        if name.endswith("url"):
            return f"https://{self.name}.{dimension.REGION}.amazonaws.com/123456789012/it"
        return f"{model.name.lower()}-{name.replace('_', '-')}".ljust(least, "0")

    def _sent_as(self, model, name):
        """The shapes of the parameters that an identifier fills in."""
        for action in model.actions:
            if action.request.operation not in self.model.operation_names:
                continue
            members = _members(self.model.operation_model(action.request.operation).input_shape)
            for param in action.request.params:
                is_it = param.source == "identifier" and xform_name(param.name) == name
                if is_it and param.target in members:
                    yield members[param.target]

    def operation(self, name):
        pages = self.paginator(name) is not None
        return dimension.Known(self.model.operation_model(name), self.seed, pages)

    def paginator(self, operation):
        try:
            return self.paginators.get_paginator(operation)
        except (ValueError, AttributeError):
            return None


def _members(shape):
    return shape.members if shape is not None else {}


def _optional(load, name, version):
    try:
        return load(name, version)
    except BotoCoreError:  # a service without them
        return None


class Resource:
    """Makes the cases of one resource."""

    def __init__(self, service, model, place):
        self.service = service
        self.model = model
        self.place = place
        self.label = "resource/" + (place["resource"] or "service")

    def all(self):
        yield from self._shapes()
        for group in (self._actions, self._loads, self._references, self._collections):
            try:
                yield from group()
            except Exception as error:  # a model that the makers do not know
                name = f"{self.label}/{group.__name__.strip('_')}"
                yield Gap(name, f"cases cannot be made: {type(error).__name__}: {error}")
        yield from self._waiters()

    def _case(self, operation, title, do, params=None, **more):
        from codec import encode

        return {
            "service": self.service.name,
            "operation": operation,
            "case": f"{self.label}/{title}",
            "do": "resources." + do,
            "params": encode(params or {}),
            **self.place,
            **more,
        }

    def _gone(self, operation, title, do, *names, **more):
        """The one case of something whose operation was not kept, or None.

        Where what it sends is read from the resource, loading that may fail first.
        """
        if not self.service.lacks(operation):
            return None
        load = self.model.load.request.operation if self.model.load else operation
        fails = [xform_name(operation), xform_name(load), *names]
        return self._case(operation, title, do, fails=fails, **more)

    def _shapes(self):
        """What there is of it without a request."""
        subs = {}
        for sub in self.model.subresources:
            part = self.service.parts[sub.resource.type]
            wanted = [i for i in sub.resource.identifiers if i.source == "input"]
            subs[sub.name] = self.service.identifiers(part)[: len(wanted)]
        yield self._case("", "names", "names", free=self._free())
        yield self._case("", "subresources", "subresources", subs=subs)
        if self.place["identifiers"]:
            yield self._case("", "no identifiers", "bare")

    def _free(self):
        """Names that stand for an operation which was not kept: they may stay."""
        model = self.model
        named = [(a.name, a.request.operation) for a in model.actions + model.collections]
        if model.load:
            named += [(n, model.load.request.operation) for n in ("load", "reload")]
        for waiter in model.waiters:
            about = self.service.waiter(waiter.waiter_name)
            if about is not None:
                named.append((waiter.name, about.operation))
        return sorted(name for name, operation in named if self.service.lacks(operation))

    def _actions(self):
        for action in self.model.actions:
            yield from self._called(action, "action/" + action.name, "act")

    def _called(self, action, name, do, **more):
        """An action with what it needs, and with all that it can take."""
        gone = self._gone(action.request.operation, name, do, name=action.name, **more)
        if gone:
            yield gone
            return
        operation = self.service.operation(action.request.operation)
        filled = _filled(action.request)
        for style in (values.REQUIRED, values.EVERYTHING):
            label = f"{name}/{style}"
            params = operation.parameters(f"{self.label}/{label}", style, filled)
            every = operation.parameters(f"{self.label}/{label}", values.EVERYTHING, filled)
            params.update((n, every[n]) for n in _read_back(action) if n in every)
            about = {"name": action.name, "returns": style == values.REQUIRED, **more}
            yield self._case(operation.model.name, label, do, params, **about)

    def _loads(self):
        shape = self.service.shape(self.model)
        load = self.model.load
        operation = load.request.operation if load else ""
        if load:
            yield self._gone(operation, "load", "load") or self._case(
                operation, "load", "load", returns=True
            )
        if shape is not None:
            names = list(self.model.get_attributes(shape))
            returns = load is not None
            about = {"names": names, "returns": returns}
            yield self._gone(operation, "attributes", "attributes", **about) or self._case(
                operation, "attributes", "attributes", **about
            )

    def _references(self):
        operation = self.model.load.request.operation if self.model.load else ""
        for reference in self.model.references:
            name = "reference/" + reference.name
            about = {"name": reference.name, "returns": True}
            yield self._gone(operation, name, "reference", **about) or self._case(
                operation, name, "reference", **about
            )

    def _collections(self):
        for collection in self.model.collections:
            name, label = collection.name, "collection/" + collection.name
            about = {"name": name, "kind": "all"}
            gone = self._gone(collection.request.operation, label, "collection", **about)
            if gone:
                yield gone
                continue
            yield from self._iterated(collection, label)
            for action in collection.batch_actions:
                about = {"collection": name}
                yield from self._called(action, f"{label}/batch/{action.name}", "batch", **about)

    def _iterated(self, collection, label):
        operation = self.service.operation(collection.request.operation)
        filled = _filled(collection.request) | self._paging(operation)
        wanted = operation.parameters(f"{self.label}/{label}", values.REQUIRED, filled)
        every = operation.parameters(f"{self.label}/{label}", values.EVERYTHING, filled)
        for kind, params in (
            ("all", wanted),
            ("pages", wanted),
            ("limit", wanted),
            ("page_size", wanted),
            ("filter", every),
        ):
            about = {"name": collection.name, "kind": kind, "returns": kind == "all"}
            yield self._case(operation.model.name, f"{label}/{kind}", "collection", params, **about)

    def _paging(self, operation):
        """What the paginator fills in."""
        about = self.service.paginator(operation.model.name) or {}
        tokens = about.get("input_token", [])
        tokens = tokens if isinstance(tokens, list) else [tokens]
        return {*tokens, about.get("limit_key")}

    def _waiters(self):
        for waiter in self.model.waiters:
            about = self.service.waiter(waiter.waiter_name)
            known = {"name": waiter.name, "waiter": xform_name(waiter.waiter_name)}
            title = f"waiter/{waiter.name}"
            if about is None:
                yield self._case("", title, "wait", **known)
                continue
            gone = self._gone(about.operation, title, "wait", known["waiter"], **known)
            if gone:
                yield gone
                continue
            operation = self.service.operation(about.operation)
            params = operation.parameters(self.label, values.REQUIRED, _filled(waiter))
            for end, answers_of in operation.led(waiter.waiter_name, about):
                by = {about.operation: answers_of}
                yield self._case(about.operation, f"{title}/{end}", "wait", params, by=by, **known)


def _filled(request):
    """The parameters that boto3 fills in: a[0].b is one, a."""
    return {p.target.split(".")[0].split("[")[0] for p in request.params if p.source != "input"}


def _read_back(action):
    """The parameters that the result's identifiers are read from."""
    made_of = action.resource.identifiers if action.resource else ()
    return [i.path for i in made_of if i.source == "requestParameter"]


def _resource(watcher, case):
    of = dimension.resource(watcher, case["service"])
    dimension.serve(watcher, case, of.meta.client)
    if not case["resource"]:
        of.meta.data = None
        return of
    return getattr(of, case["resource"])(*case["identifiers"])


def told(value, data=True):
    """A value in which resources are told as what they are and hold."""
    from boto3.resources.base import ServiceResource

    if isinstance(value, (list, tuple)):
        return [told(v, data) for v in value]
    if not isinstance(value, ServiceResource):
        return value
    about = {"resource": type(value).__name__}
    about.update((name, getattr(value, name)) for name in value.meta.identifiers)
    if data and value.meta.data is not None:
        about["data"] = value.meta.data
    return about


def do_names(watcher, case, _):
    """What a resource says of itself."""
    of, again = _resource(watcher, case), _resource(watcher, case)
    client = of.meta.client
    return {
        "names": [n for n in dir(of) if not n.startswith("_") and n not in case["free"]],
        "is": repr(of),
        "identifiers": list(of.meta.identifiers),
        "equal": [of == again, hash(of) == hash(again), of == client],
        "meta": [of.meta.service_name, repr(of.meta), of.meta.data],
        "client": [type(client).__name__, client.meta.endpoint_url],
    }


def do_subresources(watcher, case, _):
    of = _resource(watcher, case)
    made_of = {n: told(getattr(of, n)(*ids)) for n, ids in case["subs"].items()}
    return {"available": of.get_available_subresources(), "made": made_of}


def do_bare(watcher, case, _):
    """Made without what identifies it."""
    return told(_resource(watcher, {**case, "identifiers": []}))


def do_act(watcher, case, parameters):
    return told(getattr(_resource(watcher, case), case["name"])(**parameters))


def do_load(watcher, case, _):
    of = _resource(watcher, case)
    of.load()
    loaded = of.meta.data
    of.reload()
    return [loaded, of.meta.data == loaded]


def do_attributes(watcher, case, _):
    of = _resource(watcher, case)
    return {name: told(getattr(of, name)) for name in case["names"]}


def do_reference(watcher, case, _):
    return told(getattr(_resource(watcher, case), case["name"]))


def do_collection(watcher, case, parameters):
    collection, kind = getattr(_resource(watcher, case), case["name"]), case["kind"]
    if kind == "pages":
        return [told(p, data=False) for p in collection.filter(**parameters).pages()]
    items = collection.filter(**parameters)
    if kind == "limit":
        items = items.limit(3)
    if kind == "page_size":
        items = items.page_size(7)  # what is too few or too many is refused
    return [repr(items), told(list(items), data=kind == "all")]


def do_batch(watcher, case, parameters):
    collection = getattr(_resource(watcher, case), case["collection"])
    return told(getattr(collection.limit(4), case["name"])(**parameters))


def do_wait(watcher, case, parameters):
    of = _resource(watcher, case)
    getattr(of, case["name"])(WaiterConfig={"MaxAttempts": 3}, **parameters)
    return of.meta.data
