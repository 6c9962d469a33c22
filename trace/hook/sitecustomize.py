"""What `coldcut trace` puts into an interpreter.

It records each service whose model is loaded and each operation that is called,
by one append to a file beside it, at the first time that a line does so. Nothing
is kept open and nothing is buffered, so neither a crash, nor fork, nor os._exit
loses any. It never imports botocore: it waits until the program does, and then
runs boto.py in here. That it is not part of this file spares every other Python
the most of what the hook costs, which is that it is compiled.

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

# The modules that are patched.
_WATCHED = {
    "botocore.client",
    "botocore.loaders",
    "botocore.signers",
    "aiobotocore.client",
    "aiobotocore.signers",
}

_parts = set()  # those that have run

_seen = set()  # what is written down: services and operations, with their lines

# What is known of code, by its id: the code itself, so that no other can get that
# id, and the calls in it of which nothing more is to be written.
_known = {}


def _append(line):
    handle = _open(_FILE, _APPEND, 0o600)
    try:
        _write(handle, line.encode("ascii") + b"\n")
    finally:
        _close(handle)


def _fail(name, error):
    """The trace must not pass for a whole one. Where the command has ended, and its
    folder is gone, there is none."""
    try:
        reason = f"{name}: {type(error).__name__}: {error}"
        plain = "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in reason)
        _append('{"failed":"' + plain + '"}')
    except Exception:
        pass


def _need(part):
    """Runs a part of the hook in here, unless it has run."""
    if part not in _parts:
        # As an import would, so that the command's other Pythons find its bytecode.
        loader = type(__loader__)(__name__, os.path.join(_HERE, part + ".py"))
        exec(loader.get_code(__name__), globals())  # noqa: S102
        _parts.add(part)


class _Finder:
    """Asks the other finders for the modules that are to be patched."""

    def find_spec(self, name, path=None, target=None):
        if name not in _WATCHED:
            return None
        try:
            _need("boto")
        except Exception as e:
            _fail(name, e)
            return None
        return _find(self, name, path, target)


def _start():
    _append('{{"python":"{}.{}.{}"}}'.format(*sys.version_info))
    sys.meta_path.insert(0, _Finder())
    for name in _WATCHED:  # a .pth file may have imported boto
        if name in sys.modules:
            _need("boto")
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
