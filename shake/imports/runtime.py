# Added by coldcut: imports of the boto family that are done when they are needed.
#
# A module whose imports were deferred has one Names. Its names stay globals of the
# module: they are filled in by whoever needs them first, a function of the module
# through a guard, (_coldcut_1 and _coldcut_1() or NAME), or other modules through
# the module's __getattr__ (PEP 562). What is there already is never overwritten.
import sys

# Before 3.7 a module has no __getattr__, so that everything is done at once.
_DEFERS = sys.version_info >= (3, 7)
_Module = type(sys)
# Bindings that wait for a module that is not loaded, by its name.
_waiting = {}


class Names(object):
    """The deferred names of one module."""

    __slots__ = ("space", "pending", "below", "former")

    def __init__(self, space):
        self.space = space
        self.pending = {}
        self.below = ()
        self.former = space.get("__getattr__")
        if _DEFERS:
            space["__getattr__"] = self.get
            space.setdefault("__dir__", self.dir)

    def submodules(self, names):
        """Names submodules that are imported when they are asked for."""
        if _DEFERS:
            self.below = frozenset(names.split())
        else:
            for name in names.split():
                __import__(self.space["__name__"] + "." + name)

    def loggers(self, names):
        """Makes loggers that deferred modules make: who configures logging disables
        those that there are."""
        import logging

        for name in names.split():
            logging.getLogger(name)

    def names(self, flag, level, module, *aliases):
        """Defers "from module import aliases", each a name or "name as_name"."""
        pairs = []
        for alias in aliases:
            name, _, own = alias.partition(" ")
            pairs.append((name, own or name))
        return _From(self, flag, level, module, pairs).defer()

    def module(self, flag, *imports):
        """Defers "import module" and "import module as own", given as "module own"."""
        return _Import(self, flag, [i.partition(" ")[::2] for i in imports]).defer()

    def value(self, flag, name, make):
        """Defers "name = make()"."""
        return _Value(self, flag, name, make).defer()

    def get(self, name):
        loader = self.pending.get(name)
        if loader is not None:
            loader()
            if name in self.space:
                return self.space[name]
        elif name in self.below:
            full = self.space["__name__"] + "." + name
            __import__(full)
            return self.space[name] if name in self.space else sys.modules[full]
        elif name == "__all__":  # asked for by "from module import *" alone
            for loader in set(self.pending.values()):
                loader()
        if name in self.space:  # another thread was here first
            return self.space[name]
        if self.former is not None:
            return self.former(name)
        error = AttributeError("module %r has no attribute %r" % (self.space["__name__"], name))
        if sys.version_info >= (3, 10):
            error.name, error.obj = name, sys.modules.get(self.space["__name__"])
        raise error

    def dir(self):
        own = [name for name in list(self.space) if not name.startswith("_coldcut") and name not in ("__getattr__", "__dir__")]
        return own + [name for name in list(self.pending) if name not in self.space]


class _Loader(object):
    """Does what was deferred, once; calling it is idempotent and safe in threads."""

    __slots__ = ("owner", "flag")

    def __init__(self, owner, flag):
        self.owner = owner
        self.flag = flag

    def wait(self, names):
        """Makes the names pending, as if the module had never had them."""
        for name in names:
            self.owner.space.pop(name, None)
            self.owner.pending[name] = self
        return self

    def bind(self, name, value):
        self.owner.space.setdefault(name, value)

    def done(self, names):
        # The names are there before the guards stop asking for them.
        self.owner.space[self.flag] = None
        for name in names:
            if self.owner.pending.get(name) is self:
                self.owner.pending.pop(name, None)


