package main

import (
	"errors"
	"slices"

	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/trace"
)

// verdict is a scan held against a record.
type verdict struct {
	*trace.Comparison
	// keptServices counts what the scan keeps, idle those of it that never ran.
	keptServices, idleServices int
	// inWhole counts the operations that ran of services which the scan keeps
	// whole: it did not have to find them.
	inWhole    int
	unresolved []scan.Unresolved
}

func judge(found *scan.Result, seen *trace.Trace) *verdict {
	v := &verdict{Comparison: trace.Compare(found, seen), keptServices: len(found.Services), unresolved: found.Unresolved}
	for service := range found.Services {
		if _, ran := seen.Services[service]; !ran {
			v.idleServices++
		}
	}
	for _, service := range v.Whole {
		v.inWhole += len(seen.Services[service])
	}
	return v
}

// ran counts what ran: services and operations, each once.
func (v *verdict) ran() int { return v.Services + v.Operations }

// named counts what ran and is kept by its name, wherever else the scan could
// not tell. A program with unresolved places is no evidence for the scan unless
// this counts as well: such a place keeps everything.
func (v *verdict) named() int { return v.ran() - len(v.Missed) - len(v.byDoubt()) }

// byDoubt is what only unresolved places keep.
func (v *verdict) byDoubt() (list []trace.Finding) {
	for _, f := range v.Covered {
		if f.By == doubt {
			list = append(list, f)
		}
	}
	return list
}

// doubt is how [trace.Compare] names what unresolved places keep.
const doubt = "unresolved places"

// only returns a part of a record.
func only(seen *trace.Trace, keep func(trace.Use) bool) *trace.Trace {
	part := &trace.Trace{Schema: seen.Schema, Runs: seen.Runs, Services: map[string][]string{}}
	for _, u := range seen.Uses {
		if !keep(u) {
			continue
		}
		part.Uses = append(part.Uses, u)
		operations := part.Services[u.Service]
		if u.Operation != "" && !slices.Contains(operations, u.Operation) {
			operations = append(operations, u.Operation)
		}
		part.Services[u.Service] = operations
	}
	return part
}

// madeThere leaves out the services of which no line of the record made a
// client: whoever made it handed it in. The scan takes a program as closed, and
// without the code that uses it a library is none.
func madeThere(seen *trace.Trace) (part *trace.Trace, handedIn []string) {
	made := map[string]bool{}
	for _, u := range seen.Uses {
		made[u.Service] = made[u.Service] || u.Operation == ""
	}
	for service := range seen.Services {
		if !made[service] {
			handedIn = append(handedIn, service)
		}
	}
	slices.Sort(handedIn)
	return only(seen, func(u trace.Use) bool { return made[u.Service] }), handedIn
}

// missedAny is the gate of the campaign.
func missedAny(all []*outcome) error {
	for _, o := range all {
		if len(o.whole.Missed) > 0 || len(o.own.Missed) > 0 {
			return errors.New("the scan missed what ran, without saying that it could not tell")
		}
	}
	return nil
}
