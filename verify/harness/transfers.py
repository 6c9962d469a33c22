"""S3 transfers: boto3's uploads, downloads and copies, whole and in parts.

They are answered by a small S3 that knows one object. Everything happens in one
thread, so that requests come in one order.
"""

import base64
import io
import os

import answers
import codec
import dimension
import values

BUCKET, KEY = "bucket", "a key"
LEAST_PART = 5 << 20  # s3transfer makes no smaller parts of an upload or a copy
PATTERN = b"0123456789abcdef"
SMALL = {"multipart_threshold": 16, "multipart_chunksize": 8, "num_download_attempts": 2}
NEEDS = {  # what each asks for, whatever is transferred
    ("upload", "one"): ("PutObject",),
    ("upload", "parts"): (
        "CreateMultipartUpload",
        "AbortMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
    ),
    ("download", "one"): ("HeadObject", "GetObject"),
    ("download", "parts"): ("HeadObject", "GetObject"),
    ("copy", "one"): ("HeadObject", "CopyObject"),
    ("copy", "parts"): (
        "HeadObject",
        "CreateMultipartUpload",
        "AbortMultipartUpload",
        "UploadPartCopy",
        "CompleteMultipartUpload",
    ),
}
FAMILIES = {
    "upload": ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"),
    "download": ("GetObject", "HeadObject"),
    "copy": ("CopyObject", "CreateMultipartUpload", "UploadPartCopy", "HeadObject"),
}
OPERATIONS = {  # each case belongs to one
    ("upload", "one"): "PutObject",
    ("upload", "parts"): "CreateMultipartUpload",
    ("download", "one"): "GetObject",
    ("download", "parts"): "GetObject",  # by ranges
    ("copy", "one"): "CopyObject",
    ("copy", "parts"): "UploadPartCopy",
}
METHODS = ("upload_file", "upload_fileobj", "download_file", "download_fileobj", "copy")
# What goes wrong where. The later parts show that what was begun is given up.
BREAKS = {
    ("upload", "one"): (("PutObject", 1, "denied"), ("PutObject", 1, "slow down")),
    ("upload", "parts"): (
        ("CreateMultipartUpload", 1, "denied"),
        ("UploadPart", 2, "denied"),
        ("CompleteMultipartUpload", 1, "denied"),
    ),
    ("download", "one"): (
        ("HeadObject", 1, "missing"),
        ("GetObject", 1, "denied"),
        ("GetObject", 1, "cut off"),
    ),
    ("download", "parts"): (("GetObject", 2, "denied"), ("GetObject", 2, "cut off")),
    ("copy", "one"): (("CopyObject", 1, "denied"), ("HeadObject", 1, "missing")),
    ("copy", "parts"): (("UploadPartCopy", 2, "denied"), ("UploadPartCopy", 2, "slow down")),
}
STATUS = {"denied": 403, "missing": 404, "slow down": 503, "cut off": 206}


def made(watcher, request):
    """Yields the cases of transfers."""
    model = watcher.session.get_service_model(request["service"])
    for method in METHODS:
        family = method.partition("_")[0]
        for how in ("one", "parts"):
            cases = Cases(watcher, model, method, family, how)
            needs = set(NEEDS[family, how])
            if needs & watcher.gone or needs - set(model.operation_names):
                yield cases.case("gone")  # each other one would end the same
                continue
            yield from cases.all()


