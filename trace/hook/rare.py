"""The part of the hook that few programs need, run in the namespace of sitecustomize.py."""


def _escape(value):
    """A text in JSON that is not plain ASCII."""
    data = value.encode("utf-16-be", "surrogatepass")
    units = (high << 8 | low for high, low in zip(data[::2], data[1::2]))
    return '"{}"'.format("".join(chr(u) if chr(u) in _PLAIN else f"\\u{u:04x}" for u in units))


def _direct(client, args, kwargs, frame):
    """Records a call of _make_api_call."""
    try:
        name = args[0] if args else kwargs["operation_name"]
        if name in client.meta.service_model.operation_names:
            _record(client.meta.service_model.service_name, name, frame)
    except Exception:
        pass  # botocore will say what is wrong with it


def _presigns(function, client, args, kwargs, frame):
    try:
        # The operation to whose endpoint botocore.signers.generate_presigned_post signs.
        method = "create_bucket"
        if function == "generate_presigned_url":
            method = args[0] if args else kwargs["ClientMethod"]
        operation = client._PY_TO_OP_NAME[method]
        _record(client.meta.service_model.service_name, operation, frame)
    except Exception:
        pass  # botocore will say what is wrong with it


def _make_api_call_async(original):
    owners = {}

    async def make_api_call(self, *args, **kwargs):
        if not _from_method():
            _direct(self, args, kwargs, _frame())
        owner = owners.get(type(self)) or _owner(self, owners, make_api_call)
        below = super(owner, self)._make_api_call if owner else original.__get__(self)
        return await below(*args, **kwargs)

    return _disguise(make_api_call, original)


def _presigner_async(original):
    async def presign(self, *args, **kwargs):
        _presigns(original.__name__, self, args, kwargs, _frame())
        return await original(self, *args, **kwargs)

    return _disguise(presign, original)


def _patch_async_client(module):
    from botocore import xform_name  # aiobotocore has imported it

    call = module.AioBaseClient._make_api_call
    _patch_creator(module.AioClientCreator, xform_name, _make_api_call_async, call)


def _patch_async_signers(module):
    _patch_signers(module, _presigner_async)


class _LegacyLoader:
    """What _Loader is, for the loaders of Python 3.9 and before that cannot exec, as of zips."""

    def __init__(self, spec):
        self._spec, self._loader = spec, spec.loader

    def load_module(self, name):
        self._spec.loader = self._loader
        module = self._loader.load_module(name)
        _patch(module)
        return module
