"""Values for shapes: parameters to send and results to be sent."""

import datetime

# A style says which members a structure gets and what scalars look like.
# SINGLE is everything with lists of one: parsers of XML tell those apart.
REQUIRED, EVERYTHING, EMPTY, EDGE = "required", "everything", "empty", "edge"
SINGLE = "single"

# How often a shape is unfolded with all that it has. Twice shows recursion, and
# bounds a value by the size of the model, where nesting alone would double it
# with every level.
UNFOLD = 2

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOMENT = (2023, 4, 5, 6, 7, 8)
_LARGEST = {"integer": 2**31 - 1, "long": 2**63 - 1}
_BY_NAME = (  # names that botocore's rule sets and host prefixes read meaning from
    ("bucket", "{}"),
    ("arn", "arn:aws:{service}:us-west-2:123456789012:{kind}"),
    ("accountid", "123456789012"),
)


class Maker:
    """Makes values of shapes, the same from the same random numbers."""

    def __init__(self, rng, style, arms=None, hint=None, fixed=None, service=""):
        self.rng = rng
        self.style = style
        self.arms = arms or {}
        self.hint = hint  # where set, every scalar of its type has this value
        self.service = service
        self.fixed = fixed or {}  # members that have this value wherever they occur
        self.ascii = False
        self.met = set()  # each structure with each of its members that got a value
        self.unfolded = {}
        self.stack = []

    def make(self, shape, name=""):
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            self.stack.append(shape.name)
            try:
                return getattr(self, "_" + kind)(shape)
            finally:
                self.stack.pop()
        return self._scalar(shape, name)

    def _structure(self, shape):
        if shape.metadata.get("document") or getattr(shape, "is_document_type", False):
            return {"text": self._text(8), "list": [1, None, True, {"nested": "x"}]}
        members = shape.members
        if getattr(shape, "is_tagged_union", False):
            again = self.stack.count(shape.name) > UNFOLD  # an arm may lead back to its union
            arm = (not again and self.arms.get(shape.name)) or self._shallow_arm(shape)
            self.met.add((shape.name, arm))
            return {arm: self.make(members[arm], arm)} if arm in members else {}
        full = self._unfolds(shape)
        required = shape.required_members
        chosen = {n: m for n, m in members.items() if full or n in required}
        self.met.update((shape.name, name) for name in chosen)
        return {n: self.fixed.get(n) or self.make(m, n) for n, m in chosen.items()}

    def _shallow_arm(self, shape):
        """An arm that does not lead back here, where there is one."""
        for name, member in shape.members.items():
            if member.type_name not in ("structure", "list", "map"):
                return name
        for name, member in shape.members.items():
            if member.name not in self.stack:
                return name
        return next(iter(shape.members), None)

    def _unfolds(self, shape):
        if self.style == REQUIRED:
            return False
        count = self.unfolded[shape.name] = self.unfolded.get(shape.name, 0) + 1
        return count <= UNFOLD

    def _list(self, shape):
        if self.style == EMPTY or self.stack.count(shape.name) > UNFOLD:
            return []
        least = int(shape.metadata.get("min") or 0)
        count = max(1 if self.style in (REQUIRED, SINGLE) else 2, min(least, 100))
        return [self.make(shape.member) for _ in range(count)]

    def _map(self, shape):
        headers = shape.serialization.get("location") == "headers"
        self.ascii, before = self.ascii or headers, self.ascii
        try:
            return self._pairs(shape)
        finally:
            self.ascii = before

    def _pairs(self, shape):
        if self.style == EMPTY or self.stack.count(shape.name) > UNFOLD:
            return {}
        least = int(shape.metadata.get("min") or 0)
        count = max(1 if self.style in (REQUIRED, SINGLE) else 2, min(least, 20))
        keys = (getattr(shape.key, "enum", []) or [])[:count] or [
            self._text(6) for _ in range(count)
        ]
        return {key: self.make(shape.value) for key in keys}

    def _scalar(self, shape, name):
        kind = shape.type_name
        if self.hint is not None and type(self.hint) is _PYTHON.get(kind):
            return self.hint
        return getattr(self, "_" + kind, self._string)(shape, name)

    def _string(self, shape, name):
        enum = getattr(shape, "enum", None)
        least = int(shape.metadata.get("min") or 0)
        if shape.serialization.get("jsonvalue"):
            return {"key": self._text(5)}
        if self.style == EMPTY:
            return ""
        if enum and self.style != EDGE:
            return self.rng.choice(enum)
        for part, text in _BY_NAME:
            if name.lower().endswith(part):
                kind = self._arn_of(name)
                return text.format(self._text(5), service=self.service, kind=kind)
        if self.style == EDGE and not shape.metadata.get("contextParam"):
            return self._edge_text(shape, least)
        return self._text(max(8, min(least, 4096)))

    def _arn_of(self, name):
        """QueueARN names a queue; a rule set may refuse anything else."""
        kind = name[:-3].lower()
        if kind in ("", "consumer", "resource"):
            return f"stream/{self._text(5)}/consumer/{self._text(5)}:1"
        return f"{kind}/{self._text(5)}"

    def _edge_text(self, shape, least):
        """Text that must be escaped, as far as the place can hold any."""
        place = shape.serialization
        if place.get("hostLabel") or place.get("location") in ("header", "headers") or self.ascii:
            return "a b;c" + self._text(least)
        return "a/ b?&=+%é✓" + self._text(least)

    def _integer(self, shape, _):
        least = int(shape.metadata.get("min") or 0)
        most = int(shape.metadata.get("max") or _LARGEST.get(shape.type_name, 100))
        if self.style == EMPTY:
            return least
        if self.style == EDGE:
            return most
        return self.rng.randint(max(least, 1), max(least, 1, min(most, 100)))

    _long = _integer

    def _float(self, shape, _):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if self.style == EDGE and least is None:
            return -1.5e300
        if self.style in (EMPTY, EDGE):
            return float(least or 0)
        value = self.rng.randint(1, 400) / 4
        return float(min(max(value, least or 0), value if most is None else most))

    _double = _bigdecimal = _float

    def _boolean(self, *_):
        return self.style not in (EMPTY, EDGE)

    def _timestamp(self, *_):
        zone = datetime.timezone.utc
        if self.style in (EMPTY, EDGE):
            return datetime.datetime(1970, 1, 1, tzinfo=zone)
        return datetime.datetime(*_MOMENT, tzinfo=zone)

    def _blob(self, *_):
        if self.style == EMPTY:
            return b""
        if self.style == EDGE:
            return bytes(range(256))
        return self._text(8).encode("ascii")

    def _character(self, *_):
        return "c"

    def _text(self, length):
        return "".join(self.rng.choices(_LETTERS, k=length))


