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
    "dynamodb": ["BatchWriteItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"],
    "kinesis": ["SubscribeToShard"],
    "s3": [
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CreateMultipartUpload",
        "DeleteObjects",
        "GetBucketVersioning",
        "GetObject",
        "HeadBucket",
        "HeadObject",
        "ListBuckets",
        "ListObjectVersions",
        "ListObjectsV2",
        "PutObject",
        "SelectObjectContent",
        "UploadPart",
    ],
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

    def extras(self, service, name):
        (path,) = glob.glob(os.path.join(self.data, service, "*", name + ".sdk-extras.json*"))
        os.remove(path)

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


def swap(mapping):
    pairs = list(mapping.items())
    mapping.clear()
    mapping.update(reversed(pairs))


def input_member(p):
    del p.shape("sqs", "SendMessageRequest")["members"]["DelaySeconds"]


def output_member(p):
    del p.shape("sqs", "Message")["members"]["MD5OfBody"]


def member_order(p):
    swap(p.shape("sqs", "ChangeMessageVisibilityRequest")["members"])


def required(p):
    p.shape("sqs", "DeleteMessageRequest")["required"].remove("ReceiptHandle")


def rule_branch(p):
    rules = p.model("sns", "endpoint-rule-set-1")["rules"][1]["rules"][0]["rules"]
    del rules[1]  # FIPS without dual-stack


def error_shape(p):
    name = "ConditionalCheckFailedException"
    del p.model("dynamodb")["shapes"][name]
    for operation in p.model("dynamodb")["operations"].values():
        operation["errors"] = [e for e in operation["errors"] if e["shape"] != name]


def paginator(p):
    del p.model("dynamodb", "paginators-1")["pagination"]["Query"]


def idempotency_token(p):
    del p.member("dynamodb", "TransactWriteItemsInput", "ClientRequestToken")["idempotencyToken"]


def scalar_type(p):
    p.member("dynamodb", "UpdateItemInput", "TableName")["shape"] = "ConsistentRead"


def location_name(p):
    del p.member("s3", "GetObjectRequest", "VersionId")["locationName"]


def context_parameter(p):
    del p.member("s3", "ListObjectsV2Request", "Bucket")["contextParam"]


def checksum_trait(p):
    del p.operation("s3", "PutObject")["httpChecksum"]


def flattened(p):
    del p.shape("s3", "DeletedObjects")["flattened"]


def request_uri(p):
    p.operation("s3", "GetBucketVersioning")["http"]["requestUri"] = "/{Bucket}"


def waiter(p):
    del p.model("s3", "waiters-2")["waiters"]["BucketExists"]


def service_extras(p):
    p.extras("s3", "service-2")


def paginator_extras(p):
    p.extras("s3", "paginators-1")


def event(p):
    del p.shape("s3", "RecordsEvent")["members"]["Payload"]["eventpayload"]


def event_member(p):
    del p.shape("kinesis", "SubscribeToShardEventStream")["members"]["KMSThrottlingException"]


def authtype(p):
    operation = p.operation("sso", "GetRoleCredentials")
    operation.pop("authtype")
    operation.pop("auth", None)


def result_wrapper(p):
    del p.operation("sts", "GetCallerIdentity")["output"]["resultWrapper"]


def operation(p):
    del p.model("sns")["operations"]["ListTopics"]


def region(p):
    for partition in p.model("", "endpoints")["partitions"]:
        partition["services"].get("sqs", {"endpoints": {}})["endpoints"].pop("us-west-2", None)


def partition_suffix(p):
    for partition in p.model("", "partitions")["partitions"]:
        if partition["id"] == "aws-cn":
            partition["outputs"]["dnsSuffix"] = "elsewhere.example"


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


def part_member(p):
    del p.shape("s3", "UploadPartRequest")["members"]["ContentMD5"]


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
    p.edit("aiobotocore/signers.py", "kwargs['expires'] = expires_in", "kwargs['expires'] = expires_in + 1")


def aio_wait(p):
    p.edit("aiobotocore/waiter.py", "current_state == 'success'", "current_state == 'failure '")


def aio_gone(p):
    shutil.rmtree(os.path.join(p.root, "aiobotocore"))


def retries(p):
    p.remove(p.path("", "_retry"))


def endpoints(p):
    p.remove(p.path("", "endpoints"))


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
    keep(package)
    keep_regions(package)
    for name in names:
        globals()[name](package)
    package.write()


main()
