package boto

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// facts is what testdata/facts.py prints.
type facts struct {
	Botocore, Boto3 string
	Aliases         map[string]string
	Services        map[string]struct {
		Operations map[string]string // to methods
		Paginators []string
		Waiters    [][3]string // name, method, operation
		Newest     map[string]string
		Versions   []string
		Resource   *Resource
	}
}

// releases are the botocores that differ in what is read: digits split off and
// partial renames; the article's; plain JSON with endpoint rule sets; the
// first with gzip; the newest.
var releases = []struct {
	python       string
	needed       bool // in CI
	requirements []string
}{
	{"3.7", true, []string{"boto3==1.7.0", "botocore==1.10.0"}},
	{"3.7", true, []string{"boto3==1.9.233", "botocore==1.12.233"}},
	{"3.8", false, []string{"boto3==1.26.0", "botocore==1.29.0"}},
	{"3.10", false, []string{"boto3==1.29.0", "botocore==1.32.0"}},
	{"", true, []string{"boto3==" + Index().file.Boto3, "botocore==" + Index().Version()}},
}

// TestAgainstPython holds all that is read to what botocore and boto3 say of
// themselves: every name of every version of every service.
func TestAgainstPython(t *testing.T) {
	for _, release := range releases {
		t.Run(release.requirements[1], func(t *testing.T) {
			if testing.Short() {
				t.Skip("skipped: -short")
			}
			t.Parallel()
			python := pyruntest.Optional
			if release.needed {
				python = pyruntest.Need
			}
			p := python(t, release.python)
			dir := pyruntest.Install(t, p, append([]string{"--no-compile"}, release.requirements...)...)
			checkFacts(t, only(t, artifacttest.Open(t, dir)), ask(t, p, dir))
		})
	}
}

func ask(t *testing.T, p *pyrun.Interpreter, dir string) facts {
	t.Helper()
	script, err := os.ReadFile("testdata/facts.py")
	if err != nil {
		t.Fatal(err)
	}
	stdout, _, err := p.Run(t.Context(), pyrun.Command{
		Isolated: true, NoSite: true,
		Args: []string{"-", dir}, Stdin: bytes.NewReader(script),
	})
	if err != nil {
		t.Fatal(err)
	}
	var f facts
	if err := json.Unmarshal(stdout, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Services) < 50 {
		t.Fatalf("only %d services", len(f.Services))
	}
	return f
}

func checkFacts(t *testing.T, in *Installation, f facts) {
	t.Helper()
	equal(t, "versions", in.Botocore+" "+in.Boto3, f.Botocore+" "+f.Boto3)
	equal(t, "aliases", in.Aliases(), f.Aliases)
	equal(t, "number of services", len(in.Services()), len(f.Services))
	operations := 0
	for name, want := range f.Services {
		s, err := in.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		operations += len(s.Operations)
		equal(t, name+" number of operations", len(s.Operations), len(want.Operations))
		for _, o := range s.Operations {
			if want.Operations[o.Name] != o.Method {
				t.Errorf("%s %s: method %s, want %s", name, o.Name, o.Method, want.Operations[o.Name])
			}
		}
		equal(t, name+" paginators", strings.Join(s.Paginators, " "), strings.Join(want.Paginators, " "))
		var waiters [][3]string
		for _, w := range s.Waiters {
			waiters = append(waiters, [3]string{w.Name, w.Method, w.Operation})
		}
		if len(waiters)+len(want.Waiters) > 0 {
			equal(t, name+" waiters", waiters, want.Waiters)
		}
		for _, typeName := range []string{TypeService, TypePaginators, TypeWaiters, TypeEndpoints} {
			equal(t, name+" newest "+typeName, in.Newest(name, typeName), want.Newest[typeName])
		}
		versions := slices.DeleteFunc(in.Versions(name), func(v string) bool {
			return !in.exists(in.DataDir() + "/" + name + "/" + v + "/" + TypeService)
		})
		equal(t, name+" versions", versions, want.Versions)
		if s.Resource != nil && len(s.Resource.Load) == 0 {
			s.Resource.Load = []string{}
		}
		equal(t, name+" resource", s.Resource, want.Resource)
	}
	t.Logf("botocore %s: %d services, %d operations", f.Botocore, len(f.Services), operations)
}

