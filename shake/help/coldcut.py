"""Added by coldcut: what it removed from this package, and how to keep it.

botocore/client.py imports this when an error is about to be raised, and not before.
"""

import json
import logging
import os
import sys

from botocore import client as clients
from botocore import exceptions, loaders, model, xform_name

_ROOT = os.path.dirname(os.path.abspath(__file__))
_cache = {}

with open(os.path.join(_ROOT, 'data', '_coldcut.json')) as _file:
    _removed = json.load(_file)


def explain(error, name, owner, asked):
    """Adds to the error that what was asked for was removed, if it was."""
    if isinstance(error, exceptions.UnknownServiceError):
        _explain_resources()
        _explain_service(error, error.kwargs['service_name'], 'services')
        return
    if isinstance(error, exceptions.UnknownClientMethodError):
        owner, asked = _presigner(), (error.kwargs['method_name'],)
    if isinstance(owner, clients.BaseClient):
        owner = vars(owner)['meta'].service_model
    if isinstance(owner, model.ServiceModel):
        known = _names(name, owner.service_name, owner.metadata.get('apiVersion', ''))
        for value in asked:
            if isinstance(value, str) and value in known:
                operation, service = known[value], owner.service_name
                _say(error, operation + ' of ' + service, service + ':' + operation)


def _say(error, what, keep):
    text = str(error.args[0])
    hint = 'coldcut removed {} from this package: keep it with --keep {}, or keep = ["{}"] under [tool.coldcut] in pyproject.toml'
    hint = hint.format(what, keep, keep)
    if hint not in text:
        end = '' if text.endswith('\n') else '. '
        error.args = (text + end + hint,) + error.args[1:]


def _explain_service(error, service, kind):
    if service in _removed.get(kind, '').split():
        _say(error, service, service)


def _names(method, service, version):
    """The names that a method of a client was given, before the cut, for operations."""
    kind = method if method in ('get_waiter', 'operation_model') else 'methods'
    key = kind, service, version
    if key not in _cache:
        operations = [
            name
            for group in _removed['operations'].get(service, ())
            if version in group['versions'].split() or not group['versions']
            for name in group['names'].split()
        ]
        if kind == 'operation_model':
            known = dict((name, name) for name in operations)
        elif kind == 'methods':
            known = dict((xform_name(name), name) for name in operations)
        else:
            waiters = _removed['waiters'].get(service, {}).items()
            known = dict((xform_name(name), o) for name, o in waiters if o in operations)
        _cache[key] = known
    return _cache[key]


def _presigner():
    """The client that is asked to presign. The error does not know it, its caller does."""
    frame = sys._getframe()
    while frame is not None:
        owner = frame.f_locals.get('self')
        if isinstance(owner, clients.BaseClient):
            return owner
        frame = frame.f_back
    return None


def runtime(service):
    """What reads the models of a removed service in another botocore on sys.path, that of
    the Lambda runtime; None where there is none, or where the service was not removed.

    The package's own models are never read from there, nor are newer versions of them.
    """
    if service not in _removed['services'].split():
        return None
    key = 'runtime', service
    if key not in _cache:
        _cache[key] = _runtime(service)
    return _cache[key]


def _runtime(service):
    own = os.path.realpath(os.path.join(_ROOT, 'data'))
    for entry in sys.path:
        data = os.path.join(entry or os.curdir, 'botocore', 'data')
        if os.path.isdir(os.path.join(data, service)) and os.path.realpath(data) != own:
            resources = os.path.join(entry or os.curdir, 'boto3', 'data')
            _warn(service, data)
            return loaders.Loader(
                extra_search_paths=[data, resources], include_default_search_paths=False
            )
    return None


def _warn(service, data):
    logging.getLogger('coldcut').warning(
        'coldcut: the service %s was removed from this package and is taken from %s: keep it with --keep %s',
        service,
        data,
        service,
    )


def _explain_resources():
    """boto3 raises an error of its own after UnknownServiceError, so this is early enough."""
    if 'resources' in _cache or 'boto3' not in sys.modules:
        return
    try:  # boto3 may not have imported it yet
        from boto3.exceptions import ResourceNotExistsError as error
    except ImportError:
        return
    _cache['resources'] = init = error.__init__

    def __init__(self, service_name, *args, **kwargs):
        init(self, service_name, *args, **kwargs)
        try:
            _explain_service(self, service_name, 'resources')
        except Exception:
            pass  # the error itself matters more

    error.__init__ = __init__
