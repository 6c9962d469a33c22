# Decorators of the sources that hand on what they are given and return what comes
# back: the function has its own callers and results.
import functools
import logging
import threading

import boto3

log = logging.getLogger(__name__)


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        log.info("%s", function.__name__, extra=dict(**kwargs))
        result = function(*args, **kwargs)
        return result

    return wrapper


def retried(times):
    def decorator(function):
        def wrapper(self, *args, **kwargs):
            for _ in range(times):
                if kwargs.get("quick"):
                    return None
                try:
                    return function(self, *args, **kwargs)
                except ValueError:
                    pass

        return wrapper

    return decorator


def registered(function):
    return function


@registered
@logged
def make(service):
    return boto3.client(service)  # want service=s3


class Jobs:
    @retried(times=3)
    def start(self, service):
        return boto3.client(service)  # want service=batch


make("s3").list_buckets()  # want service=s3 op=ListBuckets
Jobs().start("batch").submit_job()  # want service=batch op=SubmitJob


# One step harder: the wrapper changes what it hands on, or returns something else, or
# the function is kept for somebody else to call.
def renames(function):
    def wrapper(*args, **kwargs):
        kwargs["service"] = kwargs["service"].lower()
        return function(*args, **kwargs)

    return wrapper


def rebinds(function):
    def wrapper(*args, **kwargs):
        args = ("sqs",)
        return function(*args, **kwargs)

    return wrapper


def adds(function):
    def wrapper(*args, **kwargs):
        return function("sns", *args, **kwargs)

    return wrapper


def later(function):
    def wrapper(*args, **kwargs):
        threading.Thread(target=function, args=("ses",)).start()
        return function(*args, **kwargs)

    return wrapper


KEPT = []


def keeps(function):
    KEPT.append(function)
    return function


def empties(function):
    def wrapper(*args, **kwargs):
        log.info("%s", kwargs)
        return function(*args, **kwargs)

    return wrapper


@renames
def renamed(service):
    return boto3.client(service)  # want unresolved "decorator"; service=kms


@rebinds
def rebound(service):
    return boto3.client(service)  # want unresolved "decorator"; service=kms


@adds
def added(service):
    return boto3.client(service)  # want unresolved "decorator"; service=kms


@later
def delayed(service):
    return boto3.client(service)  # want unresolved "decorator"; service=kms


@keeps
def kept(service):
    return boto3.client(service)  # want unresolved "decorator"; service=kms


@empties
def emptied(service):
    return boto3.client(service)  # want unresolved "decorator"; service=kms


renamed(service="kms")
rebound("kms")
added("kms")
delayed("kms")
kept("kms")
emptied("kms")
