package audit

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/shard"
)

// TestObservations holds what the model rests on to the figures of docs/benchmarks.md.
func TestObservations(t *testing.T) {
	data, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	row := func(pattern string) float64 {
		t.Helper()
		m := regexp.MustCompile(`(?m)^\| ` + pattern).FindSubmatch(data)
		if m == nil {
			t.Fatalf("docs/benchmarks.md has no row %s", pattern)
		}
		v, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, o := range modelsCut {
		name := "`" + o.of + "` "
		dropped, cut := row(name+`\| [\d.]+ ms \| ([\d.]+) ms`), row(name+`\| [\d.]+ ms \| [\d.]+ ms \| ([\d.]+) ms`)
		if o.before != dropped || o.less != cut || o.bytes < 1e6 {
			t.Errorf("%s: %v, but docs/benchmarks.md has %v and %v", o.of, o, dropped, cut)
		}
	}
	for _, o := range uncompiled {
		none, pip := row("`"+o.of+"` \\| 1769 MB \\| no-bytecode \\|[^|]*\\|[^|]*\\| (\\d+)"), row("`"+o.of+"` \\| 1769 MB \\| pip \\|[^|]*\\|[^|]*\\| (\\d+)")
		if o.before != none || o.less != pip {
			t.Errorf("%s: %v, but docs/benchmarks.md has %v and %v", o.of, o, none, pip)
		}
	}
	for _, r := range Rates() {
		if r.LowMS <= 0 || r.HighMS < r.LowMS || r.HighMS > 1000 {
			t.Errorf("%+v", r)
		}
	}
}

// TestEstimate holds the estimate to what it is made of: the observations lie in it.
func TestEstimate(t *testing.T) {
	for _, o := range modelsCut {
		if s := estimate(o.bytes, 0); s.LowMS > o.before-o.less+1e-9 || s.HighMS < o.before-o.less-1e-9 {
			t.Errorf("%s: %+v does not hold %v", o.of, s, o.before-o.less)
		}
	}
	a, b := estimate(1e6, 2e6), estimate(2e6, 4e6)
	if math.Abs(2*a.LowMS-b.LowMS) > 1e-9 || math.Abs(2*a.HighMS-b.HighMS) > 1e-9 {
		t.Errorf("%+v and %+v are on no line", a, b)
	}
	if s := estimate(-5, 0); s.LowMS != 0 || s.HighMS != 0 {
		t.Errorf("a start that gets slower: %+v", s)
	}
}

// found is a function that was looked at.
func found(name string, v Verdict, takes int64, layer string) Function {
	f := Function{Name: name, ARN: "arn:aws:lambda:r:1:function:" + name, Region: "r", Verdict: v}
	if takes > 0 {
		f.Boto = &Boto{Layer: layer}
		f.Takes = &Takes{Bytes: takes, Of: Size{Bytes: 2 * takes}}
	}
	return f
}

// TestSum counts packages, and a layer once, with what the function takes that takes least.
func TestSum(t *testing.T) {
	r := &Result{Functions: []Function{
		found("a", Slims, 10, ""), found("b", Slims, 100, "l"), found("c", Slims, 70, "l"), found("d", Runtimes, 0, ""), found("e", CannotTell, 0, ""),
	}}
	r.Functions[4].Boto = &Boto{Layer: "l"}
	sum := r.Sum()
	if len(sum.Layers) != 1 || sum.Layers[0].Functions != 3 || sum.Layers[0].CannotTell != 1 || sum.Layers[0].AtMost.Bytes != 70 {
		t.Errorf("%+v", sum.Layers)
	}
	if sum.Takes.Bytes != 10 || sum.Takes.Of.Bytes != 20 || sum.Verdicts[Slims] != 3 || sum.Verdicts[Runtimes] != 1 {
		t.Errorf("%+v", sum)
	}
}

func TestSort(t *testing.T) {
	slow := found("slow", Slims, 5, "")
	slow.Start = &Start{LowMS: 9, HighMS: 10}
	r := &Result{Functions: []Function{found("rt", Runtimes, 0, ""), found("a", Slims, 7, ""), found("b", Slims, 8, ""), found("x", CannotTell, 0, ""), slow}}
	r.Sort()
	var names []string
	for _, f := range r.Functions {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "slow b a x rt" {
		t.Error(got)
	}
}

// parts are three that belong together.
func parts() []Part {
	var all []Part
	for i := range 3 {
		all = append(all, Part{Name: fmt.Sprintf("p%d", i+1), Coldcut: "v1", Result: &Result{
			Account: "1", Regions: []string{"r"}, Shard: &shard.Shard{Index: i + 1, Count: 3}, Skipped: map[string]int{"nodejs22.x": i},
			Functions: []Function{found(fmt.Sprint("f", i), Slims, int64(i+1), "")},
		}})
	}
	return all
}

func TestMerge(t *testing.T) {
	all := parts()
	all[0].Result.Account, all[0].Result.Functions = "", nil // one with nothing in it
	r, err := Merge(all)
	if err != nil || len(r.Functions) != 2 || r.Functions[0].Name != "f2" || r.Skipped["nodejs22.x"] != 3 || r.Account != "1" || r.Shard != nil {
		t.Errorf("%+v %v", r, err)
	}
	one := parts()[:1]
	one[0].Result.Shard = nil
	if r, err := Merge(one); err != nil || len(r.Functions) != 1 {
		t.Errorf("the whole: %+v %v", r, err)
	}
}

func TestMergeRefuses(t *testing.T) {
	for want, change := range map[string]func([]Part) []Part{
		"there are no parts":                         func([]Part) []Part { return nil },
		"missing: part 2/3":                          func(p []Part) []Part { return []Part{p[0], p[2]} },
		"missing: part 2/3, 3/3":                     func(p []Part) []Part { return p[:1] },
		"p1 and p1 are both part 1/3":                func(p []Part) []Part { return []Part{p[0], p[0], p[2]} },
		"p1 is of the account 1, and p2 of 2":        func(p []Part) []Part { p[1].Result.Account = "2"; return p },
		"p1 was made by coldcut v1, and p3 by coldc": func(p []Part) []Part { p[2].Coldcut = "v2"; return p },
		"p1 is of r, and p3 of r, s":                 func(p []Part) []Part { p[2].Result.Regions = []string{"r", "s"}; return p },
		"p1 is one of 3 parts, and p2 one of 4":      func(p []Part) []Part { p[1].Result.Shard.Count = 4; return p },
		"p1 is one of 3 parts, and p2 one of 1":      func(p []Part) []Part { p[1].Result.Shard = nil; return p },
		"one of AWS, and one of a local Lambda":      func(p []Part) []Part { p[1].Result.Local = true; return p },
		"function:f0 is in p1 and in p3":             func(p []Part) []Part { p[2].Result.Functions = p[0].Result.Functions; return p },
	} {
		if _, err := Merge(change(parts())); err == nil || !strings.Contains(err.Error(), strings.Replace(want, "one of AWS", "of AWS", 1)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestJournal(t *testing.T) {
	dir := t.TempDir()
	open := func(program string) *Journal {
		t.Helper()
		j, err := OpenJournal(dir, program, shard.Shard{})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open("p")
	if _, err := OpenJournal(dir, "p", shard.Shard{}); !errors.Is(err, artifact.ErrBusy) {
		t.Errorf("twice at a time: %v", err)
	}
	a, gone := found("a", Slims, 5, "l"), found("b", NotRead, 0, "")
	for key, f := range map[string]*Function{"1": &a, "2": &gone} {
		if err := j.Add(key, f); err != nil {
			t.Fatal(err)
		}
	}
	if scratch, err := j.Scratch(); err != nil || filepath.Dir(scratch) != dir {
		t.Error(scratch, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open("p")
	if f, ok := j.Known(a.ARN, "1"); !ok || f.Takes.Bytes != 5 {
		t.Errorf("%+v %v", f, ok)
	}
	if _, ok := j.Known(a.ARN, "other"); ok {
		t.Error("a function that changed is known")
	}
	if _, ok := j.Known(gone.ARN, "2"); ok {
		t.Error("what could not be read is known")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open("q")
	if _, ok := j.Known(a.ARN, "1"); ok {
		t.Error("another program's words count")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestKey holds the key to whatever a verdict follows from.
func TestKey(t *testing.T) {
	base := func() *Facts {
		return &Facts{Function: Function{Handler: "app.handler", Runtime: "python3.13", Layers: []Layer{{ARN: "a"}}}, CodeSHA256: "s", Env: map[string]string{"A": "secret"}}
	}
	keys := map[string]string{base().Key(): "as it was"}
	for what, change := range map[string]func(*Facts){
		"code":        func(f *Facts) { f.CodeSHA256 = "t" },
		"layers":      func(f *Facts) { f.Layers[0].ARN = "b" },
		"no layers":   func(f *Facts) { f.Layers = nil },
		"handler":     func(f *Facts) { f.Handler = "app.main" },
		"runtime":     func(f *Facts) { f.Runtime = "python3.12" },
		"environment": func(f *Facts) { f.Env["A"] = "other" },
		"unreadable":  func(f *Facts) { f.Env, f.EnvError = nil, "AccessDenied" },
	} {
		f := base()
		change(f)
		if other := keys[f.Key()]; other != "" {
			t.Errorf("%s has the key of %s", what, other)
		}
		keys[f.Key()] = what
		if strings.Contains(f.Key(), "secret") {
			t.Error("the key tells a secret")
		}
	}
}
