package imports

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// helper is what main.py may use: which of some modules are loaded. On the untouched
// side all of them are, since they were imported; the test looks at its answer alone.
const helper = `import sys
def loaded(*names):
    with open("loaded.txt", "w") as f:
        f.write(" ".join(n for n in names if n in sys.modules))
    return ""
`

// suite is a family of small packages, and a program that uses them.
type suite struct {
	files map[string][]byte
	main  []byte
	// waits are modules that the program's imports must not load once they are deferred.
	waits []string
}

func readSuite(t testing.TB, file string) suite {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := suite{files: map[string][]byte{}}
	for _, f := range archive.Files {
		switch f.Name {
		case "main.py":
			s.main = f.Data
		case "waits":
			s.waits = strings.Fields(string(f.Data))
		default:
			s.files[f.Name] = f.Data
		}
	}
	return s
}

// write puts files into a new folder, with the runtime and the program.
func write(t testing.TB, files map[string][]byte, main []byte) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		put(name, data)
	}
	put(Runtime+".py", RuntimeSource)
	put("main.py", append([]byte(helper), main...))
	return dir
}

// deferred is a family with its imports deferred.
func deferred(t testing.TB, files map[string][]byte) map[string][]byte {
	t.Helper()
	return deferredFor(t, files, Options{})
}

func deferredFor(t testing.TB, files map[string][]byte, o Options) map[string][]byte {
	t.Helper()
	r, err := Defer(files, o)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for name, data := range files {
		all[name] = data
	}
	for name, data := range r.Sources {
		all[name] = data
	}
	return all
}

// run runs a program in its folder and returns what it printed, errors too.
func run(t testing.TB, p *pyrun.Interpreter, dir string, options ...string) string {
	t.Helper()
	out, errors, err := p.Run(t.Context(), pyrun.Command{Dir: dir, Args: append(options, "main.py"), Env: []string{"PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1"}})
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errors)
	}
	return strings.ReplaceAll(string(out), dir, "DIR")
}

// TestPython runs each program with the family as it is and with its imports deferred.
func TestPython(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	for _, version := range []string{"3.7", "3.13"} {
		p := pyruntest.Optional(t, version)
		for _, file := range files {
			t.Run(version+"/"+filepath.Base(file), func(t *testing.T) {
				s := readSuite(t, file)
				if version == "3.7" && bytes.Contains(s.files["fam/a.py"], []byte("=}")) {
					// Before 3.8 {x=} is no syntax.
					s.files["fam/a.py"] = bytes.ReplaceAll(s.files["fam/a.py"], []byte("=}"), []byte("}"))
				}
				for _, options := range [][]string{nil, {"-W", "error"}, {"-OO"}} {
					want := run(t, p, write(t, s.files, s.main), options...)
					dir := write(t, deferred(t, s.files), s.main)
					if got := run(t, p, dir, options...); got != want {
						t.Errorf("%v: prints\n%s\nwant\n%s", options, got, want)
					}
					checkWaits(t, dir, s.waits)
				}
			})
		}
	}
}

// TestLazy runs each program with Python's own lazy imports, and, in the same Python,
// without them.
func TestLazy(t *testing.T) {
	p := pyruntest.Optional(t, "3.15")
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := readSuite(t, file)
			for _, options := range [][]string{nil, {"-W", "error"}, {"-OO"}} {
				want := run(t, p, write(t, s.files, s.main), options...)
				for _, lazy := range []bool{false, true} {
					dir := write(t, deferredFor(t, s.files, Options{Lazy: lazy}), s.main)
					if got := run(t, p, dir, options...); got != want {
						t.Errorf("%v, lazy imports %v: prints\n%s\nwant\n%s", options, lazy, got, want)
					}
					checkWaits(t, dir, s.waits)
				}
			}
		})
	}
}

// TestPythons runs the programs whose outcome depends on the Python in the others.
func TestPythons(t *testing.T) {
	for _, version := range []string{"3.8", "3.9", "3.10", "3.11", "3.12", "3.14"} {
		p := pyruntest.Optional(t, version)
		for _, name := range []string{"records", "answers", "needs", "defaults", "perhaps"} {
			t.Run(version+"/"+name, func(t *testing.T) {
				s := readSuite(t, "testdata/"+name+".txtar")
				dir := write(t, deferred(t, s.files), s.main)
				if got, want := run(t, p, dir), run(t, p, write(t, s.files, s.main)); got != want {
					t.Errorf("prints\n%s\nwant\n%s", got, want)
				}
				checkWaits(t, dir, s.waits)
			})
		}
	}
}

func checkWaits(t *testing.T, dir string, waits []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "loaded.txt"))
	if err != nil && len(waits) > 0 {
		t.Fatal(err)
	}
	for _, loaded := range strings.Fields(string(data)) {
		for _, w := range waits {
			if w == loaded {
				t.Errorf("%s is loaded at once", w)
			}
		}
	}
}

// TestBefore37 runs them where modules have no __getattr__: nothing is deferred there.
func TestBefore37(t *testing.T) {
	p := pyruntest.Optional(t, "3.6")
	s := readSuite(t, "testdata/names.txtar")
	main := []byte("import fam.a\nprint(fam.a.use(), fam.a.nested(1)())\n")
	want := run(t, p, write(t, s.files, main))
	if got := run(t, p, write(t, deferred(t, s.files), main)); got != want {
		t.Errorf("prints\n%s\nwant\n%s", got, want)
	}
}

