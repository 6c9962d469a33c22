package shake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyc"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/tinyboto"
)

// newCompiler is a compiler of sources that are held here.
func newCompiler(t *testing.T, p *pyrun.Interpreter, sources map[string]string) *compiler {
	t.Helper()
	k, err := new(cut).inPython(p, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k.name = func(path string) string { return "/var/task/" + path }
	k.read = func(path string) ([]byte, error) {
		text, ok := sources[path]
		if !ok {
			return nil, fmt.Errorf("%s is not there", path)
		}
		return []byte(text), nil
	}
	return k
}

// library reads a part of an interpreter's own library: real code, of its version.
func library(t *testing.T, p *pyrun.Interpreter) map[string]string {
	t.Helper()
	stdout, _, err := p.Run(t.Context(), pyrun.Command{Isolated: true, Args: []string{"-c", "import os; print(os.path.dirname(os.__file__))"}})
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	root := strings.TrimSpace(string(stdout))
	for _, pattern := range []string{"[a-d]*.py", "json/*.py", "email/*.py", "importlib/*.py", "xml/*/*.py"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(root, file)
			sources[filepath.ToSlash(rel)] = string(text)
		}
	}
	// Names that modules share, constants of sets, and what is interned in passing.
	sources["sets.py"] = "def f(x):\n    return x in {None, 'a', 'b', 1.5, ('a', b'c'), ...}\n\nclass C:\n    a = 'a'; b = 'b'; os = 'os'\n"
	return sources
}

// TestReproducible holds bytecode to the same bytes in whatever order, company and
// number of processes it is made, and to be the code that Python itself makes.
func TestReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	for _, version := range []string{"3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := pyruntest.Optional(t, version)
			sources := library(t, p)
			var paths []string
			for path := range sources {
				paths = append(paths, path)
			}
			slices.Sort(paths)
			k := newCompiler(t, p, sources)
			k.chunk, k.jobs = len(paths), 1
			once, err := k.all(t.Context(), paths)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(paths)
			k.chunk, k.jobs, k.seed = 7, 3, "1"
			disturb(t, k)
			again, err := k.all(t.Context(), paths)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(again)
			for i, c := range once {
				if c.code == nil || !bytes.Equal(c.code, again[i].code) || c.path != again[i].path {
					t.Errorf("%s: %d bytes once and %d again: %s", c.path, len(c.code), len(again[i].code), c.reason)
				}
			}
			checkCode(t, p, sources, once)
		})
	}
}

