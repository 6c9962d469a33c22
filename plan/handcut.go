package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/handcut"
	"github.com/coldcut/coldcut/scan"
)

// topFiles lie beside the services' folders. Without those that a botocore has, it
// makes no client (botocore/session.py, botocore/client.py); which it has changed over
// the years, and a pattern that takes one takes what newer ones add.
var topFiles = []string{"endpoints.json", "partitions.json", "_retry.json", "sdk-default-configuration.json"}

// CheckCuts says of commands that delete from botocore by hand what breaks by them.
func CheckCuts(lock *LockFile, cuts []handcut.Cut) []Finding {
	var findings []Finding
	for i := range cuts {
		c := &cuts[i]
		f := Finding{
			Rule: HandCut, Pos: scan.Pos{File: c.File, Line: c.Line, Column: 1},
			Fix: "replace it by coldcut slim PATH -o OUT, which finds out what may go and proves the rest",
		}
		f.Message, f.Note = lock.breaks(c)
		if f.Message != "" {
			findings = append(findings, f)
		}
	}
	return findings
}

// breaks says what a command breaks; a note where it breaks nothing.
func (l *LockFile) breaks(c *handcut.Cut) (message string, note bool) {
	if c.Unclear {
		return fmt.Sprintf("%q deletes from botocore's data, and it cannot be told what", c.Command), true
	}
	gone := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !c.Deletes(n) })
	}
	var kept []string
	for service := range l.Services {
		kept = append(kept, service)
	}
	slices.Sort(kept)
	top, used, dropped := gone(topFiles), gone(kept), gone(boto.Index().Services())
	var breaks []string
	if len(top) > 0 {
		breaks = append(breaks, fmt.Sprintf("%s, without which botocore makes no client", strings.Join(top, ", ")))
	}
	if len(used) > 0 {
		breaks = append(breaks, fmt.Sprintf("%s, which the code uses", strings.Join(used, ", ")))
	}
	if len(breaks) > 0 {
		return fmt.Sprintf("%q deletes %s", c.Command, strings.Join(breaks, ", and ")), false
	}
	if len(dropped) == 0 {
		return "", false
	}
	left := len(boto.Index().Services()) - len(dropped) - len(kept)
	return fmt.Sprintf("%q deletes %s by hand and leaves %d that nothing uses", c.Command, services(len(dropped)), max(0, left)), true
}

func services(n int) string {
	if n == 1 {
		return "1 service"
	}
	return fmt.Sprintf("%d services", n)
}
