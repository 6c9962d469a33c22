package shake_test

import (
	"archive/zip"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyc"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/shake"
)

var onlyBytecode = []string{plan.JunkPass, plan.BytecodePass}

// checksOf tells of a package's bytecode by what it is taken.
func checksOf(t *testing.T, a *artifact.Artifact) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, f := range a.Files() {
		if !strings.HasSuffix(f.Path, ".pyc") {
			continue
		}
		data, err := a.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		found[f.Path] = "none"
		if d, ok := pyc.Decode(data); ok {
			found[f.Path] = [...]string{pyc.ByTime: "time", pyc.Unchecked: "unchecked", pyc.ByHash: "hash"}[d.Check]
		}
	}
	return found
}

func sameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if want[name] == "" {
			t.Errorf("%s is there, by %s", name, got[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s is %q, want %q", name, got[name], want[name])
		}
	}
}

// cached is where the bytecode of a source without its suffix lies.
func cached(source, language string) string {
	dir, base := filepath.Split(source)
	return dir + "__pycache__/" + base + ".cpython-" + strings.ReplaceAll(language, ".", "") + ".pyc"
}

// TestBytecode holds what is compiled, for which Pythons, and what RECORD and the
// result say of it.
func TestBytecode(t *testing.T) {
	newest, other := pyruntest.Need(t, "").Language(), pyruntest.Need(t, "3.7").Language()
	sources := []string{"app", "my-handler", "lib/python3.9/site-packages/six", "boto3/__init__", "botocore/__init__", "botocore/credentials"}
	fat := tinyboto.Open(t, map[string]string{
		"app.py": "import boto3\nboto3.client('s3')\n", "my-handler.py": "x = 1\n", "lib/python3.9/site-packages/six.py": "x = 1\n",
		"a.b.py": "x = 1\n", "d.x/y.py": "x = 1\n", "__pycache__/gone.py": "x = 1\n", "old.py": "print 1\n",
		cached("botocore/credentials", newest): "stale", cached("botocore/credentials", "3.42"): "foreign",
		"boto3-1.99.0.dist-info/RECORD": "boto3/__init__.py,sha256=x,1\nboto3-1.99.0.dist-info/RECORD,,\n",
	})
	r := slim(t, fat, plan.Options{Only: onlyBytecode, Pythons: []string{newest, other, "3.6", "3.99"}, PythonsFrom: "--python"})
	want := map[string]string{}
	for _, source := range sources {
		want[cached(source, newest)], want[cached(source, other)] = "unchecked", "unchecked"
	}
	sameFiles(t, checksOf(t, r.Artifact), want)
	b := r.Bytecode
	if b.Sources != 7 || b.Bare != 7 || b.From != "--python" || b.Evidence || len(b.Failed) != 2 || b.Failed[0].Path != "old.py" || !strings.HasPrefix(b.Failed[0].Reason, "SyntaxError") {
		t.Errorf("%+v", b)
	}
	for i, p := range b.Pythons {
		if made := i < 2; made != (p.Version != "") || made == (p.Missing != "") || made != (p.Files == 6) {
			t.Errorf("%+v", p)
		}
	}
	for file, row := range map[string]string{
		"botocore-1.99.0.dist-info/RECORD": cached("botocore/__init__", newest) + ",,\n",
		"boto3-1.99.0.dist-info/RECORD":    cached("boto3/__init__", other) + ",sha256=",
	} {
		if record, err := r.Artifact.ReadFile(file); err != nil || strings.Count("\n"+string(record), "\n"+row) != 1 {
			t.Errorf("no row %s in %s, %v", row, record, err)
		}
	}
}

