# Added by coldcut: imports of the boto family that are done when they are needed.
#
# A module whose imports were deferred has one Names. Its names stay globals of the
# module: they are filled in by whoever needs them first, a function of the module
# through a guard, (_coldcut_names[1]() or NAME if _coldcut_1 is not None else NAME), or other
# modules through the module's __getattr__ (PEP 562). What is there already is never
# overwritten.
import sys

# Before 3.7 a module has no __getattr__, so that everything is done at once.
_DEFERS = sys.version_info >= (3, 7)
_Module = type(sys)
# Bindings that wait for names of a module, by its name and theirs.
_waiting = {}
# Modules that were not imported, since what they may import is not there.
_passed = set()
# Loggers that were made for deferred modules.
_loggers = set()


class Names(object):
    """The deferred names of one module."""

    __slots__ = ("space", "pending", "loaders", "below", "former")

    def __init__(self, space):
        self.space = space
        self.pending = {}
        self.loaders = {}
        self.below = ()
        self.former = space.get("__getattr__")
        if _DEFERS:
            space["__getattr__"] = self.get
            space.setdefault("__dir__", self.dir)

    def __getitem__(self, number):
        """What loads the names of a flag, also where another thread just has."""
        return self.loaders["_coldcut_%d" % number]

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
        names = [name for name in names.split() if name not in _loggers]
        if names:
            import logging

            for name in names:
                logging.getLogger(name)
            _loggers.update(names)

    def perhaps(self, packages, module):
        """Imports a module that may import one of some packages, if there is one. Had it
        been imported when it is first asked for, it would not look a second time."""
        if not _DEFERS or module in sys.modules or module in _passed:
            return
        if any(_importable(name) for name in packages.split()):
            _parents(module)
            __import__(module)
        else:
            _passed.add(module)

    def names(self, flag, level, module, *aliases):
        """Defers "from module import aliases", each a name or "name as_name"."""
        return _From(self, flag, level, module, _pairs(aliases)).defer()

    def module(self, flag, *imports):
        """Defers "import module" and "import module as own", given as "module own"."""
        return _Import(self, flag, [i.partition(" ")[::2] for i in imports]).defer()

    def lazy_names(self, level, module, *aliases):
        """Told after "lazy from module import aliases", of Python 3.15."""
        _LazyFrom(self, None, level, module, _pairs(aliases)).defer()

    def lazy_modules(self, *imports):
        """Told after "lazy import module" and "lazy import module as own"."""
        for module, own in [i.partition(" ")[::2] for i in imports]:
            if module in sys.modules:
                self.space[own or module] = _imported(self.space, module, own)

    def value(self, flag, name, make, needs=""):
        """Defers "name = make()". It is a regular expression that matches no text which
        lacks one of the characters that it needs."""
        return _Value(self, flag, name, make, needs).defer()

    def record(self, make, fields):
        """Defers what the decorator "@make()" of a data class of these fields does to it."""
        return _Record(make, fields.split())

    def field(self, make, factory):
        """Stands in the body of a data class for the field make(), of objects of factory."""
        return _Field(make, factory)

    def default(self, name, make):
        """Defers a parameter's default make(), which needs name."""
        return _Default(make) if name in self.pending or _waits(self.space.get(name)) else make()

    def kept(self, cls, attribute):
        """Tells that objects of cls keep such a default as an attribute."""
        setattr(cls, attribute, _Kept(attribute))

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
        if flag:
            owner.loaders[flag] = self

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

    def answer(self, name):
        """What gives the answers of a function that need not be loaded for them; None
        once it is."""
        source = _source(self.owner, name)
        if type(source) is tuple and _no_proxies():
            return _ANSWERS[source]
        return self()

    def pattern(self, name):
        """What gives the answers of a regular expression that need not be made for them;
        None once it is."""
        source = _source(self.owner, name)
        if type(source) is _Value and source.needs and source.spared < 20:
            source.spared += 1  # the real one is faster where it is asked often
            return _Unmade(self, name, source.needs)
        return self()


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
        names = _waiting.setdefault(full, {})
        for name, _ in self.pairs:
            names.setdefault(name, []).append(self)
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
        names = _waiting.get(self.full(), {})
        for name, _ in self.pairs:
            try:
                names[name].remove(self)
            except (KeyError, ValueError):
                pass  # another thread was here first

    def settle(self, name, value):
        """Binds a name to what it was before somebody patched its module."""
        for pair in self.pairs:
            if pair[0] == name and pair[1] in self.owner.pending:
                self.bind(pair[1], value)


