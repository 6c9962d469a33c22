package plan

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"

	"github.com/coldcut/coldcut/scan"
)

// ServiceMissed is a service that a running package asked for and had lost.
const ServiceMissed Rule = "service-missed"

// missed is what a package with a fallback logs (shake/help/coldcut.py), and what its
// errors say without one.
var missed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`coldcut: the service ([a-z0-9._-]+) was removed from this package|coldcut removed ([a-z0-9._-]+) from this package: keep it with --keep`)
})

// Missed reads logs for services that a package asked for in vain, each with the line
// that names it first. Lines may be of any length, and in any form that keeps the text.
func Missed(name string, log io.Reader) ([]Finding, error) {
	first, count := map[string]int{}, map[string]int{}
	var order []string
	r := bufio.NewReaderSize(log, 1<<16)
	for line := 1; ; {
		part, err := r.ReadSlice('\n')
		for _, m := range missed().FindAllSubmatch(part, -1) {
			service := string(m[1]) + string(m[2])
			if count[service]++; count[service] == 1 {
				order = append(order, service)
				first[service] = line
			}
		}
		switch {
		case err == nil:
			line++
		case errors.Is(err, bufio.ErrBufferFull): // the line goes on
		case errors.Is(err, io.EOF):
			return missedFindings(name, order, first, count), nil
		default:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
}

func missedFindings(name string, order []string, first, count map[string]int) []Finding {
	var findings []Finding
	for _, service := range order {
		times := "once"
		if count[service] > 1 {
			times = fmt.Sprintf("%d times", count[service])
		}
		findings = append(findings, Finding{
			Rule: ServiceMissed, Service: service, Pos: scan.Pos{File: name, Line: first[service], Column: 1},
			Message: fmt.Sprintf("a running package asked for %s, which it had lost, %s", service, times),
			Fix:     fmt.Sprintf("keep it: keep = [%q] under [tool.coldcut], or --keep %s; if the sources ask for it, please report the line as a bug", service, service),
		})
	}
	return findings
}
