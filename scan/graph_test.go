package scan

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// reached loads a folder and returns the files that the entry reaches.
func reached(t testing.TB, dir string, opts Options) *program {
	t.Helper()
	p, err := tryReached(t, dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tryReached(t testing.TB, dir string, opts Options) (*program, error) {
	t.Helper()
	a := artifacttest.Open(t, dir)
	installed, err := boto.Find(a)
	if err != nil {
		t.Fatal(err)
	}
	return load(t.Context(), a, opts, installed)
}

// pathsOf lists the files that are scanned.
func pathsOf(p *program) []string {
	var all []string
	for _, f := range p.files {
		all = append(all, f.path)
	}
	slices.Sort(all)
	return all
}

// distribution is what pip leaves behind of some files.
func distribution(name, entryPoints string, files map[string]string) map[string]string {
	info := name + "-1.0.dist-info/"
	all := map[string]string{info + "METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n"}
	record := ""
	for f, text := range files {
		all[f] = text
		record += f + ",,\n"
	}
	if entryPoints != "" {
		all[info+"entry_points.txt"] = entryPoints
	}
	all[info+"RECORD"] = record
	return all
}

// TestGraph says of each way to import what it reaches. Everything that is not
// listed must be left out.
func TestGraph(t *testing.T) {
	lib := distribution("lib", "", map[string]string{
		"lib/__init__.py": "", "lib/a.py": "from . import b", "lib/b.py": "", "lib/c.py": "", "lib/sub/__init__.py": "", "lib/sub/d.py": "",
	})
	for _, c := range []struct {
		name, app string
		more      map[string]string
		want      string
		note      string
		bare      bool // without lib
	}{
		{name: "nothing", app: "", want: ""},
		{name: "import", app: "import lib.a", want: "lib/__init__.py lib/a.py lib/b.py"},
		{name: "from", app: "from lib import c", want: "lib/__init__.py lib/c.py"},
		{name: "in a function", app: "def f():\n try:\n  from lib.sub import d as x\n except ImportError: pass", want: "lib/__init__.py lib/sub/__init__.py lib/sub/d.py"},
		{name: "by name", app: "import importlib\nimportlib.import_module('lib.' 'c')", want: "lib/__init__.py lib/c.py"},
		{name: "by a sum", app: "__import__('lib' + '.c')", want: "lib/__init__.py lib/c.py"},
		{name: "by a beginning", app: "import importlib\ndef f(x): importlib.import_module(f'lib.sub.{x}')", want: "lib/__init__.py lib/sub/__init__.py lib/sub/d.py"},
		{name: "fromlist", app: "__import__('lib.sub', fromlist=[x])", want: "lib/__init__.py lib/sub/__init__.py lib/sub/d.py"},
		{name: "by any name", app: "import importlib\ndef f(x): importlib.import_module(x)",
			want: "lib/__init__.py lib/a.py lib/b.py lib/c.py lib/sub/__init__.py lib/sub/d.py other.py",
			more: map[string]string{"other.py": ""}, note: "app.py:2:1: importlib.import_module(x) may import anything: everything in the package is scanned"},
		{name: "handed on", app: "from importlib import import_module\nmap(import_module, x)",
			want: "lib/__init__.py lib/a.py lib/b.py lib/c.py lib/sub/__init__.py lib/sub/d.py", note: "app.py:2:1: import_module may import anything: everything in the package is scanned"},
		{name: "by any name in a distribution", app: "import loader", more: distribution("loader", "", map[string]string{
			"loader/__init__.py": "\ndef f(x): return __import__(x)", "loader/more.py": "", "unrelated.py": "",
		}), want: "loader/__init__.py loader/more.py unrelated.py", note: "loader/__init__.py:2:1: __import__(x) may import anything: all of loader is scanned"},
		{name: "named in a string", app: "HANDLERS = {'class': 'lib.c.Handler', 'url': 'https://lib.a/'}", want: "lib/__init__.py lib/c.py"},
		{name: "named with a colon", app: "run('lib.c:app')", want: "lib/__init__.py lib/c.py"},
		{name: "named in prose", app: "'''lib.a'''\nx = 'we use lib.c for this'\ndef f(): 'import lib.b'", want: ""},
		{name: "named in a command", app: "run('python -m lib.c --now')", want: "lib/__init__.py lib/c.py"},
		{name: "a script", app: "run(['python', 'jobs/work.py'])", more: map[string]string{"jobs/work.py": "import helper", "jobs/helper.py": "", "jobs/no.py": ""}, want: "jobs/helper.py jobs/work.py"},
		{name: "named in data", app: "", more: map[string]string{"logging.ini": "class=lib.c.Handler\n"}, want: "lib/__init__.py lib/c.py"},
		{name: "named in a .pth", app: "", more: map[string]string{"x.pth": "import lib.c\n"}, want: "lib/__init__.py lib/c.py"},
		{name: "sitecustomize", app: "", more: map[string]string{"sitecustomize.py": "import lib"}, want: "lib/__init__.py sitecustomize.py"},
		{name: "__main__", app: "run(['python', '-m', 'tool'])", more: map[string]string{"tool/__main__.py": "", "tool/__init__.py": "", "tool/x.py": ""}, want: "tool/__init__.py tool/__main__.py"},
		{name: "lazy siblings", app: "import lazy", more: map[string]string{"lazy/__init__.py": "attach(__name__, ['real'])", "lazy/real.py": "", "lazy/not.py": ""}, want: "lazy/__init__.py lazy/real.py"},
		{name: "package relative", app: "import lazy", more: map[string]string{"lazy/__init__.py": "import_module('.real', __name__)", "lazy/real.py": "", "lazy/not.py": ""}, want: "lazy/__init__.py lazy/real.py"},
		{name: "star", app: "from lazy import *", more: map[string]string{"lazy/__init__.py": "__all__ = names()", "lazy/real.py": ""}, want: "lazy/__init__.py lazy/real.py"},
		{name: "__path__", app: "import lazy", more: map[string]string{"lazy/__init__.py": "walk(__path__)", "lazy/real.py": ""}, want: "lazy/__init__.py lazy/real.py"},
		{name: "namespace", app: "import ns.one.x", more: map[string]string{"ns/one/x.py": "from ..two import y", "ns/two/y.py": "", "ns/two/z.py": ""}, want: "ns/one/x.py ns/two/y.py"},
		{name: "sys.path", app: "import sys\nsys.path.insert(0, 'lib/sub')\nimport d", want: "lib/__init__.py lib/sub/__init__.py lib/sub/d.py"},
		{name: "entry points", app: "import host", more: join(
			distribution("host", "", map[string]string{"host.py": "entry_points(group='host.plugins')"}),
			distribution("plug", "[host.plugins]\nx = plug:X\n[other]\ny = plug2\n[console_scripts]\nz = plug3\n", map[string]string{"plug.py": "", "plug2.py": "", "plug3.py": ""}),
		), want: "host.py plug.py"},
		{name: "any entry points", app: "import host", more: join(
			distribution("host", "", map[string]string{"host.py": "for e in entry_points(): e.load()"}),
			distribution("plug", "[host.plugins]\nx = plug:X\n[other]\ny = plug2\n[console_scripts]\nz = plug3\n", map[string]string{"plug.py": "", "plug2.py": "", "plug3.py": ""}),
		), want: "host.py plug.py plug2.py", note: "host.py:1:1: entry_points() may load any entry point: the modules of all are scanned"},
		{name: "convention", app: "import frame\nAPPS = ['blog']", more: join(
			distribution("frame", "", map[string]string{"frame.py": "import_module('%s.models' % app)"}),
			map[string]string{"blog/__init__.py": "", "blog/models.py": ""},
		), want: "blog/__init__.py blog/models.py frame.py", note: "frame.py:1:1: import_module('%s.models' % app) may import anything: all of frame is scanned"},
		{name: "does not parse", app: "import lib.c", more: distribution("lib", "", map[string]string{"lib/__init__.py": "", "lib/c.py": "print 1", "lib/d.py": ""}), want: "lib/__init__.py lib/c.py lib/d.py", bare: true,
			note: "lib/c.py:1:1: the file does not parse, so it may import anything: all of lib is scanned"},
		{name: "compiled", app: "import fast", more: join(
			distribution("fast", "", map[string]string{"fast/__init__.py": "from ._speed import x", "fast/_speed.cpython-312-x86_64-linux-gnu.so": "\x7fELF\x00lib.c\x00", "fast/rest.py": ""}),
		), want: "fast/__init__.py fast/rest.py lib/__init__.py lib/c.py", note: "fast/_speed.cpython-312-x86_64-linux-gnu.so:1:1: compiled code may import anything: all of fast is scanned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if !c.bare {
				artifacttest.Write(t, dir, lib)
			}
			artifacttest.Write(t, dir, map[string]string{"app.py": c.app + "\ndef handler(event, context): pass\n"})
			artifacttest.Write(t, dir, c.more)
			p := reached(t, dir, Options{Entries: []Entry{{Handler: "app.handler"}}})
			got := slices.DeleteFunc(pathsOf(p), func(s string) bool { return s == "app.py" })
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("reached %s\n    want %s", g, c.want)
			}
			note := ""
			for _, n := range p.notes {
				note += n.String() + ": " + n.Message
			}
			if note != c.note {
				t.Errorf("note %q, want %q", note, c.note)
			}
		})
	}
}

