package scan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/boto"
)

// catalogOf returns the services that the installed botocores know, or the
// embedded index where the package has none.
func catalogOf(installed []*boto.Installation) boto.Catalog {
	var all catalogs
	for _, in := range installed {
		if in.Botocore != "" {
			all = append(all, in)
		}
	}
	switch len(all) {
	case 0:
		return boto.Index()
	case 1:
		return all[0]
	}
	return all
}

// catalogs joins several botocores in one package.
type catalogs []*boto.Installation

// Services implements [boto.Catalog].
func (c catalogs) Services() []string {
	names := map[string]bool{}
	for _, in := range c {
		for _, s := range in.Services() {
			names[s] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Alias implements [boto.Catalog].
func (c catalogs) Alias(name string) (string, bool) {
	for _, in := range c {
		if s, ok := in.Alias(name); ok {
			return s, true
		}
	}
	return "", false
}

// Service implements [boto.Catalog]: operations are those of the first botocore
// that has the service.
func (c catalogs) Service(name string) (*boto.Service, error) {
	for _, in := range c {
		if slices.Contains(in.Services(), name) {
			return in.Service(name)
		}
	}
	return nil, fmt.Errorf("no service %q in %s", name, c.Source())
}

// Versions returns every API version of a service in any of them.
func (c catalogs) Versions(service string) []string {
	var all []string
	for _, in := range c {
		all = append(all, in.Versions(service)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Source implements [boto.Catalog].
func (c catalogs) Source() string {
	var all []string
	for _, in := range c {
		all = append(all, in.Source())
	}
	return strings.Join(all, " and ")
}
