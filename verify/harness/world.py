"""A world in which the same call always does the same.

Time stands still but for sleeping, chance is seeded anew for each case, and there
is no network: what botocore sends is written down, and answered from the case.
Must be entered before botocore is imported.
"""

import base64
import datetime
import io
import random
import socket
import threading
import time
import types
import uuid
import zlib

import codec

EPOCH = 1700000000.0
LARGE = 1 << 20  # bytes of a body, past which only its checksum is compared
MOST_REQUESTS = 40  # more than any retry sends, fewer than a loop without end


class World:
    """What a case may see and what it did."""

    def __init__(self):
        self.spent = set()  # quotas that a case has taken from
        self.reset([])

    def reset(self, answers):
        self.now = EPOCH
        self.uuids = 0
        self.answers = list(answers)
        self.server = None  # answers instead, where one answer after the other would not do
        self.did = []
        random.seed(0)
        for quota in self.spent:  # of a client that other cases use too
            quota._available_capacity = quota._max_capacity
        self.spent.clear()

    def __deepcopy__(self, _):
        """What a program copies has the only time.sleep that there is."""
        return self

    def sleep(self, seconds):
        self.now += seconds
        self.did.append({"sleeps": repr(seconds)})

    def uuid4(self):
        self.uuids += 1
        return uuid.UUID(int=self.uuids, version=4)

    def send(self, request):
        from botocore.awsrequest import AWSResponse

        status, headers, body = self.respond(request)
        return AWSResponse(request.url, status, headers, Raw(body))

    def respond(self, request):
        """Writes a request down; returns status, headers and body of what it is answered."""
        self.did.append(_seen(request))
        if len(self.did) > MOST_REQUESTS:
            raise EndlessError(f"more than {MOST_REQUESTS} requests and sleeps")
        answer = self.server(request) if self.server else self._next()
        return answer["status"], answer["headers"], base64.b64decode(answer["body"])

    def _next(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class EndlessError(BaseException):
    """A call that would not end; no retry may catch it."""


class Raw(io.BytesIO):
    """As much of urllib3's response as botocore uses."""

    def stream(self, amt=1 << 16, **_):
        yield from iter(lambda: self.read(amt), b"")


def _seen(request):
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    elif body is not None and not isinstance(body, (str, bytes, bytearray)):
        body = b"".join(body)
    if isinstance(body, (bytes, bytearray)) and len(body) > LARGE:
        body = {"bytes": len(body), "crc32": zlib.crc32(body)}
    elif isinstance(body, (bytes, bytearray)):
        try:
            body = {"utf-8": bytes(body).decode("utf-8")}
        except UnicodeDecodeError:
            body = codec.encode(bytes(body))
    headers = [[_text(k), _text(v)] for k, v in request.headers.items()]
    return {"method": request.method, "url": request.url, "headers": headers, "body": body}


def _text(value):
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


class _Type(type):
    def __instancecheck__(cls, value):
        return isinstance(value, codec.REAL_DATETIME)

    def __subclasscheck__(cls, sub):
        return issubclass(sub, codec.REAL_DATETIME)


def enter():
    """Freezes this process and returns its world."""
    world = World()

    class FrozenDatetime(codec.REAL_DATETIME, metaclass=_Type):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(world.now, tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(world.now, datetime.timezone.utc).replace(tzinfo=None)

    gmtime, localtime = time.gmtime, time.localtime
    datetime.datetime = FrozenDatetime
    time.time = time.monotonic = lambda: world.now
    time.gmtime = lambda seconds=None: gmtime(world.now if seconds is None else seconds)
    time.localtime = lambda seconds=None: localtime(world.now if seconds is None else seconds)
    time.sleep = world.sleep
    uuid.uuid4 = world.uuid4
    socket.socket.connect = socket.socket.connect_ex = _forbidden
    socket.getaddrinfo = socket.create_connection = _forbidden
    return world


def wire(world):
    """Puts the world where botocore's HTTP session was."""
    from botocore.httpsession import URLLib3Session

    URLLib3Session.__init__ = lambda *args, **kwargs: None  # loads certificates
    URLLib3Session.send = lambda _, request: world.send(request)
    URLLib3Session.close = lambda _: None
    try:
        from botocore.retries import bucket, quota
    except ImportError:  # older than the standard and the adaptive mode
        return
    acquire = quota.RetryQuota.acquire

    def noted(self, *args, **kwargs):
        world.spent.add(self)
        return acquire(self, *args, **kwargs)

    quota.RetryQuota.acquire = noted

    class Condition(threading.Condition):
        """Waiting for the time is sleeping: nobody else is there to wake anyone."""

        def wait(self, timeout=None):
            world.sleep(max(timeout, 1e-3))  # less is lost beside the time of day

    bucket.threading = types.SimpleNamespace(Lock=threading.Lock, Condition=Condition)


def _forbidden(*args, **kwargs):
    raise OSError("there is no network in coldcut verify")