class _From(_Loader):
    __slots__ = ("level", "module", "pairs")

    def __init__(self, owner, flag, level, module, pairs):
        _Loader.__init__(self, owner, flag)
        self.level = level
        self.module = module
        self.pairs = pairs

    def defer(self):
        space = self.owner.space
        full = self.full()
        module = sys.modules.get(full)
        if not _DEFERS or full in sys.modules and not isinstance(module, _Module):
            module = self.load()
        if module is not None:
            there = vars(module) if _DEFERS and isinstance(module, _Module) else None
            left = []
            for name, own in self.pairs:
                if there is None:
                    space[own] = _attribute(module, name)
                elif name in there:
                    space[own] = there[name]
                else:
                    left.append((name, own))
            self.pairs = left
            if not left:
                return None
        for name, _ in self.pairs:
            _waiting.setdefault((full, name), []).append(self)
        watch(full)
        return self.wait([own for _, own in self.pairs])

    def full(self):
        if not self.level:
            return self.module
        space = self.owner.space
        package = space.get("__package__") or space["__name__"].rpartition(".")[0]
        for _ in range(self.level - 1):
            package = package.rpartition(".")[0]
        return package + "." + self.module if self.module else package

    def load(self):
        full = self.full()
        if full == self.owner.space["__name__"]:  # a package's own modules
            for name, _ in self.pairs:
                __import__(full + "." + name)
            return sys.modules[full]
        _parents(full)
        return __import__(self.module, self.owner.space, None, [name for name, _ in self.pairs], self.level)

    def __call__(self):
        module = self.load()
        for name, own in self.pairs:
            self.bind(own, _attribute(module, name))
        self.done([own for _, own in self.pairs])
        full = self.full()
        for name, _ in self.pairs:
            try:
                _waiting[full, name].remove(self)
            except (KeyError, ValueError):
                pass  # another thread was here first

    def settle(self, name, value):
        """Binds a name to what it was before somebody patched its module."""
        for pair in self.pairs:
            if pair[0] == name and pair[1] in self.owner.pending:
                self.bind(pair[1], value)


class _Import(_Loader):
    __slots__ = ("imports",)

    def __init__(self, owner, flag, imports):
        _Loader.__init__(self, owner, flag)
        self.imports = imports

    def names(self):
        return [own or module.partition(".")[0] for module, own in self.imports]

    def defer(self):
        if not _DEFERS or all(module in sys.modules for module, _ in self.imports):
            for name, (module, own) in zip(self.names(), self.imports):
                self.owner.space[name] = _imported(self.owner.space, module, own)
            return None
        return self.wait(self.names())

    def __call__(self):
        for name, (module, own) in zip(self.names(), self.imports):
            _parents(module)
            self.bind(name, _imported(self.owner.space, module, own))
        self.done(self.names())


class _Value(_Loader):
    __slots__ = ("name", "make")

    def __init__(self, owner, flag, name, make):
        _Loader.__init__(self, owner, flag)
        self.name = name
        self.make = make

    def defer(self):
        if not _DEFERS:
            self.owner.space[self.name] = self.make()
            return None
        return self.wait([self.name])

    def __call__(self):
        if self.name not in self.owner.space:
            self.bind(self.name, self.make())
        self.done([self.name])


class _Watched(_Module):
    """A module of which others wait for names: what they would have got when they
    were imported is what they get, though somebody patches the module before they
    ask."""

    def __setattr__(self, name, value):
        _settle(self, name)
        _Module.__setattr__(self, name, value)

    def __delattr__(self, name):
        _settle(self, name)
        _Module.__delattr__(self, name)


def _settle(module, name):
    space = module.__dict__
    waiting = _waiting.get((space.get("__name__"), name))
    # While a module is being imported, what patches it comes first.
    if not waiting or name not in space or getattr(space.get("__spec__"), "_initializing", False):
        return
    for loader in list(waiting):
        loader.settle(name, space[name])


def watch(name):
    """Told by a module at its end, when others may wait for its names."""
    module = sys.modules.get(name)
    if type(module) is _Module and any(full == name for full, _ in list(_waiting)):
        module.__class__ = _Watched


def _imported(space, module, own):
    """What "import module" or "import module as own" binds."""
    return __import__(module, space, None, ["__name__"] if own else None, 0)


def _attribute(module, name):
    """What "from module import name" binds."""
    try:
        return getattr(module, name)
    except AttributeError:
        loaded = sys.modules.get("%s.%s" % (getattr(module, "__name__", ""), name))
        if loaded is None:
            raise ImportError(
                "cannot import name %r from %r (%s)"
                % (name, getattr(module, "__name__", "<unknown module name>"), getattr(module, "__file__", "unknown location"))
            )
        return loaded


def _parents(module):
    """Imports the packages that a module is in, outermost first.

    Python takes the lock of a module before that of its package. A thread that
    imports the package, and that package its module, would take them the other way
    round."""
    end = module.find(".")
    while end > 0:
        __import__(module[:end])
        end = module.find(".", end + 1)
