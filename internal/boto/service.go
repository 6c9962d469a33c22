package boto

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"sync"
)

var _ Catalog = (*Installation)(nil)

// Service is what a program can call of one service. It is the union over all
// API versions in the package, for a program may ask for an older one.
type Service struct {
	Name string
	// Operations are sorted by name.
	Operations []Operation
	// Paginators are the names of the operations that have one, sorted.
	Paginators []string
	// Waiters are sorted by name; where API versions disagree on the operation,
	// a name stands there once for each.
	Waiters []Waiter
	// Discovery are the operations that botocore calls by itself to find a
	// service's endpoints (botocore/discovery.py), sorted.
	Discovery []string
	// Resource is nil where boto3 has no resource model for the service.
	Resource *Resource

	byMethod map[string]int
}

// Operation is an operation by its API name and by its client method.
type Operation struct {
	Name   string // GetItem
	Method string // get_item
}

// Waiter is a waiter by its model's name and by the name that get_waiter takes.
type Waiter struct {
	Name      string // BucketExists
	Method    string // bucket_exists
	Operation string // HeadBucket
}

// Method returns the operation that a client method calls.
func (s *Service) Method(name string) (Operation, bool) {
	i, ok := s.byMethod[name]
	if !ok {
		return Operation{}, false
	}
	return s.Operations[i], true
}

// Has reports whether the service has an operation of that API name.
func (s *Service) Has(operation string) bool {
	_, ok := slices.BinarySearchFunc(s.Operations, operation, func(o Operation, name string) int {
		return cmp.Compare(o.Name, name)
	})
	return ok
}

// Named returns the operations that client methods or API names mean; what means
// none is passed over.
func (s *Service) Named(names ...string) (operations []string) {
	for _, name := range names {
		if o, ok := s.Method(name); ok {
			operations = append(operations, o.Name)
		} else if s.Has(name) {
			operations = append(operations, name)
		}
	}
	return operations
}

// names are the bare names of a service before they become a [Service].
type names struct {
	operations, paginators, discovery []string
	waiters                           []Waiter // without methods
}

// service builds a [Service]; it sorts and deduplicates what n holds.
func (n *names) service(name string, rules *naming) *Service {
	s := &Service{Name: name, Paginators: unique(n.paginators), Discovery: unique(n.discovery), byMethod: map[string]int{}}
	for i, operation := range unique(n.operations) {
		method := rules.method(operation)
		s.Operations = append(s.Operations, Operation{operation, method})
		s.byMethod[method] = i
	}
	for _, w := range n.waiters {
		w.Method = rules.method(w.Name)
		s.Waiters = append(s.Waiters, w)
	}
	slices.SortFunc(s.Waiters, func(a, b Waiter) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Operation, b.Operation))
	})
	s.Waiters = slices.Compact(s.Waiters)
	return s
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// cache holds a service once it was asked for, or the error that it gave.
type cache struct {
	mutex   sync.Mutex
	entries map[string]func() (*Service, error)
}

func (c *cache) get(name string, load func(string) (*Service, error)) (*Service, error) {
	c.mutex.Lock()
	entry, ok := c.entries[name]
	if !ok {
		entry = sync.OnceValues(func() (*Service, error) { return load(name) })
		if c.entries == nil {
			c.entries = map[string]func() (*Service, error){}
		}
		c.entries[name] = entry
	}
	c.mutex.Unlock() // other services load meanwhile
	return entry()
}

// Service implements [Catalog]. It reads the models when first asked.
func (in *Installation) Service(name string) (*Service, error) {
	if in.Newest(name, TypeService) == "" {
		return nil, fmt.Errorf("no service %q in %s", name, in.Source())
	}
	return in.services.get(name, in.load)
}

func (in *Installation) load(name string) (*Service, error) {
	n := &names{}
	for _, version := range in.Versions(name) {
		if err := in.readVersion(n, path.Join(in.DataDir(), name, version)); err != nil {
			return nil, err
		}
	}
	s := n.service(name, in.naming)
	var err error
	s.Resource, err = in.readResource(s)
	return s, err
}