func join(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestEntryForms(t *testing.T) {
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{
		"app.py": "def handler(): pass", "src/shop/orders.py": "import prices\ndef lambda_handler(): pass", "src/shop/__init__.py": "", "src/shop/prices.py": "",
		"src/prices.py": "", "alone.py": "from lib import *",
	})
	for entry, want := range map[string]string{
		"app.handler":                    "app.py",
		"app":                            "app.py",
		"app:handler":                    "app.py",
		"./app.handler":                  "app.py",
		"app.py:handler":                 "app.py",
		"alone.anything":                 "alone.py",
		"src/shop/orders.lambda_handler": "src/prices.py src/shop/__init__.py src/shop/orders.py src/shop/prices.py",
		"src.shop.orders.lambda_handler": "src/prices.py src/shop/__init__.py src/shop/orders.py src/shop/prices.py",
		"shop.orders:lambda_handler":     "src/prices.py src/shop/__init__.py src/shop/orders.py src/shop/prices.py",
		"shop":                           "src/shop/__init__.py",

		"ap.handler":                 "ERROR app.handler",
		"app.handle":                 "ERROR app.handler",
		"orders.handler":             "ERROR src.shop.orders.lambda_handler",
		"shop.order.lambda_handler":  "ERROR src.shop.orders.lambda_handler",
		"completely.different.thing": "ERROR ",
		"":                           "ERROR ",
	} {
		p, err := tryReached(t, dir, Options{Entries: []Entry{{Handler: entry}}})
		got := ""
		var wrong *EntryError
		switch {
		case errors.As(err, &wrong):
			got = "ERROR " + strings.Join(wrong.Similar, " ")
		case err != nil:
			t.Fatal(err)
		default:
			got = strings.Join(pathsOf(p), " ")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", entry, got, want)
		}
	}
}

