package boto

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Catalog is what is known of AWS's services: an [Installation] knows its own,
// [Index] those of the botocore that was newest when coldcut was built.
type Catalog interface {
	// Services returns the names of all services, sorted.
	Services() []string
	// Alias returns the service that botocore takes name for, if it renames it.
	Alias(name string) (string, bool)
	// Service returns a service by its name; an alias is not one. What it
	// returns is shared and must not be changed.
	Service(name string) (*Service, error)
	// Source names the catalog for people.
	Source() string
}

// CatalogOf returns the services that the installed botocores know, or the
// embedded index where the package has none.
func CatalogOf(installed []*Installation) Catalog {
	var all catalogs
	for _, in := range installed {
		if in.Botocore != "" {
			all = append(all, in)
		}
	}
	switch len(all) {
	case 0:
		return Index()
	case 1:
		return all[0]
	}
	return all
}

// catalogs joins several botocores in one package.
type catalogs []*Installation

// Services implements [Catalog].
func (c catalogs) Services() []string {
	names := map[string]bool{}
	for _, in := range c {
		for _, s := range in.Services() {
			names[s] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Alias implements [Catalog].
func (c catalogs) Alias(name string) (string, bool) {
	for _, in := range c {
		if s, ok := in.Alias(name); ok {
			return s, true
		}
	}
	return "", false
}

// Service implements [Catalog]: what the service has in any of them.
func (c catalogs) Service(name string) (*Service, error) {
	var all *Service
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
func union(a, b *Service) *Service {
	if a == nil {
		return b
	}
	u := &Service{
		Name:       a.Name,
		Operations: joined(a.Operations, b.Operations, func(o Operation) string { return o.Name + "." + o.Method }),
		Paginators: unique(slices.Concat(a.Paginators, b.Paginators)),
		Waiters:    joined(a.Waiters, b.Waiters, func(w Waiter) string { return w.Name + "." + w.Operation + "." + w.Method }),
		Discovery:  unique(slices.Concat(a.Discovery, b.Discovery)),
		Resource:   a.Resource,
		byMethod:   map[string]int{},
	}
	for i, o := range u.Operations {
		u.byMethod[o.Method] = i
	}
	if u.Resource == nil {
		u.Resource = b.Resource
	} else if b.Resource != nil {
		u.Resource = &Resource{Names: maps.Clone(a.Resource.Names), Load: append(slices.Clone(a.Resource.Load), b.Resource.Load...)}
		for name, ops := range b.Resource.Names {
			u.Resource.Names[name] = append(slices.Clone(u.Resource.Names[name]), ops...)
		}
	}
	return u
}

// joined returns what is in either list, once, sorted by key.
func joined[T comparable](a, b []T, key func(T) string) []T {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y T) int { return strings.Compare(key(x), key(y)) })
	return slices.Compact(all)
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

// Source implements [Catalog].
func (c catalogs) Source() string {
	var all []string
	for _, in := range c {
		all = append(all, in.Source())
	}
	return strings.Join(all, " and ")
}

// AllOperations stands for every operation of a service, in SERVICE:*.
const AllOperations = "*"

// UnknownServiceError is a name that no service has.
type UnknownServiceError struct {
	Name, Source string
	// Similar are services that may have been meant.
	Similar []string
}

func (e *UnknownServiceError) Error() string {
	return fmt.Sprintf("no service %q in %s", e.Name, e.Source)
}

// UnknownOperationError is an operation that its service does not have.
type UnknownOperationError struct{ Service, Operation, Source string }

func (e *UnknownOperationError) Error() string {
	return fmt.Sprintf("%s has no operation %q in %s", e.Service, e.Operation, e.Source)
}

// Resolve reads SERVICE or SERVICE:OPERATION as people write it: a service may be
// an alias, an operation the API's name (GetItem), the client's method (get_item)
// or "*". It returns botocore's names, the operation empty where none was given.
func Resolve(c Catalog, name string) (service, operation string, err error) {
	name, asked, limited := strings.Cut(name, ":")
	service, ok := c.Alias(name)
	if !ok {
		service = name
		if _, ok := slices.BinarySearch(c.Services(), name); !ok {
			return "", "", &UnknownServiceError{Name: name, Source: c.Source(), Similar: similar(c, name)}
		}
	}
	if !limited || asked == AllOperations {
		return service, asked, nil
	}
	s, err := c.Service(service)
	if err != nil {
		return "", "", err
	}
	if o, ok := s.Method(asked); ok {
		return service, o.Name, nil
	}
	if s.Has(asked) {
		return service, asked, nil
	}
	return "", "", &UnknownOperationError{Service: service, Operation: asked, Source: c.Source()}
}

// similar lists the services whose names hold the given one, or the other way round.
func similar(c Catalog, name string) []string {
	bare := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
	var out []string
	for _, s := range c.Services() {
		if bare != "" && strings.Contains(strings.ReplaceAll(s, "-", ""), bare) || len(s) > 2 && strings.Contains(name, s) {
			out = append(out, s)
		}
	}
	return out[:min(len(out), 8)]
}
