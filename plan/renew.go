package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// Renew returns the lock that agrees with the sources. Where the whole package was
// scanned it is the one that a cut of it would write now. Of a part of the sources
// nothing follows about the rest, so the lock only grows then. Keep is what the
// configuration declares, as in [Options].
func (l *LockFile) Renew(pkg *artifact.Artifact, uses *scan.Result, keep []string) (*Lock, error) {
	installed, err := boto.Find(pkg)
	if err != nil {
		return nil, err
	}
	p := &planner{installed: installed}
	if p.boto().Botocore == "" {
		return l.grown(uses, boto.CatalogOf(installed))
	}
	opts := Options{Keep: append(slices.Clone(keep), l.declared(keep)...), Credentials: l.Credentials, Only: l.Passes, Fallback: l.Fallback}
	renewed, err := New(pkg, uses, opts)
	if err != nil {
		return nil, err
	}
	return renewed.Lock(), nil
}

// declared are the declarations that the configuration does not know: those of a
// command line.
func (l *LockFile) declared(keep []string) (all []string) {
	for _, service := range l.Declared {
		known := slices.ContainsFunc(keep, func(k string) bool { return k == service || strings.HasPrefix(k, service+":") })
		if known {
			continue
		}
		for _, operation := range l.Services[service].Operations {
			if operation == scan.AllOperations {
				all = append(all, service)
			} else {
				all = append(all, service+":"+operation)
			}
		}
	}
	return all
}

// grown adds to the lock what the sources use and it does not keep.
func (l *LockFile) grown(uses *scan.Result, catalog boto.Catalog) (*Lock, error) {
	more := *l.Lock
	more.Services = maps.Clone(l.Services)
	c := &checker{lock: l, uses: uses, catalog: catalog}
	for service, asked := range uses.Services {
		all, err := c.allOf(service, asked)
		if err != nil {
			return nil, err
		}
		locked, known := more.Services[service]
		clientsOnly := slices.Contains(uses.ClientsOnly, service) && (locked.ClientsOnly || !known)
		locked.Rule = cmp.Or(locked.Rule, "used")
		locked.ClientsOnly = clientsOnly
		locked.Operations = joinedOperations(locked.Operations, all)
		locked.Files = sortedUnion(locked.Files, filesOf(usesOf(uses, service)))
		more.Services[service] = locked
	}
	return &more, nil
}

func joinedOperations(a, b []string) []string {
	if all := sortedUnion(a, b); !slices.Contains(all, scan.AllOperations) {
		return all
	}
	return []string{scan.AllOperations}
}

func sortedUnion(a, b []string) []string {
	all := append(append([]string{}, a...), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func usesOf(r *scan.Result, service string) (uses []scan.Use) {
	for _, u := range r.Uses {
		if u.Service == service {
			uses = append(uses, u)
		}
	}
	return uses
}