// disturb gives the compiler another history: modules that it has no need of, and names
// and constants that live on.
func disturb(t *testing.T, k *compiler) {
	t.Helper()
	program := strings.Replace(string(compileProgram), "def compiled(source, name):", `import argparse, asyncio, email, xml.dom.minidom
KEPT = []
def compiled(source, name):
    KEPT.append(compile(source, name, "exec", dont_inherit=True, optimize=0))`, 1)
	if err := os.WriteFile(k.script, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
}

// same reads what was compiled as Python does, and compares it with what it compiles.
const same = `
import _imp, json, marshal, sys
for line in sys.stdin:
    case = json.loads(line)
    source = case["source"].encode("utf-8", "surrogatepass")
    code = marshal.loads(bytes.fromhex(case["code"]))
    want = compile(source, "/var/task/" + case["path"], "exec", dont_inherit=True, optimize=0)
    assert code == want, case["path"]
    assert code.co_filename == want.co_filename
    assert marshal.loads(marshal.dumps(want)) == code
    magic = case["magic"] | 0x0a0d0000
    assert int.from_bytes(_imp.source_hash(magic, source), "little") == int(case["hash"]), case["path"]
print("ok")
`

func checkCode(t *testing.T, p *pyrun.Interpreter, sources map[string]string, all []compiled) {
	t.Helper()
	var cases bytes.Buffer
	magic, _ := pyc.Magic(p.Language())
	for _, c := range all {
		if !strings.Contains(sources[c.path], "\ufffd") { // what is no UTF-8 is none in JSON
			line, err := json.Marshal(map[string]any{"path": c.path, "source": sources[c.path], "code": fmt.Sprintf("%x", c.code), "magic": magic, "hash": fmt.Sprint(c.hash)})
			if err != nil {
				t.Fatal(err)
			}
			cases.Write(append(line, '\n'))
		}
	}
	stdout, _, err := p.Run(t.Context(), pyrun.Command{Isolated: true, Args: []string{"-W", "ignore", "-c", same}, Stdin: &cases, Env: []string{"PYTHONIOENCODING=utf-8"}})
	if err != nil || string(bytes.TrimSpace(stdout)) != "ok" {
		t.Errorf("%v: %s", err, stdout)
	}
}

// TestUncompilable holds that a source which does not compile takes no other with it,
// whatever it does to the compiler.
func TestUncompilable(t *testing.T) {
	p := pyruntest.Need(t, "")
	sources := map[string]string{
		"a.py": "x = 1\n", "print.py": "print 'two'\n", "nul.py": "x = '\x00'\n", "latin.py": "# coding: latin-1\nx = '\xe9'\n",
		"bytes.py": "x = '\xe9'\n", "template.py": "{{ name }}: x\n", "empty.py": "", "ümlaut😀.py": "y = 2\n", "z.py": "y = 2\n",
	}
	k := newCompiler(t, p, sources)
	k.chunk = 4
	var paths []string
	for path := range sources {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	done := 0
	k.done = func() { done++ }
	all, err := k.all(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range all {
		bad := slices.Contains([]string{"print.py", "nul.py", "bytes.py", "template.py"}, c.path)
		if c.path != paths[i] || (c.code == nil) != bad || (c.reason != "") != bad {
			t.Errorf("%s: %d bytes, %q", c.path, len(c.code), c.reason)
		}
	}
	if done != len(paths) {
		t.Errorf("%d of %d were told", done, len(paths))
	}
}

// TestCompilerEnds holds that a source which ends the compiler, or takes it for ever, is
// left out alone.
func TestCompilerEnds(t *testing.T) {
	p := pyruntest.Need(t, "")
	sources := map[string]string{"a.py": "x = 1\n", "crash.py": "crash", "slow.py": "slow", "z.py": "y = 2\n"}
	k := newCompiler(t, p, sources)
	k.limit = 5 * time.Second
	program := strings.Replace(string(compileProgram), "def compiled(source, name):", `def compiled(source, name):
    import os, time
    if source == b"crash":
        os.abort()
    if source == b"slow":
        time.sleep(600)`, 1)
	if err := os.WriteFile(k.script, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := k.all(t.Context(), []string{"a.py", "crash.py", "slow.py", "z.py"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "it ends the compiler", "it takes longer than 5s to compile", ""}
	for i, c := range all {
		if c.reason != want[i] || (c.code == nil) != (want[i] != "") {
			t.Errorf("%s: %q, %d bytes", c.path, c.reason, len(c.code))
		}
	}
}

// TestForeignInterpreter holds that bytecode of another number than the releases' is
// refused, and that what cannot be read is no fault of a source.
func TestForeignInterpreter(t *testing.T) {
	p := pyruntest.Need(t, "")
	for _, test := range []struct{ old, new, want string }{
		{`"magic": magic`, `"magic": magic + 1`, "is not that of the releases of"},
		{"answer({}, code)", `answer({"size": "x"}); print("what")`, "says"},
		{"import marshal\n", "import marshall\n", "No module named 'marshall'"},
	} {
		k := newCompiler(t, p, map[string]string{"a.py": "x = 1\n"})
		if err := os.WriteFile(k.script, []byte(strings.Replace(string(compileProgram), test.old, test.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := k.all(t.Context(), []string{"a.py"}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.new, err)
		}
	}
	k := newCompiler(t, p, nil)
	if _, err := k.all(t.Context(), []string{"gone.py"}); err == nil || !strings.Contains(err.Error(), "gone.py is not there") {
		t.Errorf("an unreadable source: %v", err)
	}
}

// TestDropOrphans holds that bytecode goes with its source, and no other.
func TestDropOrphans(t *testing.T) {
	fat := tinyboto.Open(t, map[string]string{
		"a.py": "x = 1\n", "__pycache__/a.cpython-37.pyc": "x", "__pycache__/a.cpython-313.opt-1.pyc": "x", "__pycache__/ab.cpython-313.pyc": "x",
		"b/a.py": "x = 1\n", "b/__pycache__/a.cpython-313.pyc": "x",
	})
	c := &cut{fat: fat, edits: artifact.Edits{"a.py": nil}, by: map[string]string{"a.py": "before"}}
	c.dropOrphans()
	var gone []string
	for _, f := range fat.Files() {
		if c.removed(f.Path) {
			gone = append(gone, f.Path)
		}
	}
	if want := []string{"__pycache__/a.cpython-313.opt-1.pyc", "__pycache__/a.cpython-37.pyc", "a.py"}; !slices.Equal(gone, want) {
		t.Errorf("gone are %v, want %v", gone, want)
	}
}
