"""Models that are not the package's: from AWS_DATA_PATH, a setting, or ~/.aws/models.

The files that a case needs are in it. They are written into this process's own
folder, which is its home, and removed after it.
"""

import contextlib
import json
import os
import shutil

import answers
import boto
import dimension
from cases import Gap

NAME, VERSION = "coldcut-example", "2020-01-01"
NEWER = "2099-01-01"
FOLDER = "models"
HOST = (
    "documented: a dropped service has no entry in endpoints.json once models are cut, which "
    "counts only where the model found in AWS_DATA_PATH has no endpoint rules beside it"
)
OPERATION = "ListThings"
_SHAPES = {
    "Text": {"type": "string"},
    "Number": {"type": "integer"},
    "Things": {"type": "list", "member": {"shape": "Thing"}},
    "Thing": {"type": "structure", "members": {"Name": {"shape": "Text"}}},
    "ListThingsRequest": {
        "type": "structure",
        "required": ["Owner"],
        "members": {
            "Owner": {"shape": "Text"},
            "NextToken": {"shape": "Text"},
            "MaxItems": {"shape": "Number"},
        },
    },
    "ListThingsResult": {
        "type": "structure",
        "members": {"Things": {"shape": "Things"}, "NextToken": {"shape": "Text"}},
    },
}
_PAGES = {
    "pagination": {
        OPERATION: {
            "input_token": "NextToken",
            "output_token": "NextToken",
            "limit_key": "MaxItems",
            "result_key": "Things",
        }
    }
}
_METADATA = {
    "apiVersion": VERSION,
    "endpointPrefix": NAME,
    "jsonVersion": "1.1",
    "protocol": "json",
    "serviceFullName": "An Example",
    "serviceId": "Coldcut Example",
    "signatureVersion": "v4",
    "targetPrefix": "Example",
    "uid": f"{NAME}-{VERSION}",
}
_RESOURCES = {
    "service": {"has": {}, "hasMany": {}},
    "resources": {
        "Owner": {
            "identifiers": [{"name": "Name"}],
            "hasMany": {
                "Things": {
                    "request": {
                        "operation": OPERATION,
                        "params": [{"target": "Owner", "source": "identifier", "name": "Name"}],
                    },
                    "resource": {
                        "type": "Thing",
                        "identifiers": [
                            {"target": "Name", "source": "response", "path": "Things[].Name"}
                        ],
                    },
                }
            },
        },
        "Thing": {"identifiers": [{"name": "Name"}]},
    },
}


def made(watcher, request):
    """Yields the cases of models from elsewhere, in a package that keeps a service."""
    own = Elsewhere(request["service"], NAME, _METADATA)
    for way in ("environment", "setting", "home"):
        case = own.case("only there/" + way, way=way)
        yield case if _found(case) else Gap(case["case"], "this botocore does not look there")
    if watcher.boto3 is not None:
        yield own.case("only there/loader", way="loader")
        yield own.case("only there/resource", do="resource", resources=_RESOURCES)
    yield from _kept(watcher, request["service"])
    dropped = request.get("dropped") or []
    if not dropped:
        yield Gap("data path/dropped", "not applicable: no service was dropped")
    for name in dropped:
        yield from _dropped(watcher, request["service"], name)


def _kept(watcher, service):
    """A kept service's model is replaced, or followed by a newer one."""
    version = _latest(watcher, service)
    there = _like(watcher, service, service, version)
    yield there.case("replaced")
    yield there.case("replaced/home", way="home")
    yield _like(watcher, service, service, NEWER).case("newer")
    extras = {"version": 1.0, "merge": {"metadata": {"signingName": "elsewhere"}}}
    yield there.case("extras", extras=extras)


def _dropped(watcher, service, name):
    """A dropped service is given a model again."""
    version = _latest(watcher, name)
    there = _like(watcher, service, name, version)
    loader = watcher.session.get_component("data_loader")
    try:
        rules = loader.load_service_model(name, "endpoint-rule-set-1", version)
        yield there.case(f"dropped/{name}/with rules", rules=rules)
    except Exception:
        yield Gap(f"data path/dropped/{name}/with rules", "it has no endpoint rules")
    yield there.case(f"dropped/{name}/without rules", do="placeless")
    yield Gap(f"data path/dropped/{name}/host", HOST)