class _LazyFrom(_From):
    """Names that Python itself imports when they are read."""

    __slots__ = ()

    def wait(self, names):
        """They wait already."""

    def settle(self, name, value):
        for theirs, own in self.pairs:
            if theirs == name and _waits(self.owner.space.get(own)):
                self.owner.space[own] = value


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
    __slots__ = ("name", "make", "needs", "spared")

    def __init__(self, owner, flag, name, make, needs):
        _Loader.__init__(self, owner, flag)
        self.name = name
        self.make = make
        self.needs = needs
        self.spared = 0

    def defer(self):
        if not _DEFERS:
            self.owner.space[self.name] = self.make()
            return None
        return self.wait([self.name])

    def __call__(self):
        if self.name not in self.owner.space:
            self.bind(self.name, self.make())
        self.done([self.name])


class _Unmade(object):
    """Stands in for a regular expression."""

    __slots__ = ("loader", "name", "needs")

    def __init__(self, loader, name, needs):
        self.loader = loader
        self.name = name
        self.needs = needs

    def match(self, text):
        return self.matched("match", text)

    def search(self, text):
        return self.matched("search", text)

    def fullmatch(self, text):
        return self.matched("fullmatch", text)

    def matched(self, method, text):
        if type(text) is str and any(c not in text for c in self.needs):
            return None
        self.loader()
        return getattr(self.loader.owner.space[self.name], method)(text)


def _source(names, own):
    """Where a name that is pending comes from: a _Value, or a module that is not loaded
    and its name there. None where something else is bound on the way."""
    while type(names) is Names and own not in names.space:
        loader = names.pending.get(own)
        if type(loader) is not _From:
            return loader
        full = loader.full()
        name = [theirs for theirs, ours in loader.pairs if ours == own][0]
        if (full, name) in _ANSWERS and full not in sys.modules:
            return full, name
        _parents(full)
        __import__(full)  # what it imports in turn may still wait
        names, own = getattr(sys.modules[full], "__dict__", {}).get("_coldcut_names"), name
    return None


# What functions of the standard library answer where there is no proxy.
_ANSWERS = {("urllib.request", "getproxies"): dict, ("urllib.request", "proxy_bypass"): lambda host: False}


def _no_proxies():
    """Whether nothing but the environment, and nothing there, tells of a proxy."""
    import os

    return os.name == "posix" and sys.platform != "darwin" and not any(name[-6:].lower() == "_proxy" for name in os.environ)


class _Field(object):
    __slots__ = ("make", "factory")

    def __init__(self, make, factory):
        self.make = make
        self.factory = factory


class _Record(object):
    """The decorator of a data class whose fields all have a default. Until something is
    asked of the class that only dataclasses can make, its objects are made here."""

    def __init__(self, make, names):
        self.make = make
        self.names = names
        self.twins = {}

    def __call__(self, cls):
        self.cls = cls
        self.body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
        self.fields = [(name, self.body[name]) for name in self.names]
        made = [name for name, value in self.fields if type(value) is _Field]
        if not _DEFERS or "dataclasses" in sys.modules:
            for name in made:
                setattr(cls, name, self.body[name].make())
            return self.make()(cls)
        for name in made:
            delattr(cls, name)
        added = ["__init__", "__repr__", "__eq__", "__dataclass_fields__", "__dataclass_params__"]
        if sys.version_info >= (3, 10):
            added.append("__match_args__")
        if sys.version_info >= (3, 13):
            added.append("__replace__")
        if not cls.__doc__:
            added.append("__doc__")  # it is made of the signature
        for name in added:
            setattr(cls, name, _Made(self, name))
        cls.__hash__ = None
        return cls

    def init(self, obj, args, given):
        if args or given:
            return self.done()["__init__"](obj, *args, **given)
        for name, value in self.fields:
            setattr(obj, name, value.factory() if type(value) is _Field else value)

    def done(self):
        """What dataclasses makes of a class of the same body, whose parts the class gets,
        each at once for other threads."""
        if not self.twins:
            body = {name: value.make() if type(value) is _Field else value for name, value in self.body.items()}
            twin = self.make()(type(self.cls.__name__, (), dict(body, __qualname__=self.cls.__qualname__)))
            self.twins.setdefault("first", twin)
            if sys.version_info >= (3, 14):
                self.cls.__annotations__  # dataclasses asks for them, which leaves them in vars()
        made = vars(self.twins["first"])
        for name, value in list(vars(self.cls).items()):
            if type(value) is _Made and value.record is self:
                setattr(self.cls, name, made[name])
        return made


