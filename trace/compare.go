package trace

import (
	"maps"
	"slices"

	"github.com/coldcut/coldcut/scan"
)

// Comparison holds what a scan keeps against what really ran.
type Comparison struct {
	// Services and Operations count what ran.
	Services   int `json:"services"`
	Operations int `json:"operations"`
	// Missed is what ran and is not kept.
	Missed []Finding `json:"missed"`
	// Covered is what ran and is kept for want of knowledge alone.
	Covered []Finding `json:"covered"`
	// Kept counts the operations that the scan keeps by name, Touched those of
	// them that ran.
	Kept    int `json:"kept"`
	Touched int `json:"touched"`
	// Whole are the services of which every operation is kept.
	Whole []string `json:"whole"`
	// Untouched are the services and operations that are kept and that no run
	// touched; "*" stands for a service kept whole of which nothing ran.
	Untouched map[string][]string `json:"untouched"`
}

// Finding is a service, or an operation, that ran and that the scan did not find.
type Finding struct {
	Use
	// By is the reason for which it is kept nevertheless.
	By string `json:"by,omitempty"`
}

// Compare compares a scan with everything that the traces saw.
func Compare(r *scan.Result, traces ...*Trace) *Comparison {
	all := &Trace{Services: map[string][]string{}}
	for _, t := range traces {
		all.Append(t)
	}
	c := &Comparison{
		Services: len(all.Services), Operations: all.Operations(),
		Missed: []Finding{}, Covered: []Finding{}, Whole: []string{}, Untouched: map[string][]string{},
	}
	for _, service := range slices.Sorted(maps.Keys(all.Services)) {
		for _, operation := range append([]string{""}, all.Services[service]...) {
			if !finds(r, service, operation) {
				c.miss(r, all.place(service, operation))
			}
		}
	}
	for _, service := range slices.Sorted(maps.Keys(r.Services)) {
		c.kept(service, r.Services[service], all)
	}
	return c
}

// finds reports whether the scan keeps an operation, or a service, by its name.
func finds(r *scan.Result, service, operation string) bool {
	operations, ok := r.Services[service]
	return ok && (operation == "" || slices.Contains(operations, operation) || slices.Contains(operations, scan.AllOperations))
}

// place returns the first use in the order of the trace.
func (t *Trace) place(service, operation string) Use {
	for _, u := range t.Uses {
		if u.Service == service && u.Operation == operation {
			return u
		}
	}
	return Use{Service: service, Operation: operation}
}

// miss files what the scan did not find. An unresolved place keeps everything
// until it is declared. What botocore asks for credentials is a matter of the
// setting, not of the sources.
func (c *Comparison) miss(r *scan.Result, u Use) {
	at, inner := r.Inner[u.Service]
	_, used := r.Services[u.Service]
	switch {
	case inner && !used:
		c.Covered = append(c.Covered, Finding{Use: u, By: "botocore asks it for credentials, " + at.String()})
	case len(r.Unresolved) > 0:
		c.Covered = append(c.Covered, Finding{Use: u, By: "unresolved places"})
	default:
		c.Missed = append(c.Missed, Finding{Use: u})
	}
}

// kept counts what is kept of one service and lists what nothing touched.
func (c *Comparison) kept(service string, operations []string, all *Trace) {
	ran, ok := all.Services[service]
	var untouched []string
	if slices.Contains(operations, scan.AllOperations) {
		c.Whole = append(c.Whole, service)
		if !ok {
			untouched = []string{scan.AllOperations}
		}
	} else {
		c.Kept += len(operations)
		for _, operation := range operations {
			if slices.Contains(ran, operation) {
				c.Touched++
			} else {
				untouched = append(untouched, operation)
			}
		}
	}
	if len(untouched) > 0 || !ok {
		c.Untouched[service] = append([]string{}, untouched...)
	}
}