class Cases:
    """Makes the cases of one method, whole or in parts."""

    def __init__(self, watcher, model, method, family, how):
        self.model, self.seed = model, watcher.seed
        self.method, self.family, self.how = method, family, how
        self.resources = not watcher.clients_only
        self.operation = OPERATIONS[family, how]

    def case(self, name, **more):
        return {
            "service": self.model.service_name,
            "operation": self.operation,
            "case": f"transfer/{self.method}/{self.how}/{name}",
            "do": "transfers.transfer",
            "on": "client",
            "method": self.method,
            "size": self._size(),
            "extra": {},
            **more,
        }

    def _size(self):
        if self.how == "one":
            return 11
        return 40 if self.family == "download" else LEAST_PART + 11

    def all(self):
        yield self.case("client", returns=True, sends=True)
        for on in ("Bucket", "Object") if self.resources else ():
            yield self.case(on, on=on, returns=True, sends=True)
        if self.method in ("upload_file", "download_file"):
            yield self.case("S3Transfer", on="S3Transfer", returns=True, sends=True)
        if self.method.endswith("fileobj"):
            yield self.case("stream", seekable=False, returns=True, sends=True)
        if self.how == "one":
            yield self.case("empty", size=0, returns=True, sends=True)
        for operation, at, what in BREAKS[self.family, self.how]:
            broken = {"operation": operation, "at": at, "what": what}
            yield self.case(f"{what}/{operation}", breaks=broken, sends=True)
        if not self.method.endswith("fileobj"):
            yield from self._extras()

    def _extras(self):
        """Each argument that is passed on; in parts, where one is dear, all together."""
        every = self._known()
        allowed = [n for n in self._allowed() if n in every]
        if self.how == "one":
            for name in allowed:
                extra = codec.encode({name: every[name]})
                yield self.case("extra/" + name, extra=extra, sends=True)
        both = {n: every[n] for n in allowed if "Checksum" not in n and n != "MpuObjectSize"}
        yield self.case("extra", extra=codec.encode(both), sends=True)
        yield self.case("extra/unknown", extra={"NoSuchArgument": "x"})

    def _allowed(self):
        from boto3.s3.transfer import S3Transfer
        from s3transfer.manager import TransferManager

        name = f"ALLOWED_{self.family.upper()}_ARGS"
        return getattr(TransferManager, name, getattr(S3Transfer, name, []))

    def _known(self):
        """A value for each argument that an operation of the family has."""
        every = {}
        for name in reversed(FAMILIES[self.family]):
            if name not in self.model.operation_names:
                continue
            known = dimension.Known(self.model.operation_model(name), self.seed, False)
            every.update(known.parameters("transfer", values.EVERYTHING, ("Body",)))
        return every


class Store:
    """An S3 with one object. It answers an operation as its case says."""

    def __init__(self, watcher, case):
        self.watcher = watcher
        self.size = case["size"]
        self.breaks = case.get("breaks", {})
        self.count = {}

    def __call__(self, request):
        operation = self.watcher.calling
        at = self.count[operation] = self.count.get(operation, 0) + 1
        broken = self.breaks.get("operation") == operation and self.breaks["at"] == at
        what = self.breaks["what"] if broken else ""
        if what and what != "cut off":
            return _error(what)
        answer = getattr(self, "_" + operation, self._anything)(request)
        if what:
            answer["body"] = base64.b64encode(content(2)).decode("ascii")
        return answer

    def _HeadObject(self, _):
        return answers.raw(200, b"", {**_TAG, "Content-Length": str(self.size)})

    def _GetObject(self, request):
        data, range_ = content(self.size), _text(request.headers.get("Range"))
        if not range_:
            return answers.raw(200, data, _TAG)
        first, _, last = range_.rpartition("=")[2].partition("-")
        part = data[int(first) : int(last) + 1 if last else None]
        where = f"bytes {first}-{int(first) + len(part) - 1}/{self.size}"
        return answers.raw(206, part, {**_TAG, "Content-Range": where})

    def _CreateMultipartUpload(self, _):
        return _xml("InitiateMultipartUploadResult", "<UploadId>upload</UploadId>")

    def _CopyObject(self, _):
        return _xml("CopyObjectResult", '<ETag>"tag"</ETag>')

    def _UploadPartCopy(self, _):
        return _xml("CopyPartResult", f'<ETag>"tag-{self.count["UploadPartCopy"]}"</ETag>')

    def _UploadPart(self, _):
        return answers.raw(200, b"", {"ETag": f'"tag-{self.count["UploadPart"]}"'})

    def _CompleteMultipartUpload(self, _):
        return _xml("CompleteMultipartUploadResult", '<ETag>"whole"</ETag>')

    def _AbortMultipartUpload(self, _):
        return answers.raw(204)

    def _anything(self, _):
        return answers.raw(200, b"", _TAG)