// readVersion adds the names in the model folder dir to n.
func (in *Installation) readVersion(n *names, dir string) error {
	if err := in.readOperations(n, dir); err != nil {
		return err
	}
	paginators, err := in.readKeys(dir, TypePaginators, "pagination")
	if err != nil {
		return err
	}
	waiters, err := in.readWaiters(dir)
	if err != nil {
		return err
	}
	n.paginators = append(n.paginators, paginators...)
	n.waiters = append(n.waiters, waiters...)
	return nil
}

// readOperations adds the operations of a service model, and which of them
// find its endpoints: those that the model marks as "endpointoperation"
// (botocore/model.py, OperationModel.is_endpoint_discovery_operation).
func (in *Installation) readOperations(n *names, dir string) error {
	return in.readMember(dir, TypeService, "operations", func(s *scanner) error {
		return s.object(func(s *scanner, operation string) error {
			n.operations = append(n.operations, operation)
			return s.ifObject(func(s *scanner, key string) error {
				if key == "endpointoperation" && s.next() == 't' {
					n.discovery = append(n.discovery, operation)
				}
				return s.skip()
			})
		})
	})
}

// readKeys returns the keys of a member of a model and of its extras.
func (in *Installation) readKeys(dir, typeName, member string) ([]string, error) {
	var all []string
	err := in.readMember(dir, typeName, member, func(s *scanner) error {
		keys, err := s.keys()
		all = append(all, keys...)
		return err
	})
	return all, err
}

// readWaiters returns the waiters of a model folder. An extra may give a
// waiter another operation, as deep_merge would.
func (in *Installation) readWaiters(dir string) ([]Waiter, error) {
	operations := map[string]string{}
	err := in.readMember(dir, TypeWaiters, "waiters", func(s *scanner) error {
		return s.object(func(s *scanner, name string) error {
			return s.object(func(s *scanner, key string) error {
				if key != "operation" {
					return s.skip()
				}
				var err error
				operations[name], err = s.text()
				return err
			})
		})
	})
	if err != nil {
		return nil, err
	}
	var all []Waiter
	for name, operation := range operations {
		all = append(all, Waiter{Name: name, Operation: operation})
	}
	return all, nil
}

// readMember calls visit at the value of a top-level member of a model, and
// again for each of its extras, which hold theirs below "merge"
// (botocore/loaders.py, ExtrasProcessor). Either may be missing.
func (in *Installation) readMember(dir, typeName, member string, visit func(*scanner) error) error {
	only := func(member string, visit func(*scanner) error) func(*scanner, string) error {
		return func(s *scanner, key string) error {
			if key == member {
				return visit(s)
			}
			return s.skip()
		}
	}
	if err := in.read(path.Join(dir, typeName), only(member, visit)); err != nil {
		return err
	}
	return in.read(path.Join(dir, typeName+extras), only("merge", func(s *scanner) error {
		return s.object(only(member, visit))
	}))
}

// read walks the model whose path without suffix is base, if there is one.
func (in *Installation) read(base string, visit func(*scanner, string) error) error {
	file, data, err := in.model(base)
	if err != nil || file == "" {
		return err
	}
	if err := walk(data, visit); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// model returns the file that the loader would take for base, and its content
// (botocore/loaders.py, JSONFileLoader.load_file). The file is "" if there is none.
func (in *Installation) model(base string) (file string, data []byte, err error) {
	for _, suffix := range suffixes {
		file = base + suffix
		if _, ok := in.artifact.Lookup(file); !ok {
			continue
		}
		if data, err = in.artifact.ReadFile(file); err != nil {
			return "", nil, fmt.Errorf("read a model: %w", err)
		}
		if suffix == ".json.gz" {
			if data, err = unzip(data); err != nil {
				return "", nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		return file, data, nil
	}
	return "", nil, nil
}

// maxModel limits what a compressed model may unpack to. The largest there is,
// ec2's, has 10 MB.
const maxModel = 256 << 20

func unzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(16 * len(data)) // what models compress to
	n, err := io.Copy(&b, io.LimitReader(r, maxModel+1))
	if err != nil {
		return nil, err
	}
	if n > maxModel {
		return nil, errors.New("too large once unpacked")
	}
	return b.Bytes(), nil
}
