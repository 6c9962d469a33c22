package trace

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/scan"
)

// example has everything that a trace may have.
const example = `{
  "schema": 1,
  "runs": [
    {
      "command": ["pytest", "-q"],
      "exit": 1,
      "processes": 2,
      "pythons": ["3.13.0", "3.7.16"],
      "boto": {"boto3": ["1.44.5"], "botocore": ["1.44.5"]}
    }
  ],
  "services": {"dynamodb": ["PutItem", "GetItem", "GetItem"], "s3": ["GetObject"], "sts": []},
  "uses": [
    {"service": "sts", "operation": "", "file": "app.py", "line": 3},
    {"service": "s3", "operation": "GetObject"},
    {"service": "dynamodb", "operation": "GetItem", "file": "app.py", "line": 9},
    {"service": "dynamodb", "operation": "GetItem", "file": "app.py", "line": 7},
    {"service": "dynamodb", "operation": "GetItem", "file": "app.py", "line": 7}
  ]
}`

func parse(t *testing.T, data string) *Trace {
	t.Helper()
	trace, err := Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestParse(t *testing.T) {
	trace := parse(t, example)
	if want := []string{"GetItem", "PutItem"}; !slices.Equal(trace.Services["dynamodb"], want) {
		t.Errorf("operations of dynamodb are %v, want %v", trace.Services["dynamodb"], want)
	}
	if len(trace.Uses) != 4 || trace.Uses[0].Line != 7 || trace.Uses[3].Service != "sts" {
		t.Errorf("uses are %v", trace.Uses)
	}
	if n := trace.Operations(); n != 3 {
		t.Errorf("%d operations, want 3", n)
	}
}

// TestParseRefuses changes one thing of a good trace.
func TestParseRefuses(t *testing.T) {
	tests := []struct{ old, new, want string }{
		{example, "", "EOF"},
		{example, "[]", "cannot unmarshal array"},
		{example, "null", "schema is 0"},
		{`"schema": 1`, `"schema": 2`, "schema is 2, not 1"},
		{`"schema": 1`, `"schema": 1, "more": 1`, `unknown field "more"`},
		{"\n}", "\n}{}", "something follows"},
		{`["pytest", "-q"]`, `[]`, "no command"},
		{`"s3": [`, `"s 3": [`, `"s 3" is no name of a service`},
		{`"s3": ["GetObject"]`, `"s3": ["../x"]`, `"../x" is no name of an operation of s3`},
		{`"s3": ["GetObject"]`, `"s3": ["PutObject"]`, "s3 GetObject is used and not listed"},
		{`, "sts": []`, ``, "sts  is used and not listed"},
		{`"line": 3`, `"line": 0`, `at line 0 of "app.py"`},
		{`"line": 3`, `"line": -1`, "at line -1"},
		{`"file": "app.py", "line": 3`, `"line": 3`, `at line 3 of ""`},
		{`"file": "app.py", "line": 3`, `"file": 3`, "cannot unmarshal number"},
	}
	for _, test := range tests {
		changed := strings.Replace(example, test.old, test.new, 1)
		if changed == example {
			t.Errorf("%s is not in the example", test.old)
		}
		_, err := Parse([]byte(changed))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s for %s: error %v, want %s", test.new, test.old, err, test.want)
		}
	}
}

// FuzzParse holds whatever is accepted to this: written and read again it is the
// same, to the byte.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(`{"schema":1,"runs":[{"command":["x"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		trace, err := Parse(data)
		if err != nil {
			return
		}
		once, err := trace.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%v: %s", err, once)
		}
		twice, err := again.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, twice) {
			t.Errorf("was\n%s\nis\n%s", once, twice)
		}
	})
}

func TestAppend(t *testing.T) {
	one := parse(t, example)
	one.Append(parse(t, `{"schema": 1, "runs": [{"command": ["python", "job.py"]}],
		"services": {"dynamodb": ["Query"], "sqs": []}, "uses": [{"service": "sqs", "operation": "", "file": "job.py", "line": 1}]}`))
	if len(one.Runs) != 2 || one.Runs[1].Command[1] != "job.py" {
		t.Errorf("runs are %v", one.Runs)
	}
	if want := []string{"GetItem", "PutItem", "Query"}; !slices.Equal(one.Services["dynamodb"], want) {
		t.Errorf("operations of dynamodb are %v", one.Services["dynamodb"])
	}
	if _, ok := one.Services["sqs"]; !ok || len(one.Uses) != 5 {
		t.Errorf("services are %v, uses %v", one.Services, one.Uses)
	}
}

// found is a scan of a program that gets items and knows of all of sns.
func found() *scan.Result {
	return &scan.Result{
		Services: map[string][]string{"dynamodb": {"GetItem", "Query"}, "sns": {scan.AllOperations}, "sqs": {"SendMessage"}},
		Inner:    map[string]scan.Pos{"sts": {File: "botocore/credentials.py", Line: 8, Column: 2}},
		Uses: []scan.Use{
			{Service: "dynamodb", Operation: "GetItem", Certainty: scan.Certain, Pos: scan.Pos{File: "app.py", Line: 7, Column: 5}},
			{Service: "dynamodb", Operation: "GetItem", Certainty: scan.Possible, Pos: scan.Pos{File: "app.py", Line: 9, Column: 5}},
		},
	}
}

