"""What botocore works out again for each of some hundred clients, worked out once.

A service is asked for its endpoint in every region, by a client each. Most of what
making a client costs does not depend on the region. What is remembered here is
remembered of this side's own package, which worked it out, and follows from what it
is remembered by alone: no case sees another through it, and a damage shows as it
would without. Where a botocore has no such thing, it goes without.
"""

import functools
import gc


def remember():
    """Changes this process's botocore; returns what to call where a job begins."""
    forget = []
    for change in (
        _make_classes,
        _make_resources,
        _read_models,
        _read_rules,
        _copy_handlers,
        _name_events,
        _inspect_handlers,
        _read_profile,
    ):
        try:
            forget.append(change())
        except (ImportError, AttributeError):
            pass  # another botocore: it only takes longer
    _collect_less()
    return lambda: [clear() for clear in forget if clear]


def _collect_less():
    """Modules and models stay anyway: the collector need not look at them again."""
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    gc.set_threshold(20000, 20, 20)


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
    return known.clear


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