// TestBytecodeAsImported holds what is compiled to the code that Python makes as it
// imports, to the file names of Lambda, and help's changes to be in it.
func TestBytecodeAsImported(t *testing.T) {
	p := pyruntest.Need(t, "")
	for root, place := range map[string]string{"": "/var/task/", "python/": "/opt/python/"} {
		files := map[string]string{"app.py": "import boto3\nboto3.client('s3')\n", "botocore/client.py": "class BaseClient:\n    pass\n"}
		fat := tinyboto.Open(t, files)
		if root != "" {
			all := map[string]string{}
			for _, f := range fat.Files() {
				text, err := fat.ReadFile(f.Path)
				if err != nil {
					t.Fatal(err)
				}
				all[root+f.Path] = string(text)
			}
			dir := t.TempDir()
			artifacttest.Write(t, dir, all)
			fat = artifacttest.Open(t, dir)
		}
		r := slim(t, fat, plan.Options{Pythons: []string{p.Language()}, Credentials: plan.Environment})
		for _, source := range []string{"botocore/client", "botocore/_coldcut", "botocore/__init__"} {
			data, err := r.Artifact.ReadFile(root + cached(source, p.Language()))
			if err != nil {
				t.Fatal(err)
			}
			text, err := r.Artifact.ReadFile(root + source + ".py")
			if err != nil {
				t.Fatal(err)
			}
			d, _ := pyc.Decode(data)
			name := place + source + ".py"
			if !strings.Contains(string(d.Code), name) {
				t.Errorf("%s does not name %s", source, name)
			}
			if got := pyc.Encode(d.Magic, pyc.Unchecked, pyc.Hash(d.Magic, text), d.Code); string(got) != string(data) {
				t.Errorf("%s carries the hash of another source", source)
			}
		}
		record, err := r.Artifact.ReadFile(root + "botocore-1.99.0.dist-info/RECORD")
		if err != nil || strings.Contains(string(record), "_coldcut") {
			t.Errorf("RECORD does not list client.py, and yet what lies beside it: %s, %v", record, err)
		}
		if b := r.Bytecode; b.Bare != 0 || b.Pythons[0].Files != b.Sources {
			t.Errorf("%+v", b)
		}
	}
}

