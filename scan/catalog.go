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

// Service implements [boto.Catalog]: what the service has in any of them.
func (c catalogs) Service(name string) (*boto.Service, error) {
	var all *boto.Service
	for _, in := range c {
		if _, ok := slices.BinarySearch(in.Services(), name); !ok {
			continue
		}
		s, err := in.Service(name)
		if err != nil {
			return nil, err
		}
		all = union(all, s)
	}
	if all == nil {
		return nil, fmt.Errorf("no service %q in %s", name, c.Source())
	}
	return all, nil
}

// union joins what two copies of botocore say of one service.
func union(a, b *boto.Service) *boto.Service {
	if a == nil {
		return b
	}
	u := &boto.Service{
		Name:       a.Name,
		Operations: append(slices.Clone(a.Operations), b.Operations...),
		Waiters:    append(slices.Clone(a.Waiters), b.Waiters...),
		Discovery:  append(slices.Clone(a.Discovery), b.Discovery...),
		Resource:   a.Resource,
	}
	if u.Resource == nil {
		u.Resource = b.Resource
	} else if b.Resource != nil {
		u.Resource = &boto.Resource{Names: maps.Clone(a.Resource.Names), Load: append(slices.Clone(a.Resource.Load), b.Resource.Load...)}
		for name, ops := range b.Resource.Names {
			u.Resource.Names[name] = append(slices.Clone(u.Resource.Names[name]), ops...)
		}
	}
	return u
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
