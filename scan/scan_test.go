package scan_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/scan"
)

// installed is what pip leaves behind for a distribution of one file.
func installed(name, file, text string) map[string]string {
	info := name + "-1.0.dist-info/"
	return map[string]string{
		file:              text,
		info + "METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n",
		info + "RECORD":   fmt.Sprintf("%s,,\n%[2]sMETADATA,,\n%[2]sRECORD,,\n", file, info),
	}
}

func TestFilesThatDoNotParse(t *testing.T) {
	for _, c := range []struct {
		name       string
		text       string
		unresolved bool
		services   []string
	}{
		{"names boto", "import boto3\nprint 1\n", true, nil},
		{"names none", "print 'sqs', 'sso-oidc'\n", false, []string{"sqs", "sso-oidc"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, installed("old", "old.py", c.text))
			r := scanDir(t, dir)
			if got := len(r.Unresolved) > 0; got != c.unresolved {
				t.Errorf("unresolved %v, want %v", r.Unresolved, c.unresolved)
			}
			if !c.unresolved && len(r.Notes) == 0 {
				t.Error("no note")
			}
			for _, s := range c.services {
				if _, ok := r.Services[s]; !ok {
					t.Errorf("%s is not kept", s)
				}
			}
		})
	}
}

func TestCodeThatCannotBeRead(t *testing.T) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("inner/app.py")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "import boto3")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	// The mark lies across the border of the pieces in which the file is read.
	far := strings.Repeat("x", 64<<10-3) + "botocore"
	for name, text := range map[string]string{
		"fast.cpython-313-x86_64-linux-gnu.so": "\x7fELF import boto3",
		"far.so":                               far,
		"gone.pyc":                             "\x00boto3",
		"__pycache__/lost.cpython-313.pyc":     "\x00boto3",
		"deps.zip":                             archive.String(),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, map[string]string{name: text})
			if r := scanDir(t, dir); len(r.Unresolved) != 1 || r.Unresolved[0].File != name {
				t.Errorf("unresolved: %v", r.Unresolved)
			}
		})
	}
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{
		"quiet.so": "\x7fELF", "app.py": "", "__pycache__/app.cpython-313.pyc": "boto3", "not.zip": "boto3",
	})
	if r := scanDir(t, dir); len(r.Unresolved) != 0 {
		t.Errorf("unresolved: %v", r.Unresolved)
	}
}

func TestSources(t *testing.T) {
	layer, function := t.TempDir(), t.TempDir()
	artifacttest.Write(t, layer, map[string]string{"util.py": "SERVICE = 's3'\n"})
	artifacttest.Write(t, function, map[string]string{
		"util.py": "SERVICE = 'sqs'\n",
		"app.py":  "import boto3\nfrom util import SERVICE\nboto3.client(SERVICE)\n",
	})
	r := scanWith(t, layer, scan.Options{Sources: []*artifact.Artifact{artifacttest.Open(t, function)}})
	if _, ok := r.Services["sqs"]; !ok || len(r.Services) != 1 {
		t.Errorf("services: %v", r.Services)
	}
	if want := filepath.Base(function) + "/app.py"; r.Uses[0].File != want {
		t.Errorf("found in %s, want %s", r.Uses[0].File, want)
	}
}

