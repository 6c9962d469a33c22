"""What `coldcut trace` puts into an interpreter, under the name sitecustomize.

It records each service whose model is loaded and each operation that is called,
by one append to a file beside it, at the first time that a line does so. Nothing
is kept open and nothing is buffered, so neither a crash, nor fork, nor os._exit
loses any. It never imports botocore: it waits until the program does.

Whatever goes wrong in here must not reach the program.
"""

import os
import sys

__name__ = "coldcut_trace"  # the program may have a sitecustomize of its own

# Taken now, since tests replace what they find in os.
_open, _write, _close = os.open, os.write, os.close
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)

_HERE = os.path.dirname(os.path.abspath(__file__))
_FILE = os.path.join(_HERE, "seen", os.urandom(12).hex())
_LIBRARY = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")
_FAMILY = {"boto3", "botocore", "s3transfer", "aioboto3", "aiobotocore", __name__}

_PLAIN = frozenset(map(chr, range(32, 127))) - {'"', "\\"}

_frame = sys._getframe

_seen = set()  # what is written down: services and operations, with their lines

# What is known of code, by its id: the code itself, so that no other can get that
# id, and the calls in it of which nothing more is to be written.
_known = {}
_FULL = 4096  # for programs that make code all the time
_PASSED_OVER = frozenset()


def _quote(value):
    """JSON, without the cost of importing json into every interpreter."""
    if isinstance(value, int):
        return str(value)
    if _PLAIN.issuperset(value):
        return f'"{value}"'
    data = value.encode("utf-16-be", "surrogatepass")
    units = (high << 8 | low for high, low in zip(data[::2], data[1::2]))
    return '"{}"'.format("".join(chr(u) if chr(u) in _PLAIN else f"\\u{u:04x}" for u in units))


def _append(**record):
    fields = (f"{_quote(name)}:{_quote(value)}" for name, value in sorted(record.items()))
    line = "{{{}}}\n".format(",".join(fields)).encode("ascii")
    handle = _open(_FILE, _APPEND, 0o600)
    try:
        _write(handle, line)
    finally:
        _close(handle)


def _relative(name):
    """The file as an import finds it: below the longest entry of sys.path."""
    if not os.path.isabs(name):
        return name.replace(os.sep, "/")
    best = ""
    for entry in sys.path:
        if isinstance(entry, str):
            root = os.path.join(os.path.abspath(entry), "")
            if name.startswith(root) and len(root) > len(best):
                best = root
    return name[len(best) :].replace(os.sep, "/")


def _passes_over(module, name):
    """Whether a frame says nothing of who calls: boto's, Python's own and ours do not."""
    if module.partition(".")[0] in _FAMILY or name.startswith("<frozen "):
        return True
    path = os.path.abspath(name)
    return path.startswith(_LIBRARY) and "-packages" not in path[len(_LIBRARY) :]


def _judge(frame):
    if len(_known) >= _FULL:
        _known.clear()
    code = frame.f_code
    over = _passes_over(frame.f_globals.get("__name__") or "", code.co_filename)
    known = _known[id(code)] = code, _PASSED_OVER if over else set()
    return known


def _caller(frame):
    """The first frame from this one upwards that is not passed over."""
    while frame is not None:
        known = _known.get(id(frame.f_code)) or _judge(frame)
        if known[1] is not _PASSED_OVER:
            return frame
        frame = frame.f_back
    return None


def _record(service, operation, frame):
    """Records what this frame does, or one above, at the first time."""
    try:
        caller = _caller(frame)
        if caller is None:
            key = service, operation
        else:
            key = service, operation, caller.f_code.co_filename, caller.f_lineno
        if key not in _seen:
            _write_down(service, operation, caller)
            _seen.add(key)
        if caller is frame is not None:
            _known[id(frame.f_code)][1].add((frame.f_lasti, operation, service))
    except Exception:
        pass


def _write_down(service, operation, caller):
    record = {"service": service, "operation": operation}
    if caller is not None and caller.f_lineno:
        record["file"] = _relative(caller.f_code.co_filename)
        record["line"] = caller.f_lineno
    if not operation:
        for name in ("boto3", "botocore", "aioboto3", "aiobotocore"):
            version = getattr(sys.modules.get(name), "__version__", None)
            if isinstance(version, str):
                record[name] = version
    _append(**record)


# What each call runs through is written out, for speed.


def _method(original, service, operation):
    def api_call(self, *args, **kwargs):
        try:
            frame = _frame(1)
            if (frame.f_lasti, operation, service) not in _known[id(frame.f_code)][1]:
                _record(service, operation, frame)
        except (KeyError, ValueError):  # code seen for the first time, or a bare thread
            _record(service, operation, _frame())
        return original(self, *args, **kwargs)

    return _disguise(api_call, original)


# Each class of clients gets a _make_api_call of its own, for calls that go around
# its methods, which have recorded them. Tests replace that of BaseClient, so the
# hook cannot live there.


def _make_api_call(original):
    owners = {}

    def make_api_call(self, *args, **kwargs):
        if not _from_method():
            _direct(self, args, kwargs)
        return _below(self, owners, make_api_call, original)(*args, **kwargs)

    return _disguise(make_api_call, original)


def _make_api_call_async(original):
    owners = {}

    async def make_api_call(self, *args, **kwargs):
        if not _from_method():
            _direct(self, args, kwargs)
        return await _below(self, owners, make_api_call, original)(*args, **kwargs)

    return _disguise(make_api_call, original)


def _from_method():
    try:
        return _frame(2).f_globals.get("__name__") == "botocore.client"
    except ValueError:
        return False


