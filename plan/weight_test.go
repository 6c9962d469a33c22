package plan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// installed are the files of a distribution, with the metadata that pip writes.
func installed(name, version string, files map[string]string) map[string]string {
	info := name + "-" + version + ".dist-info/"
	all := map[string]string{info + "METADATA": "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"}
	record := info + "METADATA,,\n" + info + "RECORD,,\n"
	for file, text := range files {
		all[file] = text
		record += file + ",,\n"
	}
	all[info+"RECORD"] = record
	return all
}

// heavyPackage is a function with dead weight of each kind, and some that is too light.
func heavyPackage() map[string]string {
	big := "#" + strings.Repeat("x", 20<<10) + "\n"
	all := map[string]string{"app.py": "import boto3\nimport live\nboto3.client('s3')\ndef handler(event, context): pass\n"}
	for _, files := range []map[string]string{
		installed("Live.Lib", "1", map[string]string{"live/__init__.py": "\n", "live/tests/test_all.py": big, "live/data.bin": big, "live/shared.py": big}),
		installed("dead_lib", "2", map[string]string{"dead/__init__.py": big, "dead/more.py": "\n", "dead/data.txt": big, "live/shared.py": big}),
		installed("tiny", "3", map[string]string{"tiny.py": "\n"}),
		installed("types-boto3", "4", map[string]string{"boto3-stubs/__init__.pyi": big, "boto3-stubs/helper.py": big}),
		installed("typed", "5", map[string]string{"typed.py": "\n", "typed.pyi": big}),
		installed("twice", "1.0", map[string]string{"twice.py": big}),
		installed("twice", "2.0", map[string]string{"twice.py": big}),
		installed("zoneinfo-data", "1", map[string]string{"zones/europe.bin": big}),
	} {
		all = with(all, files)
	}
	return all
}

func planEntry(t *testing.T, opts plan.Options, entries ...string) (*plan.Plan, error) {
	t.Helper()
	a := tinyboto.Open(t, heavyPackage())
	scanning := scan.Options{}
	for _, e := range entries {
		scanning.Entries = append(scanning.Entries, scan.Entry{Handler: e, From: "--entry"})
	}
	uses, err := scan.Scan(context.Background(), a, scanning)
	if err != nil {
		t.Fatal(err)
	}
	return plan.New(a, uses, opts)
}

// told lists the weights in short.
func told(p *plan.Plan) string {
	var all []string
	for _, w := range p.Weights {
		all = append(all, fmt.Sprintf("%s %s %d %t", w.Kind, w.Name, w.Files, w.Dropped))
	}
	return strings.Join(all, ", ")
}

func TestWeights(t *testing.T) {
	p, err := planEntry(t, plan.Options{}, "app.handler")
	if err != nil {
		t.Fatal(err)
	}
	if want := "unreached dead_lib 4 false, duplicate twice 1 false, stubs types-boto3 2 false, stubs typed 1 false, tests Live.Lib 1 false"; told(p) != want {
		t.Errorf("got  %s\nwant %s", told(p), want)
	}
	for _, w := range p.Weights {
		if w.Bytes < 20<<10 || w.Why == "" {
			t.Errorf("got %+v", w)
		}
	}
	if p, err = planEntry(t, plan.Options{}); err != nil || strings.Contains(told(p), "unreached") {
		t.Errorf("without an entry: %s, %v", told(p), err)
	}
}

func TestDropUnreached(t *testing.T) {
	p, err := planEntry(t, plan.Options{DropUnreached: []string{"Dead-Lib"}}, "app.handler")
	if err != nil {
		t.Fatal(err)
	}
	var dropped []string
	for _, d := range p.Decisions {
		if d.Rule == "unreached" {
			dropped = append(dropped, d.Paths...)
		}
	}
	if got, want := strings.Join(dropped, " "), "dead/__init__.py dead/data.txt dead/more.py"; got != want {
		t.Errorf("dropped %s, not %s", got, want)
	}
	if !strings.Contains(told(p), "unreached dead_lib 4 true") {
		t.Errorf("got %s", told(p))
	}

	refused := []struct {
		name, want string
		opts       plan.Options
		entries    []string
	}{
		{"live-lib", "--drop-unreached live-lib: app.py reaches live/__init__.py", plan.Options{}, []string{"app"}},
		{"Botocore", "--drop-unreached Botocore: botocore/", plan.Options{}, []string{"app"}},
		{"zoneinfo-data", "what reads its files is not known", plan.Options{}, []string{"app"}},
		{"numpy", "the package holds no such distribution", plan.Options{}, []string{"app"}},
		{"dead-lib", "what is reached is not known without an entry", plan.Options{}, nil},
		{"dead-lib", "the pass junk, which would drop it, does not run", plan.Options{Only: []string{plan.ServicesPass}}, []string{"app"}},
	}
	for _, test := range refused {
		test.opts.DropUnreached = []string{test.name}
		_, err := planEntry(t, test.opts, test.entries...)
		var why *plan.UndroppableError
		if !errors.As(err, &why) || !strings.Contains(err.Error(), test.want) || why.Hint == "" {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}
