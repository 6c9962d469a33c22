package adversary

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// catalog are the services of the embedded index that have operations.
func catalog(t testing.TB) []*boto.Service {
	t.Helper()
	var all []*boto.Service
	index := boto.Index()
	for _, name := range index.Services() {
		s, err := index.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Operations) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// batch is how many programs one Python runs.
const batch = 250

// judge runs the programs of some seeds and fails for every miss.
func judge(t *testing.T, python *pyrun.Interpreter, services []*boto.Service, first, count uint64) (tally Tally) {
	t.Helper()
	var programs []*Program
	for seed := first; seed < first+count; seed++ {
		programs = append(programs, Generate(seed, services))
	}
	outcomes, err := Run(t.Context(), python, t.TempDir(), programs, services)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		tally.Add(o)
		if missed := o.Missed(); len(missed) > 0 {
			t.Errorf("seed %d: %v missed; idioms %q; shrunk:\n%s", programs[i].Seed, missed, programs[i].Idioms, shrunk(t, python, services, programs[i]))
		}
	}
	return tally
}

// shrunk is the smallest program with a miss that can be found in p.
func shrunk(t *testing.T, python *pyrun.Interpreter, services []*boto.Service, p *Program) string {
	t.Helper()
	small, err := Shrink(p, func(programs []*Program) ([]bool, error) {
		outcomes, err := Run(t.Context(), python, t.TempDir(), programs, services)
		var missed []bool
		for _, o := range outcomes {
			missed = append(missed, len(o.Missed()) > 0)
		}
		return missed, err
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(small.Files)) {
		fmt.Fprintf(&b, "-- %s --\n%s", name, small.Files[name])
	}
	return b.String()
}

func TestPrograms(t *testing.T) {
	tally := judge(t, pyruntest.Need(t, ""), catalog(t), 1, batch)
	t.Log(tally)
	if tally.Ended < tally.Programs*97/100 {
		t.Errorf("only %d of %d programs run to their end: an idiom is not well formed", tally.Ended, tally.Programs)
	}
	if tally.Unresolved > tally.Programs/2 {
		t.Errorf("%d of %d programs are unresolved: what they use is hardly compared", tally.Unresolved, tally.Programs)
	}
}

// TestCampaign judges COLDCUT_PROVE_PROGRAMS programs. Each block of them that this
// very test has judged before counts again without being run, so that a campaign can
// be broken off; COLDCUT_PROVE_SHARD, such as 1/4, takes one of four parts.
func TestCampaign(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("COLDCUT_PROVE_PROGRAMS"))
	if err != nil {
		t.Skip("skipped: COLDCUT_PROVE_PROGRAMS tells how many programs to judge")
	}
	shard, of := 1, 1
	if s := os.Getenv("COLDCUT_PROVE_SHARD"); s != "" {
		if _, err := fmt.Sscanf(s, "%d/%d", &shard, &of); err != nil || of < 1 {
			t.Fatalf("COLDCUT_PROVE_SHARD=%s is not of the form 1/4", s)
		}
	}
	python, services, kept := pyruntest.Need(t, ""), catalog(t), keptTallies(t)
	var all Tally
	for block := shard - 1; block*batch < count; block += of {
		first := uint64(block*batch) + 1
		name := filepath.Join(kept, fmt.Sprintf("%d.json", first))
		tally, ok := readTally(t, name)
		if !ok {
			tally = judge(t, python, services, first, batch)
			if !t.Failed() {
				writeTally(t, name, tally)
			}
		}
		all.Join(tally)
		t.Logf("seeds %d to %d: %v", first, first+batch-1, tally)
	}
	t.Logf("in all: %v", all)
}

// keptTallies is the folder for what this build of the test has judged.
func keptTallies(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(binary)
	work := os.Getenv("COLDCUT_PROVE_WORK")
	if work == "" {
		work = t.TempDir()
	}
	dir := filepath.Join(work, hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func readTally(t *testing.T, name string) (tally Tally, ok bool) {
	t.Helper()
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return tally, false
	}
	if err == nil {
		err = json.Unmarshal(data, &tally)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tally, true
}

func writeTally(t *testing.T, name string, tally Tally) {
	t.Helper()
	data, err := json.Marshal(tally)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSeedsRepeat(t *testing.T) {
	services := catalog(t)
	for seed := range uint64(50) {
		if a, b := Generate(seed, services), Generate(seed, services); !reflect.DeepEqual(a, b) {
			t.Fatalf("seed %d gives %q and %q", seed, a.Files, b.Files)
		}
	}
}

// TestOracle holds the truth itself: a program whose uses are known.
func TestOracle(t *testing.T) {
	services := catalog(t)
	p := &Program{Files: map[string]string{"app.py": `import boto3
boto3.client("s3").get_object()
boto3.client("sqs").get_paginator("list_queues").paginate()
boto3.resource("dynamodb").Table("x").put_item()
boto3.client("dynamodb").get_waiter("table_exists").wait()
raise SystemExit
`}}
	outcomes, err := Run(t.Context(), pyruntest.Need(t, ""), t.TempDir(), []*Program{p}, services)
	if err != nil {
		t.Fatal(err)
	}
	want := []Use{
		{"dynamodb", ""}, {"dynamodb", "DescribeTable"}, {"dynamodb", "PutItem"},
		{"s3", ""}, {"s3", "GetObject"}, {"sqs", ""}, {"sqs", "ListQueues"},
	}
	o := outcomes[0]
	if !slices.Equal(o.Used, want) || !strings.Contains(o.Error, "SystemExit") {
		t.Errorf("used %v with error %q, want %v and SystemExit", o.Used, o.Error, want)
	}
	if missed := o.Missed(); len(missed) > 0 {
		t.Errorf("%v missed", missed)
	}
	delete(o.Scan.Services, "sqs")
	o.Scan.Services["s3"] = []string{"PutObject"}
	if want := []Use{{"s3", "GetObject"}, {"sqs", ""}, {"sqs", "ListQueues"}}; !slices.Equal(o.Missed(), want) {
		t.Errorf("missed %v, want %v", o.Missed(), want)
	}
}

func TestShrink(t *testing.T) {
	p := &Program{Files: map[string]string{
		"app.py":   "import other\nif True:\n    x = 1\n    y = 2\nz = 3\n",
		"other.py": "",
	}}
	small, err := Shrink(p, func(programs []*Program) (held []bool, err error) {
		for _, p := range programs {
			held = append(held, strings.Contains(p.Files["app.py"], "y = 2"))
		}
		return held, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"app.py": "if True:\n    y = 2\n"}; !maps.Equal(small.Files, want) {
		t.Errorf("shrunk to %q, want %q", small.Files, want)
	}
}
