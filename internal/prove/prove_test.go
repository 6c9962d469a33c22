package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/scan"
)

// campaignOf is a campaign against a real boto3, of two small services.
func campaignOf(t *testing.T) *proof {
	t.Helper()
	python := pyruntest.Need(t, "3.13")
	c := &campaign{work: t.TempDir(), seed: 3, workers: 1, only: list{"sts", "signer"}}
	in := &installed{release{botocore: "real"}, filepath.Join(c.work, "real", "fat"), python}
	fat := pyruntest.Install(t, python, "boto3")
	if err := os.MkdirAll(filepath.Dir(in.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fat, in.dir); err != nil {
		t.Skip(err)
	}
	p := &proof{campaign: c, installed: in, begun: time.Now()}
	var err error
	if p.store, err = openStore(in, c); err != nil {
		t.Fatal(err)
	}
	if p.fat, err = artifact.Open(fat, artifact.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.fat.Close() })
	if p.uses, err = scan.Scan(t.Context(), p.fat, scan.Options{}); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestProve runs a small campaign, kills it half-way, and goes on.
func TestProve(t *testing.T) {
	t.Parallel()
	p := campaignOf(t)
	operations, err := p.operations()
	if err != nil {
		t.Fatal(err)
	}
	p.parcels = p.choose(operations)
	todo, err := p.resume()
	if err != nil || len(todo) != len(p.parcels) || len(todo) < 2 {
		t.Fatalf("%d of %d to do: %v", len(todo), len(p.parcels), err)
	}
	if err := p.run(t.Context(), todo[:1]); err != nil {
		t.Fatal(err)
	}
	first := p.lines
	p.lines = nil
	left, err := p.resume()
	if err != nil || len(left) != len(todo)-1 || len(p.lines) != len(first) {
		t.Fatalf("%d left, %d lines: %v", len(left), len(p.lines), err)
	}
	if err := p.run(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	s, err := p.summarize(operations)
	if err != nil {
		t.Fatal(err)
	}
	if s.Differs > 0 || s.Services != 2 || s.Operations != len(operations["sts"])+len(operations["signer"]) || s.Same < 1000 {
		t.Errorf("%+v", s)
	}
	if got := s.clock(); got != "several runs" {
		t.Error(got)
	}
	if err := p.keepElapsed(90 * time.Second); err != nil {
		t.Fatal(err)
	}
	if minutes, err := p.elapsed(); err != nil || minutes != 1.5 {
		t.Error(minutes, err)
	}
	sum := 0
	for _, n := range s.Reasons {
		sum += n
	}
	if s.Cases != s.Same+sum {
		t.Errorf("%d cases, %d the same, %d with a reason", s.Cases, s.Same, sum)
	}
	if left := uncovered(operations, covers(p.lines)); len(left) > 0 {
		t.Errorf("not covered twice: %s", left)
	}
}

// TestDiffers shows a difference, keeps its package and repeats it.
func TestDiffers(t *testing.T) {
	t.Parallel()
	p := campaignOf(t)
	parcel := inLot([]*parcel{{groups: []group{{"sts", "x1", []string{"GetCallerIdentity"}}}}})[0]
	out := filepath.Join(p.dir(), parcel.name)
	if err := p.cut(t.Context(), parcel, out); err != nil {
		t.Fatal(err)
	}
	damage(t, out)
	verdict, err := p.verify(t.Context(), parcel, out)
	if err != nil {
		t.Fatal(err)
	}
	lines := p.linesOf(parcel, verdict, out)
	i := slices.IndexFunc(lines, func(l line) bool { return l.Service == "sts" })
	if i < 0 || lines[i].Differs == 0 || lines[i].Cases != lines[i].Same+lines[i].Differs+lines[i].NotExercised {
		t.Fatalf("%+v", lines)
	}
	d := lines[i].Differences[0]
	if len(d.Parts) == 0 || !strings.Contains(d.Repeat, "--only-case '"+d.Case+"'") || !strings.Contains(d.Repeat, out) {
		t.Errorf("%+v", d)
	}
}

// damage makes another API version of the service's model.
func damage(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, "botocore", "data", "sts", "2011-06-15", "service-2.json")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), `"apiVersion":"2011-06-15"`, `"apiVersion":"2011-06-16"`, 1)
	if changed == string(data) {
		t.Fatal("nothing to damage")
	}
	if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStoreOfServices holds that what was found out of some services is not taken for
// what is asked of others: their packages have the same names.
func TestStoreOfServices(t *testing.T) {
	in := &installed{release{botocore: "1.2.3"}, filepath.Join(t.TempDir(), "fat"), &pyrun.Interpreter{Version: "3.13.0"}}
	dir := func(services ...string) string {
		s, err := openStore(in, &campaign{only: services})
		if err != nil {
			t.Fatal(err)
		}
		return s.dir
	}
	if dir("sts", "signer") == dir("sts", "sqs") || dir("sts") == dir() || dir("sts", "signer") != dir("signer", "sts") {
		t.Errorf("%s, %s, %s, %s", dir("sts", "signer"), dir("sts", "sqs"), dir("sts"), dir())
	}
}
