package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// outcome is how a test ended: passed, failed or skipped, and what it said.
type outcome struct{ result, message string }

// junit is what of pytest's report counts.
type junit struct {
	Cases []struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *message `xml:"failure"`
		Error   *message `xml:"error"`
		Skipped *message `xml:"skipped"`
	} `xml:"testsuite>testcase"`
}

type message struct {
	Text string `xml:"message,attr"`
}

// readReport reads the outcomes by the tests' names, which are the same wherever the package
// that they were run against lies: some name its files. Tests of one name are numbered.
func readReport(r io.Reader, pkg string) (map[string]outcome, error) {
	var report junit
	if err := xml.NewDecoder(r).Decode(&report); err != nil {
		return nil, err
	}
	all := map[string]outcome{}
	for _, c := range report.Cases {
		test := c.Class + "::" + strings.ReplaceAll(c.Name, pkg, "PACKAGE")
		name := test
		for n := 2; ; n++ {
			if _, taken := all[name]; !taken {
				break
			}
			name = fmt.Sprintf("%s#%d", test, n)
		}
		switch {
		case c.Failure != nil:
			all[name] = outcome{"failed", c.Failure.Text}
		case c.Error != nil:
			all[name] = outcome{"failed", c.Error.Text}
		case c.Skipped != nil:
			all[name] = outcome{"skipped", c.Skipped.Text}
		default:
			all[name] = outcome{"passed", ""}
		}
	}
	return all, nil
}