class _Made(object):
    """An attribute of a data class that dataclasses makes when it is asked for."""

    __slots__ = ("record", "name")

    def __init__(self, record, name):
        self.record = record
        self.name = name

    def __get__(self, obj, cls=None):
        if self.name == "__init__" and obj is not None:
            return lambda *args, **given: self.record.init(obj, args, given)
        value = self.record.done()[self.name]
        return value.__get__(obj, cls) if hasattr(value, "__get__") else value


class _Default(object):
    """A default until it is read from where it is kept. Where it got somewhere else, it
    does what the default does."""

    def __init__(self, make):
        self.__dict__[""] = make

    def __getattr__(self, name):
        return getattr(_given(self), name)

    def __call__(self, *args, **given):
        return _given(self)(*args, **given)

    def __copy__(self, memo=None):
        return self  # as functions and classes are

    __deepcopy__ = __copy__

    def __reduce__(self):
        import copy

        return copy.copy, (_given(self),)


def _given(value):
    """A default if it is one that waits, else the value."""
    return value.__dict__[""]() if type(value) is _Default else value


class _Kept(object):
    """An attribute whose value may be a default that waits."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __get__(self, obj, cls=None):
        if obj is None:
            raise self.missing("type object %r has no attribute %r" % (cls.__name__, self.name))
        space = obj.__dict__
        if self.name not in space:
            raise self.missing("%r object has no attribute %r" % (type(obj).__name__, self.name))
        if type(space[self.name]) is _Default:
            space[self.name] = _given(space[self.name])
        return space[self.name]

    def __set__(self, obj, value):
        obj.__dict__[self.name] = value

    def __delete__(self, obj):
        if self.name not in obj.__dict__:
            raise self.missing(self.name)
        del obj.__dict__[self.name]

    def missing(self, text):
        return AttributeError(text)


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
    waiting = _waiting.get(space.get("__name__"), {}).get(name)
    # While a module is being imported, what patches it comes first.
    if not waiting or name not in space or getattr(space.get("__spec__"), "_initializing", False):
        return
    for loader in list(waiting):
        loader.settle(name, space[name])


def watch(name):
    """Told by a module at its end, when others may wait for its names."""
    module = sys.modules.get(name)
    if type(module) is _Module and name in _waiting:
        module.__class__ = _Watched


def _pairs(aliases):
    """What each alias, "name" or "name as_name", is called there and here."""
    split = [alias.partition(" ") for alias in aliases]
    return [(name, own or name) for name, _, own in split]


def _waits(value):
    """Whether this is what a lazy import has bound, and nobody has read."""
    return type(value).__name__ == "lazy_import"


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


def _importable(name):
    """Whether there may be a module of that name."""
    if name in sys.modules:
        return sys.modules[name] is not None
    package = name.rpartition(".")[0]
    try:
        path = sys.modules[package].__path__ if package else None
        return any(finder.find_spec(name, path) is not None for finder in sys.meta_path)
    except Exception:
        return True  # nobody knows


def _parents(module):
    """Imports the packages that a module is in, outermost first.

    Python takes the lock of a module before that of its package. A thread that
    imports the package, and that package its module, would take them the other way
    round."""
    end = module.find(".")
    while end > 0:
        __import__(module[:end])
        end = module.find(".", end + 1)
