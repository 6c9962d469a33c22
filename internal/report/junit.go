package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"

	"github.com/coldcut/coldcut/plan"
)

// JUnit writes the findings as test results.
func (d *Document) JUnit(w io.Writer) error {
	cases, failures := junitCases(together(d.Findings))
	all := junitSuites{
		Name: "coldcut check", Tests: len(cases), Failures: failures,
		Suite: junitSuite{Name: d.Path, Tests: len(cases), Failures: failures, Cases: cases},
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitSuites is what CI servers read as JUnit's form; there is no schema that all of
// them keep to, and this is what is common to them.
type junitSuites struct {
	XMLName  struct{}   `xml:"testsuites"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// junitCases gives every rule a test, which passes where it found nothing, so that a
// run without findings does not look like a run without tests.
func junitCases(findings []plan.Finding) (cases []junitCase, failures int) {
	for _, rule := range plan.Rules {
		found := slices.DeleteFunc(slices.Clone(findings), func(f plan.Finding) bool { return f.Rule != rule })
		if len(found) == 0 {
			cases = append(cases, junitCase{Name: plan.RuleDocs[rule], Class: string(rule)})
		}
		for _, f := range found {
			c := junitCase{Name: fmt.Sprintf("%s %s", f.Pos, f.Message), Class: string(rule)}
			if f.Note {
				c.Output = withFix(f)
			} else {
				failures++
				c.Failure = &junitFailure{Message: f.Message, Type: string(rule), Text: f.Pos.String() + ": " + withFix(f)}
			}
			cases = append(cases, c)
		}
	}
	return cases, failures
}
