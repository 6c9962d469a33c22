package shake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sessions is botocore's class of HTTP sessions in small, its proxies and contexts as
// they are.
const sessions = `
import os
import ssl
from urllib3 import PoolManager, Timeout
from urllib3.util.ssl_ import SSLContext

POOLS = {}

def create_context(ciphers=None):
    context = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ciphers:
        context.set_ciphers(ciphers)
    context.options |= 1
    def off():
        context.check_hostname = False
    off()
    if hasattr(context, "keylog_filename"):
        log = os.environ.get("SSLKEYLOGFILE")
        if log:
            context.keylog_filename = log
    return context

class Proxies(object):
    def __init__(self, proxies=None):
        if proxies is None:
            proxies = {}
        self._proxies = proxies

    @property
    def settings(self):
        return read_settings()

class Session:
    """A session."""
    def __init__(self, proxies=None, timeout=60):
        self._config = Proxies(proxies=proxies)
        if not isinstance(timeout, (int, float)):
            timeout = Timeout(connect=timeout[0], read=timeout[1])
        self._timeout = timeout
        self._manager = PoolManager(**self._arguments())
        self._manager.pool_classes = POOLS

    def _arguments(self, **more):
        arguments = {"timeout": self._timeout, "context": create_context()}
        arguments.update(**more)
        return arguments

    def send(self, request):
        raise ValueError(request)
`

// fetchers keep sessions as botocore's do that ask for credentials.
const fetchers = `
import botocore.sessions

class Machine:
    def __init__(self, timeout=1):
        self._session = botocore.sessions.Session(
            timeout=timeout,
            proxies=proxies_of(),
        )

    def fetch(self):
        return self._session.send(1)

class Container:
    def __init__(self, session=None):
        if session is None:
            session = botocore.sessions.Session(timeout=2)
        self._session = session
`