_PYTHON = {"string": str, "boolean": bool, "integer": int, "long": int}


def arms(shape, chosen=None, seen=None):
    """Each arm of each union below a shape, with the arms that lead to it."""
    chosen, seen = chosen or {}, seen if seen is not None else set()
    if shape.name in seen or shape.type_name not in ("structure", "list", "map"):
        return
    seen.add(shape.name)
    if shape.type_name == "list":
        yield from arms(shape.member, chosen, seen)
    elif shape.type_name == "map":
        yield from arms(shape.value, chosen, seen)
    else:
        union = getattr(shape, "is_tagged_union", False)
        for name, member in shape.members.items():
            path = {**chosen, shape.name: name} if union else chosen
            if union:
                yield f"{shape.name}.{name}", path
            yield from arms(member, path, seen)


def members(shape, seen=None):
    """Each structure below a shape with each of its members."""
    seen = seen if seen is not None else set()
    if shape.name in seen or shape.type_name not in ("structure", "list", "map"):
        return
    seen.add(shape.name)
    if shape.type_name == "list":
        yield from members(shape.member, seen)
    elif shape.type_name == "map":
        yield from members(shape.value, seen)
    else:
        for name, member in shape.members.items():
            yield shape.name, name
            yield from members(member, seen)


def spoiled(shape, value, spoil):
    """The value with every part of it spoiled: spoil is called with each, outermost last."""
    if value is None:
        return None
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        value = {
            name: spoiled(members[name], part, spoil) if name in members else part
            for name, part in value.items()
        }
    elif shape.type_name == "list" and isinstance(value, list):
        value = [spoiled(shape.member, part, spoil) for part in value]
    elif shape.type_name == "map" and isinstance(value, dict):
        value = {key: spoiled(shape.value, part, spoil) for key, part in value.items()}
    return spoil(shape, value)


def with_unknown(shape, value):
    """A member that no structure has: the error lists those that there are."""
    return {**value, "NoSuchMember": 1} if shape.type_name == "structure" else value


def with_wrong_types(shape, value):
    rules = shape.metadata.get("contextParam")  # read before anything is validated
    if rules or shape.type_name in ("structure", "list", "map"):
        return value
    return [] if shape.type_name in ("string", "timestamp", "blob") else "wrong"


def below_least(shape, value):
    """One less than the least number, and less text or items than there must be."""
    rules = shape.metadata.get("contextParam")  # as above
    if rules or shape.metadata.get("min") is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return type(value)(shape.metadata["min"] - 1)
    return value[:0] if isinstance(value, (str, bytes, list)) else value


def hollow(shape, value):
    """Structures without members: the error lists those that are required."""
    return {} if shape.type_name == "structure" else value
