package shake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rules is how botocore makes endpoint rules.
const rules = `
class BaseRule:
    """A rule."""

    def __init__(self, conditions, documentation=None):
        self.conditions = conditions
        self.documentation = documentation

    def evaluate(self):
        raise NotImplementedError()

class EndpointRule(BaseRule):
    def __init__(self, endpoint, **kwargs):
        super().__init__(**kwargs)
        self.endpoint = endpoint

    def evaluate(self):
        return self.endpoint

class ErrorRule(BaseRule):
    def __init__(self, error, **kwargs):
        super().__init__(**kwargs)
        self.error = error

class TreeRule(BaseRule):
    """A rule of rules."""

    def __init__(self, rules, **kwargs):
        super().__init__(**kwargs)
        self.rules = [RuleCreator.create(**rule) for rule in rules]

class RuleCreator:
    endpoint = EndpointRule
    error = ErrorRule
    tree = TreeRule

    @classmethod
    def create(cls, **kwargs):
        """Make one."""
        rule_type = kwargs.pop("type")
        try:
            rule_class = getattr(cls, rule_type)
        except AttributeError:
            raise RuntimeError("Unknown: " + rule_type)
        else:
            return rule_class(**kwargs)

class RuleSet:
    def __init__(self, rules):
        self.rules = [RuleCreator.create(**rule) for rule in rules]
`

func TestEach(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(rules, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(rules, old, new, 1)
	}
	tests := []struct {
		name, source string
		changed      bool
	}{
		{"rules", rules, true},
		{"bases of Python 2", swap("class BaseRule:", "class BaseRule(object):"), true},
		{"asked for its class", rules + "def f(x): return isinstance(x, TreeRule)\n", true},

		{"a filter", swap("for rule in rules]\n\nclass RuleCreator", "for rule in rules if rule]\n\nclass RuleCreator"), false},
		{"more arguments", swap("create(**rule) for rule in rules]\n\nclass RuleCreator", "create(a=1, **rule) for rule in rules]\n\nclass RuleCreator"), false},
		{"a class that checks", swap("self.error = error", "self.error = check(error)"), false},
		{"a class that does more", swap("self.error = error", "self.error = error\n        self.evaluate()"), false},
		{"a class that keeps less in its own", swap("self.error = error", "error.kept = error"), false},
		{"its base is not asked", swap("        super().__init__(**kwargs)\n        self.error", "        self.error"), false},
		{"its base is asked last", swap("        super().__init__(**kwargs)\n        self.error = error", "        self.error = error\n        super().__init__(**kwargs)"), false},
		{"its base is asked for less", swap("super().__init__(**kwargs)", "super().__init__(conditions=1, **kwargs)"), false},
		{"it is decorated", swap("class TreeRule", "@registered\nclass TreeRule"), false},
		{"it has a metaclass", swap("class BaseRule:", "class BaseRule(metaclass=Noisy):"), false},
		{"it has a base from elsewhere", swap("class BaseRule:", "class BaseRule(Other):"), false},
		{"it is its own base", swap("class BaseRule:", "class BaseRule(BaseRule):"), false},
		{"it has two bases", swap("class TreeRule(BaseRule)", "class TreeRule(BaseRule, Mixin)"), false},
		{"it sees attributes", swap("    def evaluate(self):\n        return", "    def __setattr__(self, name, value): pass\n    def evaluate(self):\n        return"), false},
		{"it has a property", swap("    def evaluate(self):\n        return", "    @property\n    def conditions(self):\n        return"), false},
		{"it has slots", swap("    \"\"\"A rule of rules.\"\"\"\n", "    __slots__ = ()\n"), false},
		{"another default", swap("documentation=None", "documentation=()"), false},
		{"arguments by place", swap("endpoint, **kwargs", "endpoint, *args, **kwargs"), false},
		{"the key is an argument", swap(`pop("type")`, `pop("error")`), false},
		{"a default for the key", swap(`pop("type")`, `pop("type", "tree")`), false},
		{"the class is worked out", swap("getattr(cls, rule_type)", "getattr(cls, rule_type.lower())"), false},
		{"another way to make", swap("return rule_class(**kwargs)", "return rule_class(**kwargs).checked()"), false},
		{"it is no method of the class", swap("    @classmethod\n", ""), false},
		{"it is made by another", swap("error = ErrorRule", "error = make_error"), false},
		{"something more in the maker", swap("    tree = TreeRule\n", "    tree = TreeRule\n    count = 0\n"), false},
		{"a kind has the name of the method", swap("tree = TreeRule", "create = TreeRule"), false},
		{"a class is bound again", rules + "TreeRule = None\n", false},
		{"a class is imported too", rules + "from mine import TreeRule\n", false},
		{"a star may bind it", rules + "from mine import *\n", false},
		{"a class is changed", rules + "TreeRule.__init__ = f\n", false},
		{"a class is handed on", rules + "patch(TreeRule)\n", false},
		{"getattr is another", "from mine import getattr\n" + rules, false},
		{"super is another", rules + "def super(): pass\n", false},
	}
	for _, test := range tests {
		got := string(tuned([]byte(test.source), nil))
		calls := strings.Count(got, "self.rules = _coldcut_each(rules)")
		if test.changed && calls != 2 || !test.changed && got != test.source {
			// Where only the form in the class itself differs, nothing of it is known.
			t.Errorf("%s: got\n%s", test.name, got)
		}
		if again := string(tuned([]byte(got), nil)); again != got {
			t.Errorf("%s: tuned twice it is:\n%s", test.name, again)
		}
		lines := strings.Count(test.source, "\n")
		before := strings.Join(strings.SplitAfter(got, "\n")[:lines], "")
		if strings.ReplaceAll(before, "_coldcut_each(rules)", "[RuleCreator.create(**rule) for rule in rules]") != test.source {
			t.Errorf("%s: lines moved:\n%s", test.name, got)
		}
	}
}

