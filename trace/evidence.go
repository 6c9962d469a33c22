package trace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/scan"
)

// AddTo adds what the trace saw to what a scan found, as certain uses. name is
// the trace's file, which stands for the place where no caller is known.
//
// A service of which the scan knew nothing is kept whole: the scan could not say
// what else is asked of it, and the run saw only what it happened to do. Where it
// knew of none at all, the trace is no reason to let the others go.
func (t *Trace) AddTo(r *scan.Result, name string) {
	if len(r.Services) == 0 && len(t.Services) > 0 {
		r.Unresolved = append(r.Unresolved, scan.Unresolved{
			Pos:    scan.Pos{File: name, Line: 1, Column: 1},
			Reason: "a run used AWS and nothing in the sources does: are they all here?",
		})
	}
	found := map[Use]bool{} // what the scan tells better, with its column and its how
	for _, u := range r.Uses {
		if u.Certainty == scan.Certain {
			found[Use{u.Service, u.Operation, u.File, u.Line}] = true
		}
	}
	via := "seen by coldcut trace: " + t.commands()
	for _, u := range t.Uses {
		if found[u] {
			continue
		}
		at := scan.Pos{File: u.File, Line: u.Line, Column: 1}
		if u.File == "" {
			at.File, at.Line = name, 1
		}
		r.Uses = append(r.Uses, scan.Use{Service: u.Service, Operation: u.Operation, Certainty: scan.Certain, Pos: at, Via: via})
	}
	for service, operations := range t.Services {
		known, ok := r.Services[service]
		if !ok || slices.ContainsFunc(operations, func(op string) bool { return !slices.Contains(known, op) }) {
			// What the scan did not see may have been a resource's.
			r.ClientsOnly = slices.DeleteFunc(r.ClientsOnly, func(s string) bool { return s == service })
		}
		switch {
		case !ok:
			r.Services[service] = []string{scan.AllOperations}
			r.AnyVersion = sorted(append(r.AnyVersion, service))
		case !slices.Contains(known, scan.AllOperations):
			r.Services[service] = sorted(append(operations, known...))
		}
	}
	r.Sort()
}

// commands names the runs for a person.
func (t *Trace) commands() string {
	first := strings.Join(t.Runs[0].Command, " ")
	if more := len(t.Runs) - 1; more > 0 {
		return fmt.Sprintf("%s, and %d more", first, more)
	}
	return first
}
