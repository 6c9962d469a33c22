"""The part of the hook that patches botocore, run in the namespace of sitecustomize.py
when a program imports that."""

_LIBRARY = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")
_FAMILY = {"boto3", "botocore", "s3transfer", "aioboto3", "aiobotocore", __name__}
_PLAIN = frozenset(map(chr, range(32, 127))) - {'"', "\\"}
_FULL = 4096  # codes to remember, for programs that make code all the time
_PASSED_OVER = frozenset()

_frame = sys._getframe


def _rarely(name, *args):
    """Calls what few programs need, and what therefore is not compiled for the others."""
    try:
        _need("rare")
        return globals()[name](*args)
    except Exception as e:
        return _fail(name, e)


def _quote(value):
    """JSON, without the cost of importing json into every interpreter."""
    if isinstance(value, int):
        return str(value)
    return f'"{value}"' if _PLAIN.issuperset(value) else _rarely("_escape", value)


def _judge(frame):
    """Whether a frame says nothing of who calls: boto's, Python's own and ours do not."""
    if len(_known) >= _FULL:
        _known.clear()
    code = frame.f_code
    name = code.co_filename
    over = name.startswith("<frozen ")
    if not over:
        module = (frame.f_globals.get("__name__") or "").partition(".")[0]
        path = os.path.abspath(name)
        ours = path.startswith(_LIBRARY) and "-packages" not in path[len(_LIBRARY) :]
        over = ours or module in _FAMILY
    known = _known[id(code)] = code, _PASSED_OVER if over else set()
    return known


def _record(service, operation, frame):
    """Records what this frame does, or the first above that is not passed over, once."""
    try:
        caller = frame
        while caller is not None:
            known = _known.get(id(caller.f_code)) or _judge(caller)
            if known[1] is not _PASSED_OVER:
                break
            caller = caller.f_back
        if caller is None:
            key = service, operation
        else:
            key = service, operation, caller.f_code.co_filename, caller.f_lineno
        if key not in _seen:
            _write_down(service, operation, caller)
            _seen.add(key)
        if caller is frame is not None:
            known[1].add((frame.f_lasti, operation, service))
    except Exception:
        pass


def _write_down(service, operation, caller):
    record = {"service": service, "operation": operation}
    if caller is not None and caller.f_lineno:
        name = caller.f_code.co_filename
        best = ""  # the longest entry of sys.path above the file, as an import finds it
        for entry in sys.path if os.path.isabs(name) else ():
            if isinstance(entry, str):
                root = os.path.join(os.path.abspath(entry), "")
                if name.startswith(root) and len(root) > len(best):
                    best = root
        record["file"] = name[len(best) :].replace(os.sep, "/")
        record["line"] = caller.f_lineno
    if not operation:
        for name in ("boto3", "botocore", "aioboto3", "aiobotocore"):
            version = getattr(sys.modules.get(name), "__version__", None)
            if isinstance(version, str):
                record[name] = version
    fields = (f"{_quote(name)}:{_quote(value)}" for name, value in sorted(record.items()))
    _append("{" + ",".join(fields) + "}")


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
            _rarely("_direct", self, args, kwargs, _frame())
        owner = owners.get(type(self)) or _owner(self, owners, make_api_call)
        below = super(owner, self)._make_api_call if owner else original.__get__(self)
        return below(*args, **kwargs)

    return _disguise(make_api_call, original)


def _from_method():
    try:
        return _frame(2).f_globals.get("__name__") == "botocore.client"
    except ValueError:
        return False


def _owner(client, owners, ours):
    """The class whose _make_api_call is ours: what it hides lies above. That may be a
    mixin's, BaseClient's, or a test's."""
    for owner in type(client).__mro__:
        if owner.__dict__.get("_make_api_call") is ours:
            owners[type(client)] = owner
            return owner
    return None


def _patch_creator(creator, xform_name, direct, original):
    # The asynchronous creator inherits what the other got here.
    create_methods = vars(creator).get("_create_methods") or creator._create_methods.__wrapped__

    def _create_methods(self, service_model):
        methods = create_methods(self, service_model)
        try:
            service = service_model.service_name
            _record(service, "", _frame())
            for operation in service_model.operation_names:
                name = xform_name(operation)
                if name in methods:
                    methods[name] = _method(methods[name], service, operation)
            methods["_make_api_call"] = direct(original)
        except Exception:
            pass
        return methods

    creator._create_methods = _disguise(_create_methods, create_methods)


def _patch_client(module):
    call = module.BaseClient._make_api_call
    _patch_creator(module.ClientCreator, module.xform_name, _make_api_call, call)


def _patch_loaders(module):
    load = module.Loader.load_service_model

    def load_service_model(self, service_name, type_name, api_version=None):
        model = load(self, service_name, type_name, api_version)
        if type_name == "service-2":
            _record(service_name, "", _frame())
        return model

    module.Loader.load_service_model = _disguise(load_service_model, load)


def _presigner(original):
    def presign(self, *args, **kwargs):
        _rarely("_presigns", original.__name__, self, args, kwargs, _frame())
        return original(self, *args, **kwargs)

    return _disguise(presign, original)


def _patch_signers(module, presigner=_presigner):
    module.generate_presigned_url = presigner(module.generate_presigned_url)
    module.generate_presigned_post = presigner(module.generate_presigned_post)


def _patch(module):
    global _disguise  # not at the top: a program that has no boto may do without
    from functools import update_wrapper as _disguise

    name = module.__name__
    try:
        package, _, which = name.partition(".")
        if package == "aiobotocore":
            which = "async_" + which
            _need("rare")
        globals()["_patch_" + which](module)
    except Exception as e:
        _fail(name, e)  # a boto that is made otherwise


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


def _find(ours, name, path, target):
    for finder in list(sys.meta_path):
        find = getattr(finder, "find_spec", None)
        spec = find(name, path, target) if find and finder is not ours else None
        if spec is None:
            continue
        if hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader)
        elif spec.loader is not None:
            spec.loader = _rarely("_LegacyLoader", spec) or spec.loader
        return spec
    return None