// An expected entry that is not there limits nothing, an optional one says nothing.
func TestExpectedEntry(t *testing.T) {
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"app.py": "def handler(): pass", "other.py": ""})
	p := reached(t, dir, Options{Entries: []Entry{{Handler: "app.handler"}, {Handler: "gone.handler", From: "template.yaml:3", Need: Expected}}})
	if len(p.files) != 2 || len(p.notes) != 1 || len(p.entries) != 0 {
		t.Errorf("files %v, notes %v, entries %v", pathsOf(p), p.notes, p.entries)
	}
	p = reached(t, dir, Options{Entries: []Entry{{Handler: "app.handler"}, {Handler: "gone.handler", Need: Optional}}})
	if len(p.files) != 1 || len(p.notes) != 0 || len(p.entries) != 1 {
		t.Errorf("files %v, notes %v, entries %v", pathsOf(p), p.notes, p.entries)
	}
}

// ran asks a real Python which files below dir an import of the modules runs.
func ran(t *testing.T, python *pyrun.Interpreter, dir, code string) []string {
	t.Helper()
	script := `
import sys, os, json
root = os.path.realpath(sys.argv[1])
sys.path.insert(0, root)
sys.dont_write_bytecode = True
` + code + `
files = set()
for m in list(sys.modules.values()):
    f = getattr(m, '__file__', None)
    if isinstance(f, str) and os.path.realpath(f).startswith(root + os.sep):
        files.add(os.path.relpath(os.path.realpath(f), root).replace(os.sep, '/'))
sys.__stdout__.write('\n' + json.dumps(sorted(files)))
`
	out, _, err := python.Run(t.Context(), pyrun.Command{Args: []string{"-c", script, dir}, Isolated: true})
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	if err := json.Unmarshal(out[strings.LastIndexByte(string(out), '\n')+1:], &files); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return files
}