_TAG = {"ETag": '"tag"'}


def _text(value):
    return value.decode("ascii") if isinstance(value, bytes) else value


def _xml(name, inside):
    return answers.raw(200, f'<{name} xmlns="http://example/">{inside}</{name}>'.encode())


def _error(what):
    code = {"denied": "AccessDenied", "missing": "NoSuchKey", "slow down": "SlowDown"}[what]
    body = f"<Error><Code>{code}</Code><Message>because</Message></Error>"
    return answers.raw(STATUS[what], body.encode())


def content(size):
    """What is sent and stored: so many bytes."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


class Stream(io.RawIOBase):
    """A file that cannot go back."""

    def __init__(self, data=None):
        super().__init__()
        self.inside = io.BytesIO(data if data is not None else b"")
        self.reads = data is not None

    def readable(self):
        return self.reads

    def writable(self):
        return not self.reads

    def seekable(self):
        return False

    def read(self, size=-1):
        return self.inside.read(size)

    def write(self, data):
        return self.inside.write(data)


def do_transfer(watcher, case, _):
    """Transfers, and tells of what came, what was reported and which files are left."""
    on_client = case["on"] in ("client", "S3Transfer")
    made = (dimension.client if on_client else dimension.resource)(watcher, case["service"])
    watcher.used = made if on_client else made.meta.client
    watcher.world.server = Store(watcher, case)
    progress = []
    ends = Ends(case)
    try:
        _transfer(case, made, ends, progress.append)
        came = _digest(ends.came())
        return {"came": came, "progress": [len(progress), sum(progress)], "left": ends.left()}
    finally:
        ends.clear()


def _transfer(case, made, ends, callback):
    extra, on = codec.decode(case["extra"]), case["on"]
    if on == "S3Transfer":
        from boto3.s3.transfer import S3Transfer

        with S3Transfer(made, _config()) as transfer:
            if case["method"] == "upload_file":
                transfer.upload_file(ends.name, BUCKET, KEY, callback, extra)
            else:
                transfer.download_file(BUCKET, KEY, ends.name, extra, callback)
        return
    if on == "client":
        of, where = made, {"Bucket": BUCKET, "Key": KEY}
    elif on == "Bucket":  # a resource's method calls the client's
        of, where = made.Bucket(BUCKET), {"Key": KEY}
    else:
        of, where = made.Object(BUCKET, KEY), {}
    getattr(of, case["method"])(
        **where, **ends.argument(), ExtraArgs=extra, Callback=callback, Config=_config()
    )


def _config():
    from boto3.s3.transfer import TransferConfig

    about = {**SMALL, "use_threads": False}
    try:
        return TransferConfig(preferred_transfer_client="classic", **about)
    except TypeError:  # older than the choice
        return TransferConfig(**about)


class Ends:
    """The local end of a transfer: a file in the folder of this process, or an object."""

    def __init__(self, case):
        self.method, self.name, self.object = case["method"], "transferred", None
        data = content(case["size"]) if case["method"].startswith("upload") else b""
        seekable = case.get("seekable", True)
        if self.method == "upload_file":
            with open(self.name, "wb") as file:
                file.write(data)
        elif self.method == "upload_fileobj":
            self.object = io.BytesIO(data) if seekable else Stream(data)
        elif self.method == "download_fileobj":
            self.object = io.BytesIO() if seekable else Stream()

    def argument(self):
        if self.method == "copy":
            return {"CopySource": {"Bucket": "source", "Key": "the other"}}
        if self.object is not None:
            return {"Fileobj": self.object}
        return {"Filename": self.name}

    def came(self):
        """What was downloaded, or None."""
        if self.method == "download_fileobj":
            return getattr(self.object, "inside", self.object).getvalue()
        if self.method != "download_file":
            return None
        with open(self.name, "rb") as file:
            return file.read()

    def left(self):
        return sorted(n for n in os.listdir(".") if n.startswith(self.name))

    def clear(self):
        for name in self.left():
            os.remove(name)


def _digest(data):
    return data if data is None else [len(data), data[:64]]