def _below(client, owners, ours, original):
    """The _make_api_call that ours hides: that of a mixin, of BaseClient, or of a test."""
    cls = type(client)
    owner = owners.get(cls)
    if owner is None:
        for owner in cls.__mro__:
            if owner.__dict__.get("_make_api_call") is ours:
                owners[cls] = owner
                break
        else:
            return original.__get__(client)
    return super(owner, client)._make_api_call


def _direct(client, args, kwargs):
    try:
        name = args[0] if args else kwargs["operation_name"]
        if name in client.meta.service_model.operation_names:
            _record(client.meta.service_model.service_name, name, _frame())
    except Exception:
        pass  # botocore will say what is wrong with it


def _instrument(methods, service_model, xform_name, direct, original):
    service = service_model.service_name
    _record(service, "", _frame())
    for operation in service_model.operation_names:
        name = xform_name(operation)
        if name in methods:
            methods[name] = _method(methods[name], service, operation)
    methods["_make_api_call"] = direct(original)


def _patch_creator(creator, xform_name, direct, original):
    # The asynchronous creator inherits what the other got here.
    create_methods = vars(creator).get("_create_methods") or creator._create_methods.__wrapped__

    def _create_methods(self, service_model):
        methods = create_methods(self, service_model)
        try:
            _instrument(methods, service_model, xform_name, direct, original)
        except Exception:
            pass
        return methods

    creator._create_methods = _disguise(_create_methods, create_methods)


def _patch_client(module):
    call = module.BaseClient._make_api_call
    _patch_creator(module.ClientCreator, module.xform_name, _make_api_call, call)


def _patch_async_client(module):
    from botocore import xform_name  # aiobotocore has imported it

    call = module.AioBaseClient._make_api_call
    _patch_creator(module.AioClientCreator, xform_name, _make_api_call_async, call)


def _patch_loaders(module):
    load = module.Loader.load_service_model

    def load_service_model(self, service_name, type_name, api_version=None):
        model = load(self, service_name, type_name, api_version)
        if type_name == "service-2":
            _record(service_name, "", _frame())
        return model

    module.Loader.load_service_model = _disguise(load_service_model, load)


def _presigns(client, method):
    try:
        _record(client.meta.service_model.service_name, client._PY_TO_OP_NAME[method], _frame())
    except Exception:
        pass  # botocore will say what is wrong with it


def _posts(client):
    # The operation to whose endpoint botocore.signers.generate_presigned_post signs.
    _presigns(client, "create_bucket")


def _patch_signers(module):
    url, post = module.generate_presigned_url, module.generate_presigned_post

    def generate_presigned_url(self, ClientMethod, *args, **kwargs):
        _presigns(self, ClientMethod)
        return url(self, ClientMethod, *args, **kwargs)

    def generate_presigned_post(self, *args, **kwargs):
        _posts(self)
        return post(self, *args, **kwargs)

    module.generate_presigned_url = _disguise(generate_presigned_url, url)
    module.generate_presigned_post = _disguise(generate_presigned_post, post)


def _patch_async_signers(module):
    url, post = module.generate_presigned_url, module.generate_presigned_post

    async def generate_presigned_url(self, ClientMethod, *args, **kwargs):
        _presigns(self, ClientMethod)
        return await url(self, ClientMethod, *args, **kwargs)

    async def generate_presigned_post(self, *args, **kwargs):
        _posts(self)
        return await post(self, *args, **kwargs)

    module.generate_presigned_url = _disguise(generate_presigned_url, url)
    module.generate_presigned_post = _disguise(generate_presigned_post, post)


_PATCHES = {
    "botocore.client": _patch_client,
    "botocore.loaders": _patch_loaders,
    "botocore.signers": _patch_signers,
    "aiobotocore.client": _patch_async_client,
    "aiobotocore.signers": _patch_async_signers,
}


def _patch(module):
    global _disguise  # not at the top: a program that has no boto may do without
    from functools import update_wrapper as _disguise

    try:
        _PATCHES[module.__name__](module)
    except Exception as e:
        # A boto that is made otherwise. The trace must not pass for a whole one.
        _append(failed=f"{module.__name__}: {type(e).__name__}: {e}")


class _Loader:
    """Loads a module as its own loader does, then patches it."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _patch(module)


class _LegacyLoader:
    """The same for the loaders of Python 3.9 and before that cannot exec, as of zips."""

    def __init__(self, spec):
        self._spec, self._loader = spec, spec.loader

    def load_module(self, name):
        self._spec.loader = self._loader
        module = self._loader.load_module(name)
        _patch(module)
        return module


class _Finder:
    """Asks the other finders for the modules that are to be patched."""

    def find_spec(self, name, path=None, target=None):
        if name not in _PATCHES:
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not self else None
            if spec is None:
                continue
            if hasattr(spec.loader, "exec_module"):
                spec.loader = _Loader(spec.loader)
            elif spec.loader is not None:
                spec.loader = _LegacyLoader(spec)
            return spec
        return None


def _start():
    _append(python=".".join(map(str, sys.version_info[:3])))
    sys.meta_path.insert(0, _Finder())
    for name in _PATCHES:  # a .pth file may have imported boto
        if name in sys.modules:
            _patch(sys.modules[name])


def _leave():
    """Makes it look as if this had never been on the path."""
    sys.path[:] = [entry for entry in sys.path if entry != _HERE]
    sys.path_importer_cache.pop(_HERE, None)
    sys.modules.pop("sitecustomize", None)


try:
    _start()
except Exception:
    pass
_leave()

# The program's own sitecustomize takes this one's place. Where there is none, the
# error is the one that Python's site expects then.
import sitecustomize  # noqa: F401