// TestSourcesWithBoto scans a function beside a layer that has a boto of its own: its code
// is boto's and not the program's, and what either copy calls by itself counts.
func TestSourcesWithBoto(t *testing.T) {
	own := map[string]string{
		"app.py":            "import boto3\nboto3.client('s3')\nboto3.client('ec2')\n",
		"botocore/utils.py": "def redirect(client):\n    return client.get_object()\n",
	}
	layer := map[string]string{
		"botocore/utils.py":   "def redirect(client):\n    return client.run_instances()\n",
		"botocore/session.py": "class Session:\n    def make(self, *args):\n        return self.create_client(*args)\n",
	}
	other := t.TempDir() // part of the family, as pip installed it, and nothing else of it
	artifacttest.Write(t, other, map[string]string{
		"s3transfer/utils.py": "def make(session, *args):\n    return session.create_client(*args)\n", "s3transfer/__init__.py": "",
		"s3transfer-0.1.dist-info/METADATA": "Name: s3transfer\nVersion: 0.1\n", "s3transfer-0.1.dist-info/RECORD": "s3transfer/utils.py,,\ns3transfer/__init__.py,,\n",
	})
	r, err := scan.Scan(t.Context(), tinyboto.Open(t, own), scan.Options{Sources: []*artifact.Artifact{tinyboto.Open(t, layer), artifacttest.Open(t, other)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unresolved) > 0 {
		t.Errorf("unresolved: %v", r.Unresolved)
	}
	if s3, ec2 := r.Services["s3"], r.Services["ec2"]; !slices.Contains(s3, "GetObject") || !slices.Contains(ec2, "RunInstances") || len(r.Services) != 2 {
		t.Errorf("services: %v", r.Services)
	}
	// Without metadata it is a folder of that name, and counts as the program's.
	mine := t.TempDir()
	artifacttest.Write(t, mine, map[string]string{"s3transfer/utils.py": "import boto3\ndef make(session, *args):\n    return session.create_client(*args)\n"})
	r, err = scan.Scan(t.Context(), tinyboto.Open(t, own), scan.Options{Sources: []*artifact.Artifact{artifacttest.Open(t, mine)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unresolved) == 0 {
		t.Error("code of an unknown hand was taken for boto's")
	}
}

// Programs made to lead the solver on and on end soon, with "unknown".
func TestBounds(t *testing.T) {
	const n = 10_000
	lines := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	for name, files := range map[string]map[string]string{
		"chain":  {"app.py": "import boto3\n" + lines("v%d = v%d\n") + "boto3.client(v0)\n"},
		"circle": {"app.py": "import boto3\n" + lines("v%d = v%d\n") + fmt.Sprintf("v%d = v0\nboto3.client(v0)\n", n)},
		"calls":  {"app.py": "import boto3\n" + lines("def f%d(s): return f%d(s)\n") + fmt.Sprintf("def f%d(s): return boto3.client(s)\nf0(input())\n", n)},
		"stars": {
			"app.py": "import boto3\nfrom a import *\nboto3.client(SERVICE)\n",
			"a.py":   "from b import *\n", "b.py": "from a import *\nfrom app import *\n",
		},
		"union":     {"app.py": "import boto3\ns = 'x'\n" + lines("s = 'x%d'; y%d = s\n") + "boto3.client(s)\n"},
		"product":   {"app.py": "import boto3\nfor a in 'abc', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k':\n boto3.client(f'{a}{a}{a}{a}{a}{a}{a}{a}')\n"},
		"forwarded": {"app.py": "import boto3\ndef f(a, b, *args): f(*args); f(1, *args); return boto3.client(*args)\nf(*f(1, 2))\n"},
		"dict":      {"app.py": "import boto3\nd = dict(d, **d)\nd = dict(d, a=d)\nboto3.client(d['x'])\n"},
		"bases":     {"app.py": "import boto3\nclass A(B): pass\nclass B(A): pass\nboto3.client(A().s)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			artifacttest.Write(t, dir, files)
			began := time.Now()
			r := scanDir(t, dir)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			if len(r.Unresolved) == 0 {
				t.Error("nothing is unresolved")
			}
		})
	}
}

// The result is the same in every run, whatever the number of processors and
// the order in which the files were written.
func TestDeterminism(t *testing.T) {
	var first []byte
	for i, procs := range []int{1, 2, 4, 8, runtime.GOMAXPROCS(0)} {
		dir := t.TempDir()
		copyShuffled(t, dir, i)
		before := runtime.GOMAXPROCS(procs)
		r := scanDir(t, dir)
		runtime.GOMAXPROCS(before)
		got, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Fatalf("run %d differs:\n%s\n%s", i, got, first)
		}
	}
}

// copyShuffled writes every fixture below dir, starting with the given one.
func copyShuffled(t *testing.T, dir string, start int) {
	t.Helper()
	names, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for i := range names {
		name := names[(start*7+i)%len(names)]
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			if err := os.CopyFS(filepath.Join(dir, filepath.Base(name)), os.DirFS(name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		artifacttest.Write(t, dir, map[string]string{filepath.Base(name): string(text)})
	}
}

// Whatever the bytes of a source, the scan ends without a panic.
func FuzzScan(f *testing.F) {
	names, err := filepath.Glob("testdata/*.py")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		artifacttest.Write(t, dir, map[string]string{"app.py": string(text)})
		began := time.Now()
		scanDir(t, dir)
		if took := time.Since(began); took > 10*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}

// initializer is as much of botocore/__init__.py as is read.
const initializer = `
__version__ = '1.12.233'
_special_case_transform = re.compile('[A-Z]{3,}s$')
_xform_cache = {('ListHITs', '_'): 'list_hits'}
`

func TestDocutilsAside(t *testing.T) {
	boto := map[string]string{
		"botocore/__init__.py":                       initializer,
		"botocore/docs/bcdoc/textwriter.py":          "from docutils import nodes\n",
		"botocore/data/s3/2006-03-01/service-2.json": `{"metadata":{},"operations":{}}`,
		"docutils/__init__.py":                       "import boto3\nboto3.client(name)\n",
	}
	for _, c := range []struct {
		name, app string
		aside     bool
	}{
		{"only botocore's documentation", "", true},
		{"the program too", "import docutils\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, boto)
			artifacttest.Write(t, dir, map[string]string{"app.py": c.app})
			if r := scanDir(t, dir); r.Docutils != c.aside || (len(r.Unresolved) == 0) != c.aside {
				t.Errorf("aside %v, unresolved %v", r.Docutils, r.Unresolved)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	dir := pyruntest.Install(b, pyruntest.Need(b, ""), "boto3")
	a := artifacttest.Open(b, dir)
	for b.Loop() {
		r, err := scan.Scan(b.Context(), a, scan.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(r.Bytes)
	}
}

// Words in a distribution that nothing but boto imports name no operation: boto
// gives it no client. As soon as anything else names it, they do.
func TestServingDistributions(t *testing.T) {
	app := "import boto3\nboto3.client('dynamodb')\n"
	files := map[string]string{
		"app.py":                          app,
		"botocore/http.py":                "import httplib9\n",
		"httplib9/__init__.py":            "import urls9\n",
		"urls9.py":                        "def of(address):\n    return address.get_item\n",
		"httplib9-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: httplib9\nVersion: 1.0\n",
		"httplib9-1.0.dist-info/RECORD":   "httplib9/__init__.py,,\nhttplib9-1.0.dist-info/RECORD,,\n",
		"urls9-1.0.dist-info/METADATA":    "Metadata-Version: 2.1\nName: urls9\nVersion: 1.0\n",
		"urls9-1.0.dist-info/RECORD":      "urls9.py,,\nurls9-1.0.dist-info/RECORD,,\n",
	}
	for code, want := range map[string]int{"": 0, "import urls9\n": 1, "__import__('httplib9').urls9\n": 1} {
		files["app.py"] = app + code
		r, err := scan.Scan(t.Context(), tinyboto.Open(t, files), scan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Services["dynamodb"]; len(got) != want {
			t.Errorf("with %q the operations are %v", code, got)
		}
	}
}