// TestBytecodeLasts holds that bytecode of the package's own lasts where Python would
// have taken it, whatever that Python is, and only there.
func TestBytecodeLasts(t *testing.T) {
	const source = "x = 1\n"
	even := time.Date(2024, 2, 29, 12, 30, 40, 0, time.UTC)
	compiled := func(at time.Time, size int) string {
		b := pyc.Encode(3571, pyc.ByTime, uint64(uint32(at.Unix()))|uint64(size)<<32, []byte("\xe3code"))
		return string(b)
	}
	files := map[string]string{"app.py": "import boto3\nboto3.client('s3')\n", "botocore/client.py": "class BaseClient:\n    pass\n"}
	for _, name := range []string{"even", "odd", "longer", "later", "other", "opt", "hash"} {
		files[name+".py"] = source
	}
	times := map[string]time.Time{"odd.py": even.Add(time.Second), "later.py": even.Add(2 * time.Second)}
	for name, content := range map[string]string{
		"even": compiled(even, 6), "odd": compiled(even.Add(time.Second), 6), "longer": compiled(even, 7), "later": compiled(even, 6),
		"other": "\xf2" + compiled(even, 6)[1:], "hash": string(pyc.Encode(3571, pyc.ByHash, 1, []byte("\xe3code"))), "gone": compiled(even, 6),
	} {
		files[cached(name, "3.13")] = content
	}
	files["__pycache__/opt.cpython-313.opt-2.pyc"] = compiled(even, 6)
	files[cached("botocore/client", "3.13")] = compiled(even, len(files["botocore/client.py"]))
	files[cached("even", "3.12")] = "an older one"
	want := map[string]string{
		cached("even", "3.13"): "unchecked", cached("odd", "3.13"): "unchecked", "__pycache__/opt.cpython-313.opt-2.pyc": "unchecked",
		cached("longer", "3.13"): "time", cached("later", "3.13"): "time", cached("other", "3.13"): "time", cached("gone", "3.13"): "time",
		cached("hash", "3.13"): "hash", cached("even", "3.12"): "none", // two Pythons, so that neither compiles
	}
	dir := filepath.Join(t.TempDir(), "fat")
	fat := tinyboto.Open(t, files)
	if err := os.CopyFS(dir, os.DirFS(fat.Path())); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		at, ok := times[name]
		if !ok {
			at = even
		}
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	opts := plan.Options{Credentials: plan.Environment}
	t.Run("folder", func(t *testing.T) {
		r := slim(t, artifacttest.Open(t, dir), opts)
		sameFiles(t, checksOf(t, r.Artifact), want)
		if b := r.Bytecode; b.Lasting != 3 || b.Stale != 3 || len(b.Pythons) != 0 || b.Bare != b.Sources-3 {
			t.Errorf("%+v", b)
		}
		text, err := r.Artifact.ReadFile(cached("even", "3.13"))
		if wanted := pyc.Encode(3571, pyc.Unchecked, pyc.Hash(3571, []byte(source)), []byte("\xe3code")); err != nil || string(text) != string(wanted) {
			t.Errorf("%x, %v", text, err)
		}
	})
	t.Run("zip with seconds", func(t *testing.T) {
		sameFiles(t, checksOf(t, slim(t, zipped(t, dir, true), opts).Artifact), want)
	})
	t.Run("zip without", func(t *testing.T) {
		less := maps.Clone(want)
		less[cached("odd", "3.13")] = "time"
		r := slim(t, zipped(t, dir, false), opts)
		sameFiles(t, checksOf(t, r.Artifact), less)
	})
	t.Run("left out", func(t *testing.T) {
		r := slim(t, artifacttest.Open(t, dir), plan.Options{Only: []string{plan.ServicesPass}})
		all := maps.Clone(want)
		all[cached("botocore/client", "3.13")] = "unchecked" // which help does not change
		sameFiles(t, checksOf(t, r.Artifact), all)
		if b := r.Bytecode; !b.LeftOut || b.Lasting != 4 || b.Stale != 3 || len(b.Lost) != 0 {
			t.Errorf("%+v", b)
		}
		r = slim(t, artifacttest.Open(t, dir), plan.Options{NoBytecode: true, Credentials: plan.Environment})
		delete(all, cached("botocore/client", "3.13"))
		sameFiles(t, checksOf(t, r.Artifact), all)
		if b := r.Bytecode; b.Lasting != 3 || b.Stale != 3 || len(b.Lost) != 1 || b.Lost[0] != (shake.Lost{Path: "botocore/client.py", Pass: plan.HelpPass}) {
			t.Errorf("%+v", b)
		}
	})
	t.Run("in place", func(t *testing.T) {
		opts.InPlace = true
		r := slim(t, artifacttest.Open(t, dir), opts)
		same := maps.Clone(want)
		for _, name := range []string{cached("even", "3.13"), cached("odd", "3.13"), "__pycache__/opt.cpython-313.opt-2.pyc"} {
			same[name] = "time"
		}
		sameFiles(t, checksOf(t, r.Artifact), same)
		if b := r.Bytecode; b.Lasting+b.Stale != 0 || b.Bare != b.Sources-3 {
			t.Errorf("%+v", b)
		}
	})
}

