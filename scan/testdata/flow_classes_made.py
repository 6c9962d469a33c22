# Classes that are derived without a class statement, or replaced by a decorator.
import types

import boto3

REGISTRY = {}


def registered(cls):
    REGISTRY[cls.__name__] = cls
    return cls


def named(name):
    def decorator(cls):
        REGISTRY[name] = cls
        return cls

    return decorator


@registered
class Plain:
    service = "sqs"

    def client(self):
        return boto3.client(self.service)  # want service=sqs


@named("plain")
class Named:
    service = "sns"

    def client(self):
        return boto3.client(self.service)  # want service=sns


Plain().client()
Named().client()


# One step harder: another class takes the place, or comes below.
def swapped(cls):
    class New(cls):
        service = "s3"

    return New


@swapped
class Swapped:
    service = "kms"

    def client(self):
        return boto3.client(self.service)  # want unresolved "a decorator that may return another class"; service=kms


class Base:
    service = "iam"

    def client(self):
        return boto3.client(self.service)  # want unresolved "a class is derived from Base with type"; service=iam


class Mixin:
    service = "ses"

    def client(self):
        return boto3.client(self.service)  # want unresolved "a class is derived from Mixin with new_class"; service=ses


Made = type("Made", (Base,), {"service": "s3"})
Mixed = types.new_class("Mixed", bases=(Mixin,), exec_body=lambda names: names.update(service="s3"))
Swapped().client(), Made().client(), Mixed().client()
