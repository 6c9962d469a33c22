"""What botocore works out again for each of some hundred clients, worked out once.

A service is asked for its endpoint in every region, by a client each. Most of what
making a client costs does not depend on the region. What is remembered here is
remembered of this side's own package, which worked it out, and follows from what it
is remembered by alone: no case sees another through it, and a damage shows as it
would without. Where a botocore has no such thing, it goes without.
"""

import functools
import gc
import logging
import os
import pickle
import sys

MOST_BLOCKS = 5000000  # of memory, some 400 MB, that may come between jobs
MOST_NAMES = 100000  # of events, some 20 MB: each operation has some thirty


def remember():
    """Changes this process's botocore; returns what to call where a job begins.

    It is told whether the job has another service than the last.
    """
    forget = []
    for change in (
        _list_services,
        _load_files,
        _make_classes,
        _make_resources,
        _read_models,
        _read_rules,
        _copy_handlers,
        _name_events,
        _inspect_handlers,
        _read_profile,
        _write_no_prose,
        _name_agents,
        _read_environment,
        _read_proxies,
        _log_nothing,
        _read_addresses,
        _sign_alike,
        _parse_no_prose,
    ):
        try:
            forget.append(change())
        except (ImportError, AttributeError):
            pass  # another botocore: it only takes longer
    collect = _collect_less()

    def begin(another):
        for clear in filter(None, forget if another else ()):
            clear()
        collect()

    return begin


def _collect_less():
    """Has the collector look at what is young seldom, and at the rest between jobs.

    Modules stay anyway, and most of the rest are models, which stay to the end of a
    job: one has some hundred thousand parts, which looking at takes as long as reading
    them. Returns what looks at all, where enough has come.
    """
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    gc.set_threshold(500000, 1000, 1000)
    most = [0]

    def collect():
        if sys.getallocatedblocks() > most[0]:
            gc.collect()
            most[0] = sys.getallocatedblocks() + MOST_BLOCKS

    return collect


def _data():
    """The package's folder of models, in which nothing changes."""
    from botocore.loaders import Loader

    return Loader.BUILTIN_DATA_PATH


def _list_services():
    """Each session looks for services in all folders of the package, and elsewhere.

    What is found in several folders is the sum of what is found in each.
    """
    from botocore.loaders import Loader

    data, known = _data(), {}
    find = Loader.list_available_services

    def alone(self, path, type_name):
        if path == data and type_name in known:
            return known[type_name]
        one = self.__class__(include_default_search_paths=False)
        one._search_paths[:] = [path]
        found = find(one, type_name)
        if path == data:
            known[type_name] = found
        return found

    def remembering(self, type_name):
        key = ("list_available_services", type_name)
        if key not in self._cache:
            found = (alone(self, path, type_name) for path in self.search_paths)
            self._cache[key] = sorted(set().union(*found))
        return self._cache[key]

    find(Loader(), "service-2")  # or it lists in another way
    Loader.list_available_services = remembering


def _load_files():
    """Each session reads the files of the package anew, since it may change what it read.

    So each gets a copy of its own. Those that are read for a single session are not
    worth it.
    """
    from botocore.loaders import JSONFileLoader

    data, load, met, known = _data(), JSONFileLoader.load_file, set(), {}

    def remembering(self, file_path):
        if not file_path.startswith(data):
            return load(self, file_path)
        if file_path in known:
            return pickle.loads(known[file_path])
        read = load(self, file_path)
        if file_path in met:
            known[file_path] = pickle.dumps(read, pickle.HIGHEST_PROTOCOL)
        met.add(file_path)
        return read

    JSONFileLoader.load_file = remembering


def _make_classes():
    """The class of a service's client depends on the model alone."""
    from botocore.client import ClientCreator

    create, known = ClientCreator._create_client_class, {}

    def remembering(self, service_name, service_model):
        key = (self._loader, service_name)
        if key not in known:
            known[key] = create(self, service_name, service_model)
        return known[key]

    ClientCreator._create_client_class = remembering
    return known.clear


def _make_resources():
    """As for clients: boto3 makes the class of a resource whenever one is made."""
    from boto3.resources.factory import ResourceFactory

    load, known = ResourceFactory.load_from_definition, {}

    def remembering(self, resource_name, single_resource_json_definition, service_context):
        key = (id(service_context), resource_name)  # which the class holds
        if key not in known:
            known[key] = load(self, resource_name, single_resource_json_definition, service_context)
        return known[key]

    ResourceFactory.load_from_definition = remembering
    return known.clear


def _read_models():
    """A service's model, which is only read: it finds each shape at most once."""
    from botocore.client import ClientCreator

    load, known = ClientCreator._load_service_model, {}

    def remembering(self, service_name, api_version=None):
        key = (self._loader, service_name, api_version)
        if key not in known:
            known[key] = load(self, service_name, api_version)
        return known[key]

    ClientCreator._load_service_model = remembering
    return known.clear


def _read_rules():
    """A service's endpoint rules as objects, which are only read: parameters are given."""
    from botocore import endpoint_provider

    read, known = endpoint_provider.RuleSet, {}

    def remembering(**data):
        rules, partitions = data.get("rules"), data.get("partitions")
        key = (id(rules), id(partitions))
        if key not in known:
            known[key] = read(**data), rules, partitions  # which keeps the ids taken
        return known[key][0]

    endpoint_provider.RuleSet = remembering
    return known.clear


