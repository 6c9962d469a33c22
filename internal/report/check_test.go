package report

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// checked has a finding of every kind that a form may treat in its own way.
func checked() *Document {
	at := func(line int) scan.Pos { return scan.Pos{File: "src/a b,c:%d.py", Line: line, Column: 5} }
	return ForCheck("v1", "src", "src/coldcut.lock", nil, []plan.Finding{
		{Rule: plan.ServiceNotLocked, Service: "ec2", Pos: at(1), Message: "ec2 is used", Fix: "run it\nagain"},
		{Rule: plan.OperationNotLocked, Service: "s3", Operation: "GetObject", Pos: at(2), Message: "s3:GetObject may be called"},
		{Rule: plan.OperationNotLocked, Service: "s3", Operation: "PutObject", Pos: at(2), Message: "s3:PutObject may be called"},
		{Rule: plan.OperationNotLocked, Service: "sqs", Operation: "SendMessage", Pos: at(2), Message: "sqs:SendMessage may be called"},
		{Rule: plan.ServiceUnused, Service: "sns", Pos: scan.Pos{File: "src/coldcut.lock"}, Message: "<nothing> uses sns & co", Note: true},
	}, nil)
}

// TestSARIF holds the log to the schema of SARIF 2.1.0, and every result to a rule
// with help.
func TestSARIF(t *testing.T) {
	for name, d := range map[string]*Document{"findings": checked(), "none": ForCheck("v1", "src", "l", nil, nil, nil)} {
		var out strings.Builder
		if err := d.SARIF(&out); err != nil {
			t.Fatal(err)
		}
		log, err := sarif.FromString(out.String())
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, &out)
		}
		if err := log.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		run := log.Runs[0]
		if want := len(together(d.Findings)); len(run.Results) != want {
			t.Errorf("%s: %d results, want %d", name, len(run.Results), want)
		}
		for _, r := range run.Results {
			rule := run.Tool.Driver.Rules[r.RuleIndex]
			if *rule.ID != *r.RuleID || rule.Help == nil || *rule.Help.Text == "" {
				t.Errorf("%s: the rule of %s is %s, its help %v", name, *r.RuleID, *rule.ID, rule.Help)
			}
			where := r.Locations[0].PhysicalLocation
			if line := *where.Region.StartLine; line < 1 {
				t.Errorf("%s: line %d", name, line)
			}
			if uri := *where.ArtifactLocation.URI; strings.ContainsAny(uri, " ") {
				t.Errorf("%s: %q is no URI", name, uri)
			}
		}
	}
}

// TestSARIFIsSteady holds that nothing in the log depends on the clock or on chance.
func TestSARIFIsSteady(t *testing.T) {
	var a, b strings.Builder
	if err := checked().SARIF(&a); err != nil {
		t.Fatal(err)
	}
	if err := checked().SARIF(&b); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("two logs of the same findings differ")
	}
}

func TestGitHub(t *testing.T) {
	var out strings.Builder
	if err := checked().GitHub(&out); err != nil {
		t.Fatal(err)
	}
	want := `::error file=src/a b%2Cc%3A%25d.py,line=1,col=5,title=coldcut%3A service-not-locked::ec2 is used: run it%0Aagain
::error file=src/a b%2Cc%3A%25d.py,line=2,col=5,title=coldcut%3A operation-not-locked::2 operations of s3 may be called, and the lock does not keep them: GetObject, PutObject
::error file=src/a b%2Cc%3A%25d.py,line=2,col=5,title=coldcut%3A operation-not-locked::sqs:SendMessage may be called
::notice file=src/coldcut.lock,line=0,col=0,title=coldcut%3A service-unused::<nothing> uses sns & co
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

func TestJUnit(t *testing.T) {
	var out strings.Builder
	if err := checked().JUnit(&out); err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Tests    int `xml:"tests,attr"`
		Suite    struct {
			Cases []struct {
				Class   string `xml:"classname,attr"`
				Output  string `xml:"system-out"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(out.String()), &suites); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	failed := 0
	for _, c := range suites.Suite.Cases {
		if c.Failure != nil {
			failed++
		}
		if c.Class == string(plan.ServiceUnused) && (c.Failure != nil || c.Output != "<nothing> uses sns & co") {
			t.Errorf("a note is %+v", c)
		}
	}
	// Every rule has a test: those of two findings and of three that passed, and more.
	if suites.Failures != 3 || failed != 3 || suites.Tests != len(suites.Suite.Cases) || suites.Tests != len(plan.Rules)+1 {
		t.Errorf("%d failures, %d counted, %d tests, %d cases", suites.Failures, failed, suites.Tests, len(suites.Suite.Cases))
	}
}