func TestAddTo(t *testing.T) {
	r := found()
	trace := parse(t, example)
	trace.Services["sns"] = []string{"Publish"}
	trace.AddTo(r, "trace.json")
	want := map[string][]string{
		"dynamodb": {"GetItem", "PutItem", "Query"},
		"s3":       {scan.AllOperations}, // the scan cannot tell what else is asked of it
		"sns":      {scan.AllOperations},
		"sqs":      {"SendMessage"},
		"sts":      {scan.AllOperations},
	}
	if !reflect.DeepEqual(r.Services, want) {
		t.Errorf("services are %v, want %v", r.Services, want)
	}
	if want := []string{"s3", "sts"}; !slices.Equal(r.AnyVersion, want) {
		t.Errorf("any version of %v, want %v", r.AnyVersion, want)
	}
	var uses []string
	for _, u := range r.Uses {
		uses = append(uses, u.Pos.String()+" "+u.Service+" "+u.Operation+" "+string(u.Certainty)+" "+u.Via)
	}
	const via = " certain seen by coldcut trace: pytest -q"
	if want := []string{
		"app.py:3:1 sts " + via,
		"app.py:7:5 dynamodb GetItem certain ", // the scan knows this line, and its column
		"app.py:9:1 dynamodb GetItem" + via,
		"app.py:9:5 dynamodb GetItem possible ",
		"trace.json:1:1 s3 GetObject" + via,
	}; !slices.Equal(uses, want) {
		t.Errorf("uses are\n%s\nwant\n%s", strings.Join(uses, "\n"), strings.Join(want, "\n"))
	}
	trace.Runs = append(trace.Runs, trace.Runs...)
	if got := trace.commands(); got != "pytest -q, and 1 more" {
		t.Errorf("two runs are %q", got)
	}
}

// TestAddToNothing does not take a run for the whole program.
func TestAddToNothing(t *testing.T) {
	r := &scan.Result{Services: map[string][]string{}}
	none := parse(t, `{"schema": 1, "runs": [{"command": ["x"]}]}`)
	none.AddTo(r, "none.json")
	if len(r.Unresolved) != 0 {
		t.Errorf("a trace of nothing makes %v", r.Unresolved)
	}
	parse(t, example).AddTo(r, "trace.json")
	parse(t, example).AddTo(r, "again.json")
	if len(r.Unresolved) != 1 || r.Unresolved[0].File != "trace.json" || len(r.Services) != 3 {
		t.Errorf("unresolved are %v, services %v", r.Unresolved, r.Services)
	}
}

func TestCompare(t *testing.T) {
	trace := parse(t, example)
	c := Compare(found(), trace)
	miss := func(service, operation, file string, line int) Finding {
		return Finding{Use: Use{Service: service, Operation: operation, File: file, Line: line}}
	}
	want := &Comparison{
		Services: 3, Operations: 3,
		Missed: []Finding{miss("dynamodb", "PutItem", "", 0), miss("s3", "", "", 0), miss("s3", "GetObject", "", 0)},
		Covered: []Finding{{
			Use: Use{Service: "sts", File: "app.py", Line: 3}, By: "botocore asks it for credentials, botocore/credentials.py:8:2",
		}},
		Kept: 3, Touched: 1, Whole: []string{"sns"},
		Untouched: map[string][]string{"dynamodb": {"Query"}, "sns": {"*"}, "sqs": {"SendMessage"}},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("compared\n%+v\nwant\n%+v", c, want)
	}
}

// TestCompareUnresolved moves a miss to what an unresolved place covers.
func TestCompareUnresolved(t *testing.T) {
	r := found()
	r.Unresolved = []scan.Unresolved{{Reason: "the service is not known"}}
	c := Compare(r, parse(t, example))
	if len(c.Missed) != 0 || len(c.Covered) != 4 || c.Covered[0].By != "unresolved places" {
		t.Errorf("missed %v, covered %v", c.Missed, c.Covered)
	}
}

// TestCompareInner counts what botocore asks for credentials as missed where the
// program uses the service itself: then only the operations that it names stay.
func TestCompareInner(t *testing.T) {
	r := found()
	r.Services["sts"] = []string{"GetCallerIdentity"}
	trace := parse(t, `{"schema": 1, "runs": [{"command": ["x"]}], "services": {"sts": ["AssumeRole"]}, "uses": []}`)
	c := Compare(r, trace)
	if len(c.Covered) != 0 || len(c.Missed) != 1 || c.Missed[0].Operation != "AssumeRole" {
		t.Errorf("missed %v, covered %v", c.Missed, c.Covered)
	}
}

// TestComparePools compares with several traces at once.
func TestComparePools(t *testing.T) {
	more := parse(t, `{"schema": 1, "runs": [{"command": ["x"]}], "services": {"dynamodb": ["Query"], "sns": []}, "uses": []}`)
	before := len(more.Services)
	c := Compare(found(), parse(t, example), more)
	if c.Touched != 2 || c.Untouched["dynamodb"] != nil || c.Untouched["sns"] != nil {
		t.Errorf("touched %d, untouched %v", c.Touched, c.Untouched)
	}
	if len(more.Services) != before || len(more.Services["dynamodb"]) != 1 {
		t.Error("the comparison changed a trace")
	}
}

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"s3": true, "sso-oidc": true, "my_service": true, "v1.2": true, "_x": true, "2nd": true, "été": true, "٣": true,
		"": false, "-x": false, ".x": false, "a b": false, "a/b": false, "a\n": false, "a\xff": false, "a:b": false,
	} {
		if got := isName(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