// zipped packs a folder with its times, as UTC: with extra fields that have seconds, or
// in steps of two.
func zipped(t *testing.T, dir string, seconds bool) *artifact.Artifact {
	t.Helper()
	name := filepath.Join(t.TempDir(), "fat.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, f := range artifacttest.Open(t, dir).Files() {
		info, err := os.Stat(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		h := &zip.FileHeader{Name: f.Path, Modified: info.ModTime().UTC()}
		if at := info.ModTime().UTC(); !seconds {
			h.Modified = time.Time{}                                                     // which would write seconds
			h.ModifiedDate = uint16((at.Year()-1980)<<9 | int(at.Month())<<5 | at.Day()) //nolint:staticcheck // as above
			h.ModifiedTime = uint16(at.Hour()<<11 | at.Minute()<<5 | at.Second()/2)      //nolint:staticcheck // as above
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return artifacttest.Open(t, name)
}

// TestBytecodeInPlace holds that a folder which may be edited gets bytecode that is
// checked against its source, and only where it has none that is valid.
func TestBytecodeInPlace(t *testing.T) {
	p := pyruntest.Need(t, "")
	fat := tinyboto.Open(t, map[string]string{"app.py": "import boto3\nboto3.client('s3')\n", "botocore/client.py": "class BaseClient:\n    pass\n"})
	opts := plan.Options{Pythons: []string{p.Language()}, InPlace: true, Credentials: plan.Environment}
	write := func(r *shake.Result) *artifact.Artifact {
		if err := artifact.WriteInPlace(context.Background(), r.Artifact, fat.Path(), artifact.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		return artifacttest.Open(t, fat.Path())
	}
	once := write(slim(t, fat, opts))
	for name, check := range checksOf(t, once) {
		if check != "hash" {
			t.Errorf("%s is %s", name, check)
		}
	}
	if r := slim(t, once, opts); len(r.Changes) != 0 || r.Bytecode.Bare != 0 {
		t.Errorf("again: %+v, %+v", r.Changes, r.Bytecode)
	}
	artifacttest.Write(t, fat.Path(), map[string]string{"app.py": "import boto3\nboto3.client('s3')\nx = 2\n"})
	r := slim(t, artifacttest.Open(t, fat.Path()), opts)
	if len(r.Changes) != 1 || r.Changes[0].Path != cached("app", p.Language()) {
		t.Errorf("edited: %+v", r.Changes)
	}
}

// TestStripSource holds what goes, and what stays since it is read.
func TestStripSource(t *testing.T) {
	p := pyruntest.Need(t, "")
	dist := func(name string) (string, string) {
		return name + "-1.dist-info/METADATA", "Name: " + name + "\nVersion: 1\n"
	}
	files := map[string]string{
		"app.py": "import boto3\nboto3.client('s3')\n", "pkg/__init__.py": "pass\n", "pkg/mod.py": "x = 1\n", "worker.py": "x = 1\n",
		"start.py": "#!/usr/bin/env python\n", "job.py": "x = 1\n", "old.py": "print 1\n", "run.sh": "exec python job.py\n",
		"main.py":                              "'''Not other.py.'''\nimport subprocess\nsubprocess.run(['python', '/var/task/worker.py'])\n",
		"other.py":                             "x = 1\n",
		cached("pkg/mod", "3.12"):              "x",
		"reader/__init__.py":                   "import inspect\ndef f(g):\n    return inspect.getsource(g)\n",
		"user/__init__.py":                     "import reader\n",
		"plugins/__init__.py":                  "import os\nALL = [f for f in os.listdir(os.path.dirname(__file__)) if f.endswith('.py')]\n",
		"quiet/__init__.py":                    "import linecache, logging, re\nre.getlines = 1\n",
		"botocore/client.py":                   "class BaseClient:\n    pass\n",
		"botocore-1.99.0.dist-info/RECORD":     "botocore/__init__.py,sha256=x,1\nbotocore/client.py,sha256=x,1\nbotocore-1.99.0.dist-info/RECORD,,\n",
		"botocore/__pycache__/x.cpython-37.md": "",
	}
	for _, name := range []string{"reader", "user", "plugins", "quiet"} {
		file, metadata := dist(name)
		files[file], files[name+"-1.dist-info/RECORD"] = metadata, name+"/__init__.py,,\n"
	}
	files["reader/logging/__init__.py"] = "x = 1\n" // not what import logging finds
	files["reader-1.dist-info/RECORD"] += "reader/logging/__init__.py,,\n"
	r := slim(t, tinyboto.Open(t, files), plan.Options{Pythons: []string{p.Language()}, StripSource: true, Credentials: plan.Environment, Keep: []string{"s3"}})
	want := map[string]string{}
	for _, source := range []string{"app", "pkg/__init__", "pkg/mod", "main", "other", "quiet/__init__", "botocore/__init__", "botocore/client", "botocore/_coldcut", "botocore/credentials", "boto3/__init__", "_coldcut_imports"} {
		want[source+".pyc"] = "unchecked"
		if _, there := r.Artifact.Lookup(source + ".py"); there {
			t.Errorf("%s.py is there", source)
		}
	}
	for _, source := range []string{"worker", "start", "job", "reader/__init__", "reader/logging/__init__", "user/__init__", "plugins/__init__"} {
		want[cached(source, p.Language())] = "unchecked"
	}
	sameFiles(t, checksOf(t, r.Artifact), want)
	b := r.Bytecode
	var readers []string
	for _, reader := range b.Readers {
		readers = append(readers, reader.Name+": "+reader.Why)
	}
	if got, want := strings.Join(readers, "\n"), "plugins: plugins/__init__.py looks for sources: .py\nreader: reader/__init__.py uses getsource\nuser: user/__init__.py imports reader, of reader, which reads sources"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if b.Stripped != 12 || b.Bare != 1 || len(b.Failed) != 1 {
		t.Errorf("%+v", b)
	}
	record, err := r.Artifact.ReadFile("botocore-1.99.0.dist-info/RECORD")
	for _, row := range []string{"botocore/__init__.pyc,sha256=", "botocore/client.pyc,sha256=", "botocore/_coldcut.pyc,sha256="} {
		if err != nil || strings.Count(string(record), row) != 1 || strings.Contains(string(record), ".py,") {
			t.Errorf("no row %s in %s, %v", row, record, err)
		}
	}
}

// TestStripSourceOwn holds that the function's own code stays where it uses what
// compiles from sources, be that in a layer.
func TestStripSourceOwn(t *testing.T) {
	p := pyruntest.Need(t, "")
	fat := tinyboto.Open(t, map[string]string{"app.py": "import boto3\nboto3.client('s3')\n", "fast.py": "from numba import jit\n"})
	r := slim(t, fat, plan.Options{Pythons: []string{p.Language()}, StripSource: true})
	if b := r.Bytecode; len(b.Readers) != 1 || b.Readers[0].Name != "" || !strings.HasPrefix(b.Readers[0].Why, "fast.py imports numba") {
		t.Errorf("%+v", b)
	}
	for _, source := range []string{"app.py", "fast.py"} {
		if _, there := r.Artifact.Lookup(source); !there {
			t.Errorf("%s is gone", source)
		}
	}
}

// TestBytecodeTwice holds that the second cut finds nothing to do, whatever named the
// Python the first time.
func TestBytecodeTwice(t *testing.T) {
	p := pyruntest.Need(t, "")
	fat := tinyboto.Open(t, map[string]string{"app.py": "import boto3\nboto3.client('s3')\n", "botocore/client.py": "class BaseClient:\n    pass\n"})
	for _, second := range []plan.Options{{Pythons: []string{p.Language()}}, {}} {
		once := slim(t, fat, plan.Options{Pythons: []string{p.Language()}})
		out := filepath.Join(t.TempDir(), "once.zip")
		staged, err := artifact.Stage(context.Background(), once.Artifact, out, artifact.WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := staged.Commit(); err != nil {
			t.Fatal(err)
		}
		r := slim(t, artifacttest.Open(t, out), second)
		if len(r.Changes) != 0 || r.Bytecode.Bare != 0 {
			t.Errorf("again: %+v, %+v", r.Changes, r.Bytecode)
		}
	}
}
