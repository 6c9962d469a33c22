package shake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// accepts is botocore's function that asks handlers for their keywords.
const accepts = "import inspect\n\ndef accepts_kwargs(func):\n    return inspect.getfullargspec(func)[2]\n"

// aliases is botocore's search for an event's old name.
const aliases = `
class EventAliaser:
    def _alias_event_name(self, event_name):
        for old_part, new_part in self._event_aliases.items():
            # In two ways.
            event_parts = event_name.split('.')
            if '.' not in old_part:
                try:
                    event_parts[event_parts.index(old_part)] = new_part
                except ValueError:
                    continue

            elif old_part in event_name:
                old_parts = old_part.split('.')
                self._replace_subsection(event_parts, old_parts, new_part)
            else:
                continue

            new_name = '.'.join(event_parts)
            self.cache[event_name] = new_name
            return new_name
        return event_name

    def _replace_subsection(self, sections, old_parts, new_part):
        for i in range(len(sections)):
            if sections[i] == old_parts[0] and sections[i : i + len(old_parts)] == old_parts:
                sections[i : i + len(old_parts)] = [new_part]
                return
`

// hosts is botocore's check of an endpoint's host.
const hosts = `
import re

def is_valid_host(hostname):
    if len(hostname) > 255:
        return False
    allowed = re.compile(
        r"^((?!-)[A-Z\d-]{1,63}(?<!-)\.)*((?!-)[A-Z\d-]{1,63}(?<!-))$",
        re.IGNORECASE,
    )
    return allowed.match(hostname)
`