// covers reports the files that ran and that the graph did not reach.
func covers(t *testing.T, g []string, ran []string) bool {
	t.Helper()
	ok := true
	for _, f := range ran {
		if strings.HasSuffix(f, ".py") && !slices.Contains(g, f) {
			t.Errorf("%s ran and was not reached", f)
			ok = false
		}
	}
	return ok
}

// TestReachOfRealPackages imports real packages and holds what ran to what is reached.
func TestReachOfRealPackages(t *testing.T) {
	python := pyruntest.Need(t, "")
	for _, c := range []struct {
		requirements []string
		app          string
		less         bool // some of the package must be left out
	}{
		{[]string{"aws-lambda-powertools", "boto3"}, "from aws_lambda_powertools import Logger, Metrics\nimport aws_lambda_powertools.utilities.parameters\n", false},
		{[]string{"watchtower"}, "import watchtower\n", true},
		{[]string{"django-storages[s3]"}, `
from django.conf import settings
settings.configure(INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes', 'storages'], STORAGES={'default': {'BACKEND': 'storages.backends.s3.S3Storage'}}, AWS_STORAGE_BUCKET_NAME='b')
import django; django.setup()
from django.core.files.storage import default_storage
default_storage.bucket_name
`, false},
		{[]string{"pynamodb"}, "from pynamodb.models import Model\n", true},
		{[]string{"s3fs"}, "import s3fs, fsspec\nfsspec.get_filesystem_class('s3')\n", false},
	} {
		t.Run(c.requirements[0], func(t *testing.T) {
			t.Parallel()
			dir := pyruntest.Install(t, python, c.requirements...)
			app := t.TempDir()
			artifacttest.Write(t, app, map[string]string{"coldcut_entry.py": c.app + "\ndef handler(event, context): pass\n"})
			a, err := artifact.Open(app, artifact.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Close() })
			opts := Options{Entries: []Entry{{Handler: "coldcut_entry.handler"}}, Sources: []*artifact.Artifact{a}}
			p := reached(t, dir, opts)
			code := "sys.path.append(" + quoted(app) + ")\nimport coldcut_entry\n"
			if c.less && p.skipped == 0 {
				t.Error("nothing was left out")
			}
			t.Logf("%d files reached, %d left out", len(p.files), p.skipped)
			for _, n := range p.notes {
				t.Log(n)
			}
			covers(t, pathsOf(p), ran(t, python, dir, code))
		})
	}
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

// TestReachOfRandomPackages makes packages whose modules import each other in every
// way at random, runs them, and holds what ran to what is reached.
func TestReachOfRandomPackages(t *testing.T) {
	python := pyruntest.Need(t, "")
	dir := t.TempDir()
	seed := rand.Uint64()
	const programs = 60
	var code strings.Builder
	code.WriteString("import importlib, traceback\nout = {}\nfor i in range(" + fmt.Sprint(programs) + "):\n" + `
    base = os.path.join(root, 'p%d' % i)
    sys.path.insert(0, base)
    before = set(sys.modules)
    path = list(sys.path)
    importlib.invalidate_caches()
    try:
        import app
        app.handler()
    except Exception:
        traceback.print_exc()
    keep = {k: v for k, v in sys.modules.items() if k not in before}
    for k, v in keep.items():
        sys.modules['p%d:%s' % (i, k)] = v
        del sys.modules[k]
    sys.path[:] = path
    sys.path.remove(base)
`)
	for i := range programs {
		randomProgram(t, rand.New(rand.NewPCG(seed, uint64(i))), filepath.Join(dir, fmt.Sprintf("p%d", i)))
	}
	all := ran(t, python, dir, code.String())
	if len(all) < 3*programs {
		t.Fatalf("only %d files ran", len(all))
	}
	left := 0
	for i := range programs {
		base := fmt.Sprintf("p%d", i)
		p := reached(t, filepath.Join(dir, base), Options{Entries: []Entry{{Handler: "app.handler"}}})
		left += p.skipped
		var mine []string
		for _, f := range all {
			if rest, ok := strings.CutPrefix(f, base+"/"); ok {
				mine = append(mine, rest)
			}
		}
		if !covers(t, pathsOf(p), mine) {
			t.Fatalf("seed %d, program %d", seed, i)
		}
	}
	if left == 0 {
		t.Error("the entries left nothing out")
	}
}