// TestGolden holds the rewritten sources to what they were.
func TestGolden(t *testing.T) {
	var all []byte
	for _, name := range []string{"names", "effects", "values", "packages", "syntax", "records", "answers", "needs", "defaults", "perhaps"} {
		s := readSuite(t, "testdata/"+name+".txtar")
		r, err := Defer(s.files, Options{})
		if err != nil {
			t.Fatal(err)
		}
		archive := &txtar.Archive{}
		for _, file := range newFamily(s.files).names {
			for p, text := range r.Sources {
				if n, _ := moduleName(p); n == file {
					archive.Files = append(archive.Files, txtar.File{Name: name + "/" + p, Data: text})
				}
			}
		}
		all = append(all, txtar.Format(archive)...)
	}
	const golden = "testdata/golden"
	if *update {
		if err := os.WriteFile(golden, all, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(all, want) {
		t.Errorf("the sources are not those of %s; go test -update writes it anew:\n%s", golden, all)
	}
}

// TestTwice holds that a family whose imports are deferred has nothing left to defer.
func TestTwice(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		r, err := Defer(deferred(t, readSuite(t, file).files), Options{})
		if err != nil || len(r.Sources) > 0 {
			t.Errorf("%s: %d files change again, %v", file, len(r.Sources), err)
		}
	}
}

// TestRelies holds what is taken for reaching a module without importing it.
func TestRelies(t *testing.T) {
	for source, want := range map[string]string{
		"import urllib\nurllib.request.urlopen\n":                         "urllib.request",
		"import urllib as u\nu.request.urlopen\n":                         "urllib.request",
		"import urllib, urllib.request\nurllib.request.urlopen\n":         "",
		"import urllib\nfrom urllib.request import x\nurllib.request.y\n": "",
		"import urllib.parse\nurllib.request.urlopen\n":                   "urllib.request",
		"import urllib.parse\nexcept_ = urllib.error.HTTPError\n":         "urllib.error",
		"from xml import dom\ndom.minidom.parse\n":                        "xml.dom.minidom",
		"import xml\nxml.sax\n":                                           "xml.sax",
		"import importlib\nimportlib.metadata.version('x')\n":             "importlib.metadata",
		"import importlib\nimportlib.import_module('x')\n":                "",
		"print('urllib.request')\n":                                       "",
		"import urllib\nurllib.request (\n":                               "urllib.request",
	} {
		if got := strings.Join(Relies([]byte(source), Submodules()), " "); got != want {
			t.Errorf("%q relies on %q, want %q", source, got, want)
		}
	}
	if got := MayRely([]byte("urllib\x00request"), Submodules()); !slices.Equal(got, []string{"urllib.request"}) {
		t.Errorf("bytecode may rely on %q", got)
	}
}

// TestForeign holds that a module of the standard library is loaded at the start where
// other code reaches it, or may, only because it is imported somewhere in the family.
func TestForeign(t *testing.T) {
	family := map[string][]byte{
		"fam/__init__.py": nil,
		"fam/a.py":        []byte("import urllib.request\nfrom fam import b\ndef f():\n    return urllib.request, b\n"),
		"fam/b.py":        []byte("import xml.dom.minidom\nX = xml.dom.minidom.Node\n"),
	}
	p := pyruntest.Need(t, "3.13")
	for name, o := range map[string]Options{
		"nothing":    {},
		"reached":    {Foreign: map[string]bool{"urllib.request": true, "xml.dom.minidom": true}},
		"in turn":    {Foreign: map[string]bool{"urllib.response": true, "xml.dom.minicompat": true, "no.such": true}},
		"not known":  {Unseen: true},
		"only the b": {Foreign: map[string]bool{"xml.dom.minidom": true}},
	} {
		r, err := Defer(family, o)
		if err != nil {
			t.Fatal(err)
		}
		all := maps.Clone(family)
		maps.Copy(all, r.Sources)
		dir := write(t, all, nil)
		if err := os.WriteFile(filepath.Join(dir, Runtime+".py"), r.Runtime, 0o644); err != nil {
			t.Fatal(err)
		}
		out := run(t, p, dir, "-c", "import fam.a, sys; print([n in sys.modules for n in ('fam.b', 'urllib.request', 'urllib.response', 'xml.dom.minidom', 'xml.dom.minicompat')])")
		wants := map[string]string{
			"nothing":    "[False, False, False, False, False]",
			"reached":    "[False, True, True, True, True]",
			"in turn":    "[False, False, True, False, True]",
			"not known":  "[False, True, True, True, True]",
			"only the b": "[False, False, False, True, True]",
		}
		if got := strings.TrimSpace(out); got != wants[name] {
			t.Errorf("%s: loaded are %s, want %s", name, got, wants[name])
		}
	}
}

// FuzzDefer holds that whatever is rewritten can be parsed, and keeps its lines.
func FuzzDefer(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		for _, text := range readSuite(f, file).files {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		family := map[string][]byte{
			"fam/__init__.py": []byte("import os\n"),
			"fam/b.py":        []byte("X = x = dec = ctx = one = two = three = 1\n"),
			"fam/a.py":        text,
		}
		r, err := Defer(family, Options{})
		if err != nil {
			t.Fatal(err) // Defer checks its own work
		}
		again := map[string][]byte{}
		for name, old := range family {
			again[name] = old
		}
		for name, changed := range r.Sources {
			if n := bytes.Count(changed, []byte("\n")) - bytes.Count(family[name], []byte("\n")); n < 0 || n > 3 {
				t.Errorf("%s has %d lines more", name, n)
			}
			again[name] = changed
		}
		if len(r.Sources) == 0 || !bytes.Contains(bytes.Join([][]byte{again["fam/a.py"], again["fam/b.py"], again["fam/__init__.py"]}, nil), mark) {
			return
		}
		if r, err := Defer(again, Options{}); err != nil || len(r.Sources) > 0 {
			t.Errorf("deferring twice changes %d files, %v", len(r.Sources), err)
		}
	})
}