// eachDifference makes the same rules in both ways, good ones and bad ones.
const eachDifference = `
import collections, copy, pickle, random, sys, types
def load(name):
    module = types.ModuleType("rules")
    with open(sys.argv[1] + "/" + name + ".py") as f:
        exec(compile(f.read(), name, "exec"), module.__dict__)
    return module
before, after = load("before"), load("after")

def shape(value):
    if type(value).__name__.startswith("Rule") or type(value).__name__.endswith("Rule"):
        return type(value).__name__, [(k, shape(v)) for k, v in vars(value).items()]
    if type(value) is list:
        return [shape(v) for v in value]
    return id(value)
def outcome(module, rules):
    try:
        return shape(module.RuleSet(rules))
    except Exception as error:
        return type(error), str(error).split("__init__()")[-1]
def agree(rules):
    a, b = outcome(before, rules), outcome(after, rules)
    assert a == b, (rules, a, b)
    return a

class Dict(dict): pass
class Text(str): pass
random.seed(1)
bad = 0.0
def rule(depth):
    kind = random.choice(["endpoint", "error", "tree"] if depth else ["endpoint", "error"])
    given = [("conditions", []), ("type", kind), (kind if kind != "tree" else "rules", {"url": "x"})]
    if kind == "tree":
        given[2] = "rules", [rule(depth - 1) for _ in range(random.randrange(4))]
    if random.random() < 0.3:
        given.append(("documentation", random.choice(["x", None])))
    if random.random() < bad:
        change = random.randrange(9)
        if change == 0: given.pop(random.randrange(len(given)))
        elif change == 1: given.append((random.choice(["more", "cls", "self", "error", "rules", "endpoint"]), 1))
        elif change == 2: given[1] = "type", random.choice([None, 1, "other", "create", [], Text("error"), Text("tree"), "__init__", "__class__"])
        elif change == 3: given[2] = given[2][0], random.choice([None, 1, "x", (), [1], [None], [{}]])
        elif change == 4: given.append((1, 2))
        elif change == 5: return random.choice([None, 1, [], "x", [("type", kind)]])
        elif change == 6: given[0] = "conditions", None
        elif change == 7: given[0] = "condition", []
        else: return Dict(given)
    random.shuffle(given)
    return random.choice([dict, collections.OrderedDict])(given)
made = failed = 0
for i in range(4000):
    bad = (0, 0.02, 0.1)[i % 3]
    found = agree([rule(3) for _ in range(random.randrange(4))])
    made, failed = made + (found[0] == "RuleSet"), failed + (found[0] != "RuleSet")
assert made > 1000 and failed > 200, (made, failed)
for rules in (None, 1, "x", (), iter([rule(0)]), {}, {"a": 1}):
    if not hasattr(rules, "__next__"): agree(rules)

# A rule too deep down that is wrong fails once, not once more for each rule above it.
deep = {"type": "error", "conditions": []}
for _ in range(60):
    deep = {"type": "tree", "conditions": [], "rules": [deep]}
agree([deep])

# Copies, pickles and what is kept are as they were.
bad = 0
rules = [{"type": "tree", "conditions": [], "rules": [rule(2) for _ in range(5)]}, rule(2)]
for m in before, after:
    sys.modules["rules"] = m
    s = m.RuleSet(rules)
    assert type(s.rules) is list and type(s.rules[0].rules) is list and s.rules[0].conditions is rules[0]["conditions"]
    assert copy.copy(s).rules is s.rules and copy.deepcopy(s).rules is not s.rules
    assert len(pickle.loads(pickle.dumps(s)).rules[0].rules) == 5

# The long way is what is gone once somebody has put something into a class: each of
# these is seen, and what is as before is fast again.
calls = []
def quick():
    del calls[:]
    def seen(frame, event, arg):
        if event == "call": calls.append(frame.f_code.co_name)
    sys.setprofile(seen)
    try: after.RuleSet(rules)
    finally: sys.setprofile(None)
    return "create" not in calls
assert quick()
def patched(owner, name, value):
    old = vars(owner)[name] if name in vars(owner) else None
    setattr(owner, name, value)
    assert not quick(), (owner, name)
    if old is None: delattr(owner, name)
    else: setattr(owner, name, old)
    assert quick(), (owner, name)
m = after
create = m.RuleCreator.create.__func__
patched(m.RuleCreator, "create", classmethod(lambda cls, **kw: create(cls, **kw)))
for owner in m.EndpointRule, m.ErrorRule, m.TreeRule, m.BaseRule:
    patched(owner, "__init__", (lambda was: lambda self, **kw: was(self, **kw))(owner.__init__))
    patched(owner, "__setattr__", object.__setattr__)
    patched(owner, "extra", property(lambda self: 1))
patched(m.RuleCreator, "endpoint", type("Mine", (m.EndpointRule,), {}))
patched(m, "RuleCreator", type("Mine", (m.RuleCreator,), {}))
patched(m, "TreeRule", type("Mine", (m.TreeRule,), {}))
`

// TestEachAgainstPython makes rules in real Pythons, in both ways.
func TestEachAgainstPython(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string][]byte{"before.py": []byte(rules), "after.py": tuned([]byte(rules), nil)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runInPythons(t, eachDifference, dir, "", "3.6", "3.7", "3.8", "3.11", "3.12")
}