// randomProgram writes one program below dir.
func randomProgram(t *testing.T, r *rand.Rand, dir string) {
	t.Helper()
	ways := 12
	if r.IntN(3) == 0 {
		ways = 14 // the last two may import anything
	}
	var modules []string
	packages := []string{""}
	for i := range 4 + r.IntN(4) {
		name := packages[r.IntN(len(packages))]
		if name != "" {
			name += "."
		}
		packages = append(packages, name+fmt.Sprintf("k%d", i))
	}
	files := map[string]bool{}
	for _, p := range packages[1:] {
		if r.IntN(4) > 0 {
			files[strings.ReplaceAll(p, ".", "/")+"/__init__.py"] = true
		}
		modules = append(modules, p)
	}
	for i := range 10 {
		name := packages[r.IntN(len(packages))]
		if name != "" {
			name += "."
		}
		name += fmt.Sprintf("m%d", i)
		modules = append(modules, name)
		files[strings.ReplaceAll(name, ".", "/")+".py"] = true
	}
	out := map[string]string{"app.py": randomModule(r, "app", modules, 3, ways) + "\ndef handler():\n    pass\n" + indent(randomModule(r, "app", modules, 2, ways))}
	for f := range files {
		module := strings.TrimSuffix(strings.TrimSuffix(strings.ReplaceAll(f, "/", "."), ".py"), ".__init__")
		pkg := parent(module)
		if strings.HasSuffix(f, "__init__.py") {
			pkg = module
		}
		out[f] = randomModule(r, pkg, modules, r.IntN(3), ways)
	}
	artifacttest.Write(t, dir, out)
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") + "\n" }

// randomModule is the source of a module in pkg: some imports of other modules.
func randomModule(r *rand.Rand, pkg string, modules []string, n, ways int) string {
	var b strings.Builder
	b.WriteString("import importlib, sys")
	for range n {
		m := modules[r.IntN(len(modules))]
		first, last := parent(m), m[strings.LastIndexByte(m, '.')+1:]
		b.WriteString("\ntry:\n    ")
		switch r.IntN(ways) {
		case 0:
			fmt.Fprintf(&b, "import %s", m)
		case 1:
			fmt.Fprintf(&b, "import %s as x", m)
		case 2:
			if first != "" {
				fmt.Fprintf(&b, "from %s import %s", first, last)
			} else {
				fmt.Fprintf(&b, "import %s", m)
			}
		case 3:
			if up, ok := strings.CutPrefix(m, pkg+"."); ok && pkg != "" {
				fmt.Fprintf(&b, "from . import %s", strings.Split(up, ".")[0])
			} else {
				fmt.Fprintf(&b, "from .. import %s", last)
			}
		case 4:
			fmt.Fprintf(&b, "importlib.import_module(%q)", m)
		case 5:
			fmt.Fprintf(&b, "importlib.import_module('.%s', %q)", last, first)
		case 6:
			fmt.Fprintf(&b, "importlib.import_module(f%q.format(%q))", first+".{{}}", last)
		case 7:
			fmt.Fprintf(&b, "__import__(%q, fromlist=[%q])", first, last)
		case 8:
			fmt.Fprintf(&b, "if True:\n        exec(%q)", "import "+m)
		case 12:
			fmt.Fprintf(&b, "(lambda f, x: f(x))(importlib.import_module, %q)", m)
		case 13:
			fmt.Fprintf(&b, "NAMES = [%q]\n    for n in NAMES: importlib.import_module(n)", m)
		case 11:
			fmt.Fprintf(&b, "from %s import *", m)
		case 9:
			fmt.Fprintf(&b, "importlib.import_module('.%s', __package__)", last)
		case 10:
			fmt.Fprintf(&b, "importlib.import_module(__name__ + '.%s')", last)
		}
		b.WriteString("\nexcept Exception: pass")
	}
	return b.String() + "\n"
}
