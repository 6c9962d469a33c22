package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/trace"
)

// record is what a small program and its tests did.
func record() *trace.Trace {
	return &trace.Trace{
		Runs:     []trace.Run{{Command: []string{"pytest"}}},
		Services: map[string][]string{"s3": {"GetObject", "PutObject"}, "sqs": {"SendMessage"}, "iam": nil},
		Uses: []trace.Use{
			{Service: "s3", File: "app.py", Line: 1},
			{Service: "s3", Operation: "GetObject", File: "app.py", Line: 2},
			{Service: "s3", Operation: "GetObject", File: "app.py", Line: 3},
			{Service: "s3", Operation: "PutObject", File: "test_app.py", Line: 4},
			{Service: "sqs", File: "test_app.py", Line: 5},
			{Service: "sqs", Operation: "SendMessage", File: "test_app.py", Line: 6},
			{Service: "iam", File: "moto/core.py", Line: 7},
		},
	}
}

func TestOnly(t *testing.T) {
	part := only(record(), func(u trace.Use) bool { return u.File == "app.py" })
	if len(part.Uses) != 3 || len(part.Services) != 1 || strings.Join(part.Services["s3"], " ") != "GetObject" {
		t.Errorf("got %v with %d uses", part.Services, len(part.Uses))
	}
}

func TestMadeThere(t *testing.T) {
	seen := only(record(), func(u trace.Use) bool { return u.File != "moto/core.py" })
	seen.Uses = append(seen.Uses, trace.Use{Service: "kms", Operation: "Encrypt", File: "app.py", Line: 8})
	seen.Services["kms"] = []string{"Encrypt"}
	part, handedIn := madeThere(seen)
	if strings.Join(handedIn, " ") != "kms" || len(part.Services) != 2 || len(part.Uses) != len(seen.Uses)-1 {
		t.Errorf("handed in are %v, left are %v with %d uses", handedIn, part.Services, len(part.Uses))
	}
}

func TestJudge(t *testing.T) {
	seen := only(record(), func(u trace.Use) bool { return u.File != "moto/core.py" })
	services := map[string][]string{"s3": {"DeleteObject", "GetObject", "PutObject"}, "sns": {"Publish"}}
	tests := []struct {
		name          string
		unresolved    []scan.Unresolved
		missed, named int
	}{
		{"nothing unresolved", nil, 2, 3},
		{"unresolved", []scan.Unresolved{{Reason: "who knows"}}, 0, 3},
	}
	for _, test := range tests {
		v := judge(&scan.Result{Services: services, Unresolved: test.unresolved}, seen)
		if len(v.Missed) != test.missed || v.named() != test.named || v.ran() != 5 {
			t.Errorf("%s: missed %d, named %d of %d; want %d, %d of 5", test.name, len(v.Missed), v.named(), v.ran(), test.missed, test.named)
		}
		if v.keptServices != 2 || v.idleServices != 1 {
			t.Errorf("%s: %d services are kept, %d idle; want 2, 1", test.name, v.keptServices, v.idleServices)
		}
		if v.inWhole != 0 {
			t.Errorf("%s: %d operations ran of services kept whole, want none", test.name, v.inWhole)
		}
		gate := missedAny([]*outcome{{whole: v, own: judge(&scan.Result{}, &trace.Trace{})}})
		if (gate != nil) != (test.missed > 0) {
			t.Errorf("%s: the gate says %v", test.name, gate)
		}
	}
}

func TestJudgeWhole(t *testing.T) {
	found := &scan.Result{Services: map[string][]string{"s3": {scan.AllOperations}, "sqs": {"SendMessage"}}}
	v := judge(found, only(record(), func(u trace.Use) bool { return u.Service != "iam" }))
	if v.named() != 5 || v.inWhole != 2 {
		t.Errorf("named %d, of them %d of a whole service; want 5, 2", v.named(), v.inWhole)
	}
}

func TestRender(t *testing.T) {
	seen := only(record(), func(u trace.Use) bool { return u.File != "moto/core.py" })
	found := &scan.Result{Services: map[string][]string{"s3": {"DeleteObject", "GetObject"}}}
	doubtful := &scan.Result{Services: found.Services, Unresolved: []scan.Unresolved{
		{Pos: scan.Pos{File: "app.py", Line: 9}, Reason: "f(*args) | g", Origin: "dep"},
	}}
	text := render([]*outcome{{
		program: &program{name: "app", covers: "a test", python: "3.12", source: source{sdist: "app==1"}},
		boto:    "1.44.5", tests: tally{passed: 3, failed: 1}, whole: judge(found, seen), own: judge(doubtful, seen), handedIn: []string{"kms"},
	}})
	for _, line := range []string{
		"Not counted for app, whose tests made the client: kms.",
		"| app==1 | a test | 3.12 | 1.44.5 | all | 3 | 1 |",
		"| app | 2 | 3 | 3 | 2 of 5, 40.0 % | 0 | 0 | 1, 0 | 2, 1 | 0 |",
		"| app | 2 | 3 | 0 | 2 of 5, 40.0 % | 0 | 1 | 1, 0 | 2, 1 | 0 |",
		"| app | with tests | s3 | PutObject | `test_app.py:4` |",
		"| app | without | sqs | (its client) | `test_app.py:5` |",
		`| app | ` + "`app.py:9`" + ` | dep | f(\*args) \| g |`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the line %q is missing from\n%s", line, text)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, test := range []struct {
		part, whole int
		want        string
	}{{5, 5, "100.0 %"}, {9999, 10000, "99.9 %"}, {0, 3, "0.0 %"}, {0, 0, "–"}} {
		if got := percent(test.part, test.whole); got != test.want {
			t.Errorf("%d of %d is %s, want %s", test.part, test.whole, got, test.want)
		}
	}
}

// TestConclude holds a campaign to its whole length: a program that is not there
// fails it, is named, and leaves the published tables alone.
func TestConclude(t *testing.T) {
	t.Chdir(t.TempDir()) // has no page to rewrite
	nothing := &verdict{Comparison: &trace.Comparison{}}
	fine := &outcome{program: &program{name: "fine"}, whole: nothing, own: nothing}
	missing := &outcome{program: &program{name: "missing"}, whole: &verdict{Comparison: &trace.Comparison{Missed: []trace.Finding{{}}}}, own: nothing}
	lost := []error{errors.New("zappa: no way to GitHub"), errors.New("chalice: no way to GitHub")}
	tests := []struct {
		name string
		all  []*outcome
		lost []error
		want []string
	}{
		{"all well", []*outcome{fine}, nil, nil},
		{"missed", []*outcome{fine, missing}, nil, []string{"the scan missed"}},
		{"lost", []*outcome{fine}, lost, []string{"2 of 3 programs", "zappa: no way", "chalice: no way"}},
		{"both", []*outcome{missing}, lost, []string{"2 of 3 programs", "zappa: no way", "the scan missed"}},
	}
	for _, test := range tests {
		err := conclude(test.all, test.lost, 3, len(test.lost) > 0)
		if (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v", test.name, err)
		}
		for _, part := range test.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want %q", test.name, err, part)
			}
		}
	}
}