def _like(watcher, of, name, version):
    """A model that says of itself what the package's says, which its endpoint rules read."""
    model = watcher.session.get_component("data_loader").load_service_model(name, "service-2")
    there = Elsewhere(of, name, model["metadata"], version)
    there.model["clientContextParams"] = model.get("clientContextParams", {})
    for operation in model["operations"].values():
        if "staticContextParams" in operation:
            there.model["operations"][OPERATION].update(
                staticContextParams=operation["staticContextParams"]
            )
            break
    return there


def _latest(watcher, service):
    return watcher.session.get_component("data_loader").determine_latest_version(
        service, "service-2"
    )


class Elsewhere:
    """Makes the cases of one model that is not in the package."""

    def __init__(self, of, name, metadata, version=VERSION):
        self.of, self.name, self.version = of, name, version
        model = {"version": "2.0", "metadata": {**metadata, "apiVersion": version}}
        self.model = {**model, "operations": {OPERATION: self._operation()}, "shapes": _SHAPES}

    def _operation(self):
        return {
            "name": OPERATION,
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "ListThingsRequest"},
            "output": {"shape": "ListThingsResult"},
        }

    def case(self, title, do="service", way="environment", **files):
        known = {"rules": "endpoint-rule-set-1", "resources": "resources-1"}
        known["extras"] = "service-2.sdk-extras"
        written = {"service-2": self.model, "paginators-1": _PAGES}
        written.update((known[kind], content) for kind, content in files.items())
        return {
            "service": self.of,
            "operation": "",
            "case": "data path/" + title,
            "do": "datapath." + do,
            "name": self.name,
            "way": way,
            "files": {f"{self.name}/{self.version}/{n}.json": m for n, m in written.items()},
            "answers": self._answers(),
            "sends": True,
            "returns": True,
        }

    def _answers(self):
        from botocore.model import ServiceModel

        operation = ServiceModel(self.model, self.name).operation_model(OPERATION)
        return [
            answers.result(operation, {"Things": [{"Name": name}], **token})
            for name, token in (("a", {}), ("b", {"NextToken": "next"}), ("c", {}))
        ]


@contextlib.contextmanager
def _there(case):
    """The files of a case, where and as it says; a new session finds them."""
    home = case["way"] == "home"
    folder = os.path.abspath(os.path.join(".aws", "models") if home else FOLDER)
    for name, content in case["files"].items():
        path = os.path.join(folder, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
    before = dict(os.environ)
    if case["way"] == "environment":
        os.environ["AWS_DATA_PATH"] = folder
    elif case["way"] == "setting":
        os.environ["AWS_CONFIG_FILE"] = os.path.join(folder, "config")
        with open(os.environ["AWS_CONFIG_FILE"], "w", encoding="utf-8") as file:
            file.write(f"[default]\ndata_path = {folder}\n")
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder)


def _found(case):
    """Whether a session looks where the model of a case is: the AWS CLI's does not in all."""
    with _there(case):
        return case["name"] in boto.new_session().get_available_services()


def do_service(watcher, case, _):
    """The client of what is there: what it lists, sends and parses."""
    with _there(case) as folder:
        session, boto3 = boto.new_sessions()
        if case["way"] == "loader":
            boto3._loader.search_paths.append(folder)
            client = boto3.client(case["name"], region_name=dimension.REGION)
        else:
            client = session.create_client(case["name"], region_name=dimension.REGION)
        watcher.used = client
        services = session.get_available_services()
        return {
            "listed": case["name"] in services,
            "names": [n for n in dir(client) if "things" in n],
            "result": client.list_things(Owner="me", MaxItems=1),
            "pages": list(client.get_paginator("list_things").paginate(Owner="me")),
        }


def do_placeless(watcher, case, parameters):
    """As do_service, but for the host, what is signed with it and how it was found."""
    told = do_service(watcher, case, parameters)
    for did in watcher.world.did:
        scheme, _, rest = did["url"].partition("://")
        did["url"] = f"{scheme}://HOST/{rest.partition('/')[2]}"
        did["headers"] = [h for h in did["headers"] if h[0] not in ("Authorization", "User-Agent")]
    return told


def do_resource(watcher, case, _):
    """A resource whose models are only there."""
    with _there(case):
        _, boto3 = boto.new_sessions()
        of = boto3.resource(case["name"], region_name=dimension.REGION)
        watcher.used = of.meta.client
        owner = of.Owner("me")
        return {
            "listed": case["name"] in boto3.get_available_resources(),
            "things": [repr(t) for t in owner.things.all()],
            "is": [repr(of), repr(owner)],
        }
