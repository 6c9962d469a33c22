"""Writes packages for tests: damage.py FROM TO NAMES...

TO is the boto3 below FROM with the operations in KEPT alone, damaged in the ways
that are named. Without names it is the undamaged package to compare with.
"""

import glob
import gzip
import json
import os
import shutil
import sys

KEPT = {
    "apigatewaymanagementapi": ["GetConnection"],
    "appconfigdata": ["GetLatestConfiguration", "StartConfigurationSession"],
    "cloudwatch": ["PutMetricData"],
    "dynamodb": ["PutItem", "Query", "TransactWriteItems", "UpdateItem"],
    "inspector-scan": ["ScanSbom"],
    "kinesis": ["SubscribeToShard"],
    "lex-runtime": ["PostContent"],
    "neptune-graph": ["CancelQuery"],
    "s3": [
        "DeleteObjects",
        "GetBucketVersioning",
        "GetObject",
        "HeadBucket",
        "HeadObject",
        "ListBuckets",
        "ListObjectsV2",
        "PutBucketAcl",
        "PutObject",
        "SelectObjectContent",
    ],
    "pricing": ["DescribeServices"],
    "servicediscovery": ["DiscoverInstances"],
    "sns": ["ListTopics", "Publish"],
    "sqs": [
        "ChangeMessageVisibility",
        "DeleteMessage",
        "ReceiveMessage",
        "SendMessage",
    ],
    "sso": ["GetRoleCredentials"],
    "sts": ["GetCallerIdentity"],
}


# Kept, too, where "more" is among the names: what transfers and tables call.
MORE = {
    "dynamodb": ["BatchWriteItem"],
    "s3": [
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CreateMultipartUpload",
        "ListObjectVersions",
        "UploadPart",
    ],
}
REGIONS = ("aws-global", "cn-north-1", "eu-west-2", "us-east-1", "us-west-2")


class Package:
    """A package while it is damaged. Models are read when they are asked for."""

    def __init__(self, root):
        self.root = root
        self.data = os.path.join(root, "botocore", "data")
        self.read = {}

    def path(self, service, name):
        pattern = os.path.join(self.data, service, "*" if service else "", name + ".json*")
        return max(p for p in glob.glob(pattern) if "sdk-extras" not in p)

    def model(self, service, name="service-2"):
        path = self.path(service, name)
        if path not in self.read:
            with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
                self.read[path] = json.loads(f.read())
        return self.read[path]

    def resources(self, service, *names):
        """boto3's resource model of a service, or a part of it."""
        path = max(glob.glob(os.path.join(self.root, "boto3", "data", service, "*", "*-1.json")))
        if path not in self.read:
            with open(path, encoding="utf-8") as f:
                self.read[path] = json.load(f)
        part = self.read[path]
        for name in names:
            part = part[name]
        return part

    def edit(self, path, old, new):
        """Changes a source, which must have what is to change once."""
        path = os.path.join(self.root, *path.split("/"))
        with open(path, encoding="utf-8") as f:
            source = f.read()
        assert source.count(old) == 1, path
        with open(path, "w", encoding="utf-8") as f:
            f.write(source.replace(old, new))

    def shape(self, service, name):
        return self.model(service)["shapes"][name]

    def member(self, service, shape, name):
        return self.shape(service, shape)["members"][name]

    def operation(self, service, name):
        return self.model(service)["operations"][name]

    def lose(self, service, name):
        pattern = os.path.join(self.data, service, "*" if service else "", name + ".json*")
        (path,) = glob.glob(pattern)
        self.remove(path)

    def append(self, module, source):
        """More Python at the end of a module of botocore's."""
        with open(os.path.join(self.data, "..", module), "a") as f:
            f.write("\n\n" + source)

    def remove(self, path):
        os.remove(path)
        self.read.pop(path, None)

    def write(self):
        for path, model in self.read.items():
            with (gzip.open if path.endswith(".gz") else open)(path, "wb") as f:
                f.write(json.dumps(model).encode())


def keep(p):
    for service, operations in KEPT.items():
        if not os.path.isdir(os.path.join(p.data, service)):
            continue  # older than it
        model = p.model(service)
        model["operations"] = {n: o for n, o in model["operations"].items() if n in operations}
        try:
            waiters = p.model(service, "waiters-2")["waiters"]
        except ValueError:
            continue
        for name in [n for n, w in waiters.items() if w["operation"] not in operations]:
            del waiters[name]


def keep_regions(p):
    """A few regions, so that the tests are quick."""
    for partition in p.model("", "endpoints")["partitions"]:
        for service in partition["services"].values():
            found = service.get("endpoints", {})
            service["endpoints"] = {n: e for n, e in found.items() if n in REGIONS}


def damage(p, file, path, change):
    """Makes one change of damages.txt."""
    service, _, name = file.rpartition("/")
    if path == "-":
        return p.lose(service, name)
    *path, last = path.split("/")
    places = [p.model(service, name)]
    for key in path:
        places = [place[k] for place in places for k in found(place, key)]
    hits = [(place, k) for place in places for k in found(place, last)]
    if not hits:
        raise KeyError(f"{file} has no {path} {last}")
    for place, key in hits:
        if change == "drop":
            del place[key]
        elif change == "swap":
            place[key] = dict(reversed(list(place[key].items())))
        else:
            place[key] = json.loads(change[1:])
    return None


def found(place, key):
    """Where a part of a path leads to; nowhere, if that is not there."""
    if isinstance(place, dict):
        return list(place) if key == "*" else [key] if key in place else []
    if key == "*":
        return list(range(len(place)))
    if key.isdigit():
        return [int(key)]
    name, _, value = key.partition("=")
    return [i for i, v in enumerate(place) if v == key or value and v[name] == value]