// TestIndex holds the embedded index to the release that it was made from.
func TestIndex(t *testing.T) {
	newest := releases[len(releases)-1]
	dir := pyruntest.Install(t, pyruntest.Need(t, newest.python), append([]string{"--no-compile"}, newest.requirements...)...)
	var b bytes.Buffer
	if err := only(t, artifacttest.Open(t, dir)).WriteIndex(&b); err != nil {
		t.Fatal(err)
	}
	got, err := unzip(embedded)
	if err != nil {
		t.Fatal(err)
	}
	want, err := unzip(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("index.json.gz is not what `make index` writes")
	}
}

// TestIndexAnswers holds what the index gives back to what went in.
func TestIndexAnswers(t *testing.T) {
	in := only(t, write(t, "", base()))
	var b, again bytes.Buffer
	if err := in.WriteIndex(&b); err != nil {
		t.Fatal(err)
	}
	if err := in.WriteIndex(&again); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("not the same bytes twice")
	}
	c, err := readIndex(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "services", c.Services(), in.Services())
	for _, name := range in.Services() {
		want, err := in.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, got, want)
	}
	service, ok := c.Alias("runtime.shop")
	equal(t, "alias", service, "shop-runtime")
	if _, unknown := c.Alias("shop"); !ok || unknown {
		t.Error("aliases are wrong")
	}
	equal(t, "source", c.Source(), "embedded index of botocore 1.99.0")
	if _, err := c.Service("none"); err == nil {
		t.Error("a service that is not there")
	}
}

func TestIndexSize(t *testing.T) {
	if len(embedded) > 250_000 {
		t.Errorf("the index has %d bytes", len(embedded))
	}
	for _, name := range []string{"s3", "ec2", "dynamodb", "sts"} {
		s, err := Index().Service(name)
		if err != nil {
			t.Error(err)
		} else if len(s.Operations) == 0 {
			t.Errorf("%s has no operations", name)
		}
	}
}

func newest(b *testing.B) *Installation {
	r := releases[len(releases)-1]
	dir := pyruntest.Install(b, pyruntest.Need(b, r.python), append([]string{"--no-compile"}, r.requirements...)...)
	return only(b, artifacttest.Open(b, dir))
}

func BenchmarkFind(b *testing.B) {
	in := newest(b)
	for b.Loop() {
		if _, err := Find(in.artifact); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkModel reads one API version of one service.
func BenchmarkModel(b *testing.B) {
	in := newest(b)
	for _, name := range []string{"ec2", "s3", "dynamodb"} {
		dir := in.DataDir() + "/" + name + "/" + in.Newest(name, TypeService)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := in.readVersion(&names{}, dir); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScanner walks the largest model there is, unzipped.
func BenchmarkScanner(b *testing.B) {
	in := newest(b)
	_, data, err := in.model(in.DataDir() + "/ec2/" + in.Newest("ec2", TypeService) + "/" + TypeService)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := scan(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAllServices(b *testing.B) {
	in := newest(b)
	for b.Loop() {
		in.services = cache{}
		load(b, in)
	}
}

func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		c, err := readIndex(embedded)
		if err != nil {
			b.Fatal(err)
		}
		_ = c
	}
}

func BenchmarkIndexAllServices(b *testing.B) {
	c := Index()
	for b.Loop() {
		c.services = cache{}
		load(b, c)
	}
}

func load(b *testing.B, c Catalog) {
	for _, name := range c.Services() {
		if _, err := c.Service(name); err != nil {
			b.Fatal(err)
		}
	}
}
