"""Shrunk from programs of internal/adversary whose use of AWS was once missed."""
import importlib
import os
import sys
import types

import boto3
import helpers


class Below(helpers.Made):
    pass


class Holder:
    service = "sns"


class Interceptor:
    def __setattr__(self, name, value):
        self.__dict__["kept"] = value


boto3.client(Below("s3").service)  # want service=sns; unresolved "through *args"

kept = ["sns"]
helpers.Keeper(kept).keep("sqs")
boto3.client(kept[-1])  # want service=sns; service=sqs

helpers.maker_of(boto3.Session())("kms")  # want service=kms

configured = helpers.Plain()
helpers.configure(configured, service="ses")
boto3.client(configured.service)  # want service=sns; unresolved ""

viewed = Holder()
vars(viewed)["service"] = "iam"
boto3.client(viewed.service)  # want service=sns; unresolved "written through __dict__"

by_view = Holder()
view = by_view.__dict__
view["service"] = "glue"
boto3.client(by_view.service)  # want service=sns; unresolved "written through __dict__"


def defaults(service="sns"):
    return boto3.client(service)  # want service=sns; unresolved "defaults of defaults"


defaults.__defaults__ = ("ecs",)
defaults()

inner = ["sns"]
outer = {"one": inner}
outer["one"].append("eks")
boto3.client(inner[-1])  # want service=sns; unresolved "in another container"

filled = ["sns"]
push = filled.append
push("efs")
boto3.client(filled[-1])  # want service=sns; unresolved "written into"


def fill(to, item):
    to.append(item)


def forward(*args):
    fill(*args)


forwarded = ["sns"]
forward(forwarded, "ssm")
boto3.client(forwarded[-1])  # want service=sns; service=ssm

boto3.client(helpers.SHARED[-1])  # want service=sns; service=ecr

session = boto3.Session()
session.client.__func__(session, "dms")  # want unresolved "__func__"

intercepted = Interceptor()
intercepted.make = boto3.client  # want unresolved "handed on as a value"
intercepted.kept(os.environ["SERVICE"])

made = boto3.client
globals()["made"](os.environ["SERVICE"])  # want unresolved "os.environ"
importers = [importlib.import_module(os.environ["MODULE"]).client]  # want unresolved "may be boto3"
importers[0](types.MappingProxyType({"a": "s3"})["a"])
sys.modules["boto3"].client("sts")  # want service=sts
exec("made('dax')")  # want unresolved "a maker of it"