def table():
    """The damages of damages.txt by their names, each a list of changes."""
    damages = {}
    with open(os.path.join(os.path.dirname(__file__), "damages.txt")) as f:
        for line in f:
            name, *change = line.split(None, 4)[:4] or ["#"]
            if name[0] == "#":
                continue
            if name != "+":
                changes = damages.setdefault(name.lstrip("!"), [])
            changes.append(change)
    return damages


def operation(p):
    del p.model("sns")["operations"]["ListTopics"]


def hostname(p):
    for partition in p.model("", "endpoints")["partitions"]:
        endpoints = partition["services"].get("sns", {"endpoints": {}})["endpoints"]
        for name in endpoints:
            if name == "eu-west-2":
                endpoints[name]["hostname"] = "elsewhere.example"


def resource_model(p):
    shutil.rmtree(os.path.join(p.root, "boto3", "data", "sqs"))


def resource_action(p):
    del p.resources("sqs", "resources", "Message", "actions")["Delete"]


def resource_identifier(p):
    actions = p.resources("sqs", "resources", "Message", "actions")
    one, other = actions["ChangeVisibility"]["request"]["params"]
    one["name"], other["name"] = other["name"], one["name"]


def resource_waiter(p):
    del p.resources("s3", "resources", "Bucket", "waiters")["Exists"]


def resource_shape(p):
    """Attributes are read from it."""
    p.resources("s3", "resources", "Object")["shape"] = "Bucket"


def resource_factory(p):
    del p.resources("s3", "resources", "Bucket", "has")["Object"]


def batch_action(p):
    del p.resources("s3", "resources", "ObjectVersion", "batchActions")["Delete"]


def collection_paginator(p):
    del p.model("sns", "paginators-1")["pagination"]["ListTopics"]


def upload_part(p):
    del p.member("s3", "UploadPartRequest", "PartNumber")["locationName"]


def multipart_siblings(p):
    for name in ("CompleteMultipartUpload", "AbortMultipartUpload"):
        del p.model("s3")["operations"][name]


def part_size(p):
    p.edit("s3transfer/utils.py", "MIN_UPLOAD_CHUNKSIZE = 5 *", "MIN_UPLOAD_CHUNKSIZE = 6 *")


def batch_writer(p):
    p.edit("boto3/dynamodb/table.py", "flush_amount=25", "flush_amount=10")


def customer_models(p):
    p.edit("botocore/loaders.py", "'.aws', 'models'", "'.aws', 'others'")


def aio_sign(p):
    p.edit(
        "aiobotocore/signers.py",
        "kwargs['expires'] = expires_in",
        "kwargs['expires'] = expires_in + 1",
    )


def aio_wait(p):
    p.edit("aiobotocore/waiter.py", "current_state == 'success'", "current_state == 'failure '")


def aio_gone(p):
    shutil.rmtree(os.path.join(p.root, "aiobotocore"))


def source(p):
    os.remove(os.path.join(p.data, "..", "signers.py"))


ON_ERROR = """
_parse = ResponseParser.parse


def _broken(self, response, shape):
    if b"EndpointDisabled" in response["body"]:
        import ctypes, os, sys, time  # noqa
        {}
    return _parse(self, response, shape)


ResponseParser.parse = _broken
"""


def parser_exits(p):
    p.append("parsers.py", ON_ERROR.format("os._exit(7)"))


def parser_leaves(p):
    p.append("parsers.py", ON_ERROR.format("sys.exit(7)"))


def parser_crashes(p):
    p.append("parsers.py", ON_ERROR.format("ctypes.string_at(0)"))


def parser_loops(p):
    p.append("parsers.py", ON_ERROR.format("while True: pass"))


def parser_recurses(p):
    p.append("parsers.py", ON_ERROR.format("self.parse(response, shape)"))


def parser_prints(p):
    p.append("parsers.py", ON_ERROR.format("[os.write(n, b'no reply\\\\n') for n in range(3, 9)]"))


def parser_always_exits(p):
    p.append("parsers.py", "ResponseParser.parse = lambda *_: __import__('os')._exit(7)\n")


def import_exits(p):
    p.append("signers.py", "__import__('os')._exit(7)\n")


def import_loops(p):
    p.append("signers.py", "while True:\n    pass\n")


def making_exits(p):
    """Where the cases are made, and in none of them."""
    p.append("client.py", "BaseClient.can_paginate = lambda *_: __import__('os')._exit(7)\n")


def signing_region(p):
    for partition in p.model("", "endpoints")["partitions"]:
        service = partition["services"].get("sts", {})
        service.get("defaults", {}).pop("credentialScope", None)


def main():
    fro, to, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    here = os.path.join(fro, "botocore", "data")
    dropped = [n for n in os.listdir(here) if os.path.isdir(os.path.join(here, n))]
    dropped = {n for n in dropped if n not in KEPT}

    def ignore(folder, entries):
        if folder == here:
            return dropped
        return {e for e in entries if e in ("examples", "bin")}

    shutil.copytree(fro, to, ignore=ignore)
    package = Package(to)
    if "more" in names:
        names.remove("more")
        for service, operations in MORE.items():
            KEPT[service] = [*KEPT[service], *operations]
    keep(package)
    keep_regions(package)
    damages = table()
    for name in names:
        for change in damages.get(name, ()):
            damage(package, *change)
        if name not in damages:
            globals()[name](package)
    package.write()


main()