def _copy_handlers():
    """Each client gets a copy of the session's tree of handlers, and adds a few.

    The copies share the nodes that neither changes: a change copies those on its way.
    """
    from botocore.hooks import NodeList, _PrefixTrie

    def fresh(node):
        values = node["values"]
        if values is not None:
            values = NodeList(list(values.first), list(values.middle), list(values.last))
        return {"chunk": node["chunk"], "children": dict(node["children"]), "values": values}

    def own(trie, key):
        node = trie._root = fresh(trie._root)
        for part in key.split("."):
            if part not in node["children"]:
                return
            node["children"][part] = node = fresh(node["children"][part])

    def copying(change):
        @functools.wraps(change)
        def changed(self, key, *args, **kwargs):
            own(self, key)
            return change(self, key, *args, **kwargs)

        return changed

    def shared(self):
        new = self.__class__()
        new.__dict__ = dict(self.__dict__)
        return new

    own(_PrefixTrie(), "a.b")  # or its nodes are others
    _PrefixTrie.append_item = copying(_PrefixTrie.append_item)
    _PrefixTrie.remove_item = copying(_PrefixTrie.remove_item)
    _PrefixTrie.__copy__ = shared


def _name_events():
    """An old name of an event has one new name; the table of names is a constant."""
    from botocore.hooks import EventAliaser

    name, known = EventAliaser._alias_event_name, {}

    def remembering(self, event_name):
        if event_name not in known:
            known[event_name] = name(self, event_name)
        return known[event_name]

    EventAliaser._alias_event_name = remembering
    return lambda: known.clear() if len(known) > MOST_NAMES else None


def _inspect_handlers():
    """Whether a function takes keyword arguments stands in its code."""
    from botocore import hooks

    inspect, known = hooks.accepts_kwargs, {}

    def remembering(function):
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if code is None or hasattr(function, "__wrapped__"):
            return inspect(function)
        if code not in known:
            known[code] = inspect(function)
        return known[code]

    hooks.accepts_kwargs = remembering


def _read_profile():
    """A session's profile: there are no configuration files, and nobody writes any."""
    from botocore.session import Session

    read = Session.get_scoped_config

    def remembering(self):
        if not hasattr(self, "_coldcut_profile"):
            self._coldcut_profile = read(self)
        return self._coldcut_profile

    Session.get_scoped_config = remembering


def _write_no_prose():
    """Help is compared without prose, which is written for nothing then.

    What fails in it botocore passes over itself.
    """
    from botocore.docs.bcdoc.restdoc import ReSTDocument

    ReSTDocument.include_doc_string = lambda self, doc_string: None


def _name_agents():
    """Part of each client's User-Agent is the machine, which is cleaned letter by letter."""
    from botocore import useragent

    clean = useragent.sanitize_user_agent_string_component
    useragent.sanitize_user_agent_string_component = functools.lru_cache(4096)(clean)


def _read_environment():
    """What is not in the environment, os.environ finds out by an exception."""
    kind = type(os.environ)

    def get(self, key, default=None):
        value = self._data.get(self.encodekey(key))
        return default if value is None else self.decodevalue(value)

    kind.__contains__ = lambda self, key: self.encodekey(key) in self._data
    kind.get = get


def _read_proxies():
    """Whether a host is behind a proxy says the environment, where there is none."""
    from botocore import utils

    known, ask = {}, utils.get_environ_proxies

    def remembering(url, *args, **kwargs):
        key = (url, repr((args, kwargs)))
        if key not in known:
            known[key] = ask(url, *args, **kwargs)
        return dict(known[key])

    _replace(ask, remembering)
    return known.clear


def _log_nothing():
    """Nobody listens to what is said for finding faults."""
    logging.Logger.debug = lambda *args, **kwargs: None


def _read_addresses():
    """What a text is: an address, a host."""
    from botocore import auth, utils

    _replace(
        utils.is_valid_ipv6_endpoint_url,
        functools.lru_cache(1024)(utils.is_valid_ipv6_endpoint_url),
    )
    _replace(auth._host_from_url, functools.lru_cache(1024)(auth._host_from_url))


def _sign_alike():
    """The key that signs follows from the day, the region and the service."""
    from botocore.auth import SigV4Auth

    sign = SigV4Auth._sign

    @functools.lru_cache(1024)
    def signed(key, text):
        return sign(None, key, text)

    def remembering(self, key, msg, hex=False):  # hex signs what is another each time
        return sign(self, key, msg, hex) if hex else signed(key, msg)

    SigV4Auth._sign = remembering


def _parse_no_prose():
    """Each section of a documentation has a parser, which has nothing to parse."""
    from botocore.docs.bcdoc import restdoc

    restdoc.DocStringParser = lambda _: None


def _replace(function, by):
    """Puts a function in the place of another wherever it was imported to."""
    for module in list(sys.modules.values()):
        names = (
            vars(module) if module is not None and module.__name__.startswith("botocore") else {}
        )
        for name in [n for n, value in names.items() if value is function]:
            setattr(module, name, by)