func TestLater(t *testing.T) {
	swap := func(source, old, new string) string {
		if !strings.Contains(source, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(source, old, new, 1)
	}
	tests := []struct {
		name, source, class string
		later               int
	}{
		{"both", fetchers, sessions, 2},
		{"no arguments", swap(fetchers, "timeout=2", ""), sessions, 2},
		{"arguments by place", swap(fetchers, "timeout=2", "2"), sessions, 1},
		{"arguments unpacked", swap(fetchers, "timeout=2", "**self.options"), sessions, 1},
		{"not kept by a constructor", strings.ReplaceAll(fetchers, "__init__", "connect"), sessions, 0},
		{"kept by another", swap(fetchers, "self._session = botocore", "other.session = botocore"), sessions, 1},
		{"another name for the module", swap(fetchers, "import botocore.sessions", "import botocore.sessions as botocore"), sessions, 0},
		{"another module", swap(fetchers, "import botocore.sessions", "import botocore"), sessions, 0},
		{"the name is bound again", fetchers + "botocore = None\n", sessions, 0},

		{"no source", fetchers, "", 0},
		{"another class", fetchers, swap(sessions, "class Session:", "class Other:"), 0},
		{"nothing to gain", fetchers, swap(sessions, "SSLContext(ssl.PROTOCOL_TLS_CLIENT)", "Timeout(1)"), 0},
		{"it has a base", fetchers, swap(sessions, "class Session:", "class Session(Base):"), 0},
		{"it is decorated", fetchers, swap(sessions, "class Session:", "@registered\nclass Session:"), 0},
		{"it is bound twice", fetchers, sessions + "class Session: pass\n", 0},
		{"it has a special method", fetchers, sessions + "    def __del__(self): pass\n", 0},
		{"it has attributes", fetchers, swap(sessions, `"""A session."""`, "count = 0"), 0},
		{"it reads the environment at large", fetchers, swap(sessions, `os.environ.get("SSLKEYLOGFILE")`, "os.environ.get(NAME)"), 0},
		{"it reads the environment otherwise", fetchers, swap(sessions, `os.environ.get("SSLKEYLOGFILE")`, `os.environ["SSLKEYLOGFILE"]`), 0},
		{"it calls what is not known", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = check(timeout)\n"), 0},
		{"it calls a method of what is not its own", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = timeout\n        POOLS.update(a=1)\n"), 0},
		{"it writes to what is not its own", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = POOLS[1] = timeout\n"), 0},
		{"it writes by another name", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = timeout\n        pools = POOLS\n        pools[1] = 1\n"), 0},
		{"it writes by an attribute", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = timeout\n        self._pools = POOLS\n        self._pools[1] = 1\n"), 0},
		{"it may raise", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = timeout\n        raise ValueError\n"), 0},
		{"it tells itself to others", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = timeout\n        ALL.append(self)\n"), 0},
		{"it reads a property", fetchers, swap(sessions, "        self._proxies = proxies\n", "        self._proxies = proxies or self.settings\n"), 0},
		{"it imports", fetchers, swap(sessions, "        self._timeout = timeout\n", "        self._timeout = timeout\n        import socket\n"), 0},
		{"a global is written", fetchers, swap(sessions, "        self._timeout = timeout\n", "        global POOLS\n        POOLS = self._timeout = timeout\n"), 0},
		{"a harmless name is another", fetchers, swap(sessions, "POOLS = {}", "POOLS = {}\nPoolManager = Noisy\n"), 0},
	}
	for _, test := range tests {
		modules := func(name string) []byte {
			if name != "botocore.sessions" || test.class == "" {
				return nil
			}
			return []byte(test.class)
		}
		got := string(tuned([]byte(test.source), modules))
		if n := strings.Count(got, "_coldcut_later(botocore.sessions.Session"); n != test.later {
			t.Errorf("%s: %d wait, not %d:\n%s", test.name, n, test.later, got)
		}
		if again := string(tuned([]byte(got), modules)); again != got {
			t.Errorf("%s: tuned twice it is:\n%s", test.name, again)
		}
		lines := strings.Count(test.source, "\n")
		if before := strings.SplitAfter(got, "\n")[:lines]; !strings.HasSuffix(strings.Join(before, ""), test.source[strings.LastIndex(strings.TrimSpace(test.source), "\n")+1:]) {
			t.Errorf("%s: lines moved:\n%s", test.name, got)
		}
	}
}

// later asks a class that was put off everything that can be asked of one that was not.
const later = `
import copy, os, pickle, sys, threading, types
space = {"__name__": "tuned"}
with open(sys.argv[1]) as f:
    exec(compile(f.read(), "tuned", "exec"), space)
put_off = space["_coldcut_later"]
os.environ.pop("SSLKEYLOGFILE", None)
made = []
class Session:
    def __init__(self, timeout=1, proxies=None):
        made.append(self)
        self.timeout, self.proxies, self.manager = timeout, proxies, object()
    def send(self):
        return self.manager
    @property
    def twice(self):
        return 2 * self.timeout
name = repr(Session()).split(" at ")[0]
def fresh(**given):
    del made[:]
    s = put_off(Session, **given)
    assert not made and isinstance(s, Session)
    return s
def check(touch):
    proxies = {"http": "x"}
    s = fresh(timeout=3, proxies=proxies)
    assert repr(s).split(" at ")[0] == name and not made
    before, held = hash(s), {s: 1}
    touch(s)
    assert len(made) == 1 and type(s) is Session, (touch, made)
    assert touch in (write, remove) or s.timeout == 3
    assert s.proxies is proxies and s.send() is s.manager and hash(s) == before and held[s]
    assert "_coldcut" not in str(vars(s)) and len(made) == 1
def write(s): s.timeout = 5; assert s.twice == 10
def remove(s):
    del s.timeout
    assert not hasattr(s, "timeout")
for touch in (lambda s: s.timeout, lambda s: s.send(), lambda s: s.twice, lambda s: vars(s), lambda s: dir(s),
              lambda s: s.__class__, lambda s: hasattr(s, "x"), lambda s: copy.copy(s), write, remove):
    check(touch)
for duplicate in (copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))):
    s = fresh(timeout=4)
    other = duplicate(s)
    assert type(other) is Session and other is not s and other.timeout == 4
try:
    fresh().nothing
except AttributeError as error:
    assert "'Session' object has no attribute 'nothing'" in str(error)
else:
    raise AssertionError

# At once: what might fail, what somebody put there, what was made by other means.
def at_once(make, **given):
    del made[:]
    s = put_off(make, **given)
    assert made
    return s
at_once(Session, timeout=(1, 2))
at_once(Session, timeout="x")
at_once(lambda **given: Session(**given))
class Wrapped(Session):
    def __new__(cls, **given):
        return Session()
at_once(Wrapped)
class Meta(type): pass
at_once(Meta("Other", (Session,), {}))
class Patch:
    def __call__(self, session, **given): made.append(session)
    def __get__(self, session, owner): return lambda **given: self(session, **given) if session else self
class Patched(Session):
    __init__ = Patch()
at_once(Patched)
os.environ["SSLKEYLOGFILE"] = ""
at_once(Session)
del os.environ["SSLKEYLOGFILE"]

# However many threads touch it first, all see one object with one state.
interval = sys.getswitchinterval()
sys.setswitchinterval(1e-6)
for _ in range(100):
    s, seen, gate = fresh(), [], threading.Barrier(8)
    def touch():
        gate.wait()
        seen.append(s.send())
    threads = [threading.Thread(target=touch) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert len(seen) == 8 and set(seen) == {s.manager}
`

// TestLaterAgainstPython asks what is put off in real Pythons, by the text that ships.
func TestLaterAgainstPython(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tuned.py")
	text := tuned([]byte(fetchers), func(string) []byte { return []byte(sessions) })
	_, added, ok := strings.Cut(string(text), "        self._session = session\n")
	if !ok || !strings.Contains(added, `("SSLKEYLOGFILE",)`) {
		t.Fatalf("nothing is put off:\n%s", text)
	}
	if err := os.WriteFile(file, []byte(added), 0o600); err != nil {
		t.Fatal(err)
	}
	runInPythons(t, later, file, "", "3.6", "3.7", "3.11", "3.12")
}