func TestTuned(t *testing.T) {
	swap := func(source, old, new string) string {
		if !strings.Contains(source, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(source, old, new, 1)
	}
	tests := []struct {
		name, source string
		changed      bool
	}{
		{"keywords", accepts, true},
		{"aliases", aliases, true},
		{"aliases of Python 2 too", swap(aliases, "self._event_aliases.items()", "six.iteritems(self._event_aliases)"), true},

		{"case", hosts, true},
		{"case in one line", swap(hosts, ",\n        re.IGNORECASE,\n    )", ", re.I)"), true},

		{"another part of the answer", swap(accepts, "[2]", "[1]"), false},
		{"another inspect", swap(accepts, "import inspect", "from mine import inspect"), false},
		{"another getattr", accepts + "def getattr(): pass\n", false},
		{"inspect under another name too", accepts + "inspect = None\n", false},
		{"inspect handed on", accepts + "patch(inspect)\n", false},
		{"inspect is a parameter", accepts + "def f(inspect): pass\n", false},
		{"a star may bind it", accepts + "from mine import *\n", false},
		{"an expression that may do something", swap(accepts, "(func)[2]", "(func())[2]"), false},
		{"in a class, where lambdas see less", "import inspect\nclass C:\n    f = len\n    g = inspect.getfullargspec(f)[2]\n", false},

		{"another separator", swap(aliases, "split('.')", "split('-')"), false},
		{"split by blanks", swap(aliases, "split('.')", "split()"), false},
		{"not the key", swap(aliases, "event_parts.index(old_part)", "event_parts.index(new_part)"), false},
		{"a turn that does something", swap(aliases, "            else:\n                continue\n", "            else:\n                self.missed()\n"), false},
		{"a failure that does something", swap(aliases, "except ValueError:\n                    continue", "except ValueError:\n                    self.missed()"), false},
		{"a value that does something", swap(aliases, "= new_part\n", "= new_part()\n"), false},
		{"another text", swap(aliases, "elif old_part in event_name", "elif old_part in self.name"), false},
		{"the text changes", swap(aliases, "            new_name =", "            event_name = new_name ="), false},
		{"read after the loop", swap(aliases, "        return event_name\n", "        return event_name + old_part\n"), false},
		{"with an else", swap(aliases, "        return event_name\n", "        else:\n            return event_name\n"), false},
		{"a letter besides the range", swap(hosts, "$", "k$"), false},
		{"a class without something", swap(hosts, "[A-Z", "[^A-Z"), false},
		{"another range", swap(hosts, "[A-Z", "[,-_"), false},
		{"a range that is none", swap(hosts, "[A-Z\\d-]", "A-Z"), false},
		{"another class of characters", swap(hosts, "\\d", "\\w"), false},
		{"text that is not raw", swap(hosts, "r\"^", "\"^"), false},
		{"more flags", swap(hosts, "re.IGNORECASE", "re.IGNORECASE | re.ASCII"), false},
		{"other flags", swap(hosts, "re.IGNORECASE", "re.ASCII"), false},
		{"searched otherwise", swap(hosts, "allowed.match", "allowed.search"), false},
		{"an expression for the text", swap(hosts, "match(hostname)", "match(hostname())"), false},
		{"used for more", swap(hosts, "    return allowed", "    KEPT.append(allowed)\n    return allowed"), false},
		{"another re", swap(hosts, "import re", "from mine import re"), false},
		{"another type", hosts + "type = None\n", false},
		{"does not parse", aliases + "def\n", false},
		{"another encoding", "# coding: latin-1\n" + accepts + "# \xe9\n", false},
	}
	for _, test := range tests {
		got := string(tuned([]byte(test.source), nil))
		if (got != test.source) != test.changed {
			t.Errorf("%s: got\n%s", test.name, got)
		}
		if again := string(tuned([]byte(got), nil)); again != got {
			t.Errorf("%s: tuned twice it is:\n%s", test.name, again)
		}
		if strings.Count(got, "\n") != strings.Count(test.source, "\n") {
			t.Errorf("%s: lines moved:\n%s", test.name, got)
		}
	}
}

// difference runs two modules side by side and prints where they answer differently.
const difference = `
import functools, itertools, random, sys
def load(name):
    space = {"__name__": name}
    with open(sys.argv[1] + "/" + name + ".py") as f:
        exec(compile(f.read(), name, "exec"), space)
    return space
before, after = load("before"), load("after")

def outcome(call):
    try:
        return "value", call()
    except Exception as error:
        return "error", type(error), str(error)

def plain(a): pass
def keywords(a, *, b, **kw): pass
def everything(a, b=1, *args, c, d=2, **rest): 
    e = f = 1
def wrapped(f):
    @functools.wraps(f)
    def inner(*args): return f(*args)
    return inner
def closed(x):
    def inner(**kw): return x, kw
    return inner
async def waiting(**kw): pass
def making(**kw): yield 1
class C:
    def method(self, **kw): pass
    @classmethod
    def of_class(cls, *args, **options): pass
    @staticmethod
    def static(**kw): pass
    def __call__(self, **called): pass
class D:
    def __call__(self): pass
class Slots:
    __slots__ = ("x",)
    def __call__(self, **slots): pass
class Derived(C): pass
class Own:
    def __call__(self, **mine): pass
    def __getattr__(self, name):
        if name == "__signature__": return __import__("inspect").signature(plain)
        raise AttributeError(name)
class Signed(object):
    __signature__ = __import__("inspect").signature(keywords)
    def __call__(self): pass
class Odd:
    __call__ = functools.partial(keywords, b=1)
class Bound:
    def other(self, **other): pass
    __call__ = C().method
class Meta(type):
    def __call__(cls, **meta): return 1
class Made(metaclass=Meta): pass
class Described:
    def __get__(self, obj, cls=None): return self
    def __call__(self, **described): pass
class Static:
    __call__ = staticmethod(lambda **static: None)
class Wrapped:
    __call__ = wrapped(keywords)
class Equal:
    def __eq__(self, other): return True
    def __call__(self, **equal): pass
given = C()
given.__signature__ = __import__("inspect").signature(plain)
given2 = D()
given2.__call__ = keywords
signed = lambda **kw: None
signed.__signature__ = __import__("inspect").signature(plain)
handlers = [plain, keywords, everything, wrapped(keywords), closed(1), waiting, making, C, C.method, C().method,
    C.of_class, C().of_class, C.static, C(), D(), signed, lambda **k: 1, lambda: 1, functools.partial(keywords, b=1),
    functools.partial(keywords), len, print, int, dict, None, 1, "x", object(), C().__call__, [].append, type, Exception,
    Slots(), Derived(), Own(), Signed(), Odd(), Bound(), Made, Described(), Static(), Wrapped(), Equal(), given, given2]
if sys.version_info >= (3, 8):
    exec("def positional(a, b, /, c, *d, e, **f): pass\nhandlers.append(positional)")
for handler in handlers:
    a, b = (outcome(lambda: m["accepts_kwargs"](handler)) for m in (before, after))
    assert a == b, (handler, a, b)

def found(match):
    return match and (match.span(), match.groups(), match.string)
odd = ["", ".", "-", "a", "Z", "0", "k", "s", "i", "_", "@", "[", "\u0130", "\u0131", "\u017f", "\u212a", "\xe9", "\xdf", "\u0663", "\n", "a" * 63, "b" * 64]
class Text(str): pass
hosts = odd + [a + b for a in odd for b in odd] + [a + "." + b + c for a in odd for b in odd for c in odd]
hosts += [chr(c) for c in range(0x3000)] + [Text("a.b"), Text("\u212a"), b"a.b", bytearray(b"a"), ["a"], None, 1, ("a", "b")]
for host in hosts:
    a, b = (outcome(lambda: found(m["is_valid_host"](host))) for m in (before, after))
    assert a == b, (host, a, b)

random.seed(1)
parts = ["s3", "api", "api.sagemaker", "runtime.sagemaker", "before-call", "sagemaker", "a", "", ".", "a.b", "*"]
for _ in range(5000):
    table = {random.choice(parts): random.choice(parts) for _ in range(random.randrange(6))}
    event = ".".join(random.choice(parts) for _ in range(random.randrange(6)))
    made = []
    for m in (before, after):
        aliaser = m["EventAliaser"]()
        aliaser._event_aliases, aliaser.cache = dict(table), {}
        made.append((outcome(lambda: aliaser._alias_event_name(event)), aliaser.cache))
    assert made[0] == made[1], (table, event, made)
`

// TestTunedAgainstPython has the rules' forms answer in real Pythons as they did before.
func TestTunedAgainstPython(t *testing.T) {
	source := accepts + aliases + hosts
	better := tuned([]byte(source), nil)
	if string(better) == source {
		t.Fatal("nothing was tuned")
	}
	dir := t.TempDir()
	for name, text := range map[string][]byte{"before.py": []byte(source), "after.py": better} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runInPythons(t, difference, dir, "", "3.6", "3.7", "3.11", "3.12")
}

// runInPythons runs a program, which fails where something differs, in each Python that is
// here; "" is the newest, and must be.
func runInPythons(t *testing.T, program, argument string, versions ...string) {
	t.Helper()
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			find := pyruntest.Optional
			if version == "" {
				find = pyruntest.Need
			}
			_, _, err := find(t, version).Run(t.Context(), pyrun.Command{Isolated: true, NoSite: true, Args: []string{"-c", program, argument}})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
