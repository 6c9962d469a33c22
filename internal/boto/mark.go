package boto

import (
	"path"
	"slices"
)

// graph is what a service model, its extras merged in, says of who needs which shape.
type graph struct {
	// operations and shapes map a name to the shapes that it refers to.
	operations, shapes map[string][]string
	// discovery are the operations that find endpoints: botocore's choice of
	// handlers depends on whether there is one (botocore/client.py,
	// ClientCreator._register_endpoint_discovery).
	discovery []string
	// exceptions are the shapes that client.exceptions offers, and that any
	// operation's error may turn out to be (botocore/errorfactory.py;
	// botocore/endpoint.py, Endpoint._add_modeled_error_fields).
	exceptions []string
}

// mark finds the operations and the shapes that stay.
func (t *trimming) mark(kept Kept) error {
	if slices.Contains(kept.Operations, AllOperations) {
		return nil
	}
	g, err := t.graph()
	if err != nil {
		return err
	}
	t.operations = setOf(kept.Operations, g.discovery)
	if kept.ClientsOnly {
		t.shapes = g.reach(t.operations, nil)
		return nil
	}
	resource, known, err := t.in.resourceShapes(t.service)
	if err == nil && known {
		t.shapes = g.reach(t.operations, resource)
	}
	return err
}

// graph reads the service model and its extras.
func (t *trimming) graph() (*graph, error) {
	g := &graph{operations: map[string][]string{}, shapes: map[string][]string{}}
	base := path.Join(t.dir, TypeService)
	if err := t.in.read(base, g.member); err != nil {
		return nil, err
	}
	return g, t.in.read(base+extras, func(s *scanner, key string) error {
		if key == "merge" {
			return s.object(g.member)
		}
		return s.skip()
	})
}

func setOf(lists ...[]string) map[string]bool {
	set := map[string]bool{}
	for _, list := range lists {
		for _, name := range list {
			set[name] = true
		}
	}
	return set
}

// member reads a top-level member of the service model.
func (g *graph) member(s *scanner, key string) error {
	switch key {
	case "operations":
		return s.object(g.operation)
	case "shapes":
		return s.object(g.shape)
	}
	return s.skip()
}

func (g *graph) operation(s *scanner, name string) error {
	g.operations[name] = slices.Grow(g.operations[name], 1) // also one that needs no shapes
	return s.ifObject(func(s *scanner, key string) error {
		if key == "endpointoperation" && s.next() == 't' {
			g.discovery = append(g.discovery, name)
		}
		return s.references(key, func(shape string) { g.operations[name] = append(g.operations[name], shape) })
	})
}

func (g *graph) shape(s *scanner, name string) error {
	g.shapes[name] = slices.Grow(g.shapes[name], 1) // also one that needs no others
	return s.ifObject(func(s *scanner, key string) error {
		if key == "exception" {
			g.exceptions = append(g.exceptions, name)
		}
		return s.references(key, func(shape string) { g.shapes[name] = append(g.shapes[name], shape) })
	})
}

// reach is the set of shapes that the operations, any exception or one of the
// roots lead to.
func (g *graph) reach(operations map[string]bool, roots []string) map[string]bool {
	reached := map[string]bool{}
	queue := slices.Concat(g.exceptions, roots)
	for name := range operations {
		queue = append(queue, g.operations[name]...)
	}
	for len(queue) > 0 {
		name := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if !reached[name] {
			reached[name] = true
			queue = append(queue, g.shapes[name]...)
		}
	}
	return reached
}

// ifObject is object for a value that may be something else.
func (s *scanner) ifObject(visit func(s *scanner, key string) error) error {
	if s.next() != '{' {
		return s.skip()
	}
	return s.object(visit)
}

// references reports every string called "shape" at or below the value of key.
// It knows nothing of the grammar around them, so that it misses none.
func (s *scanner) references(key string, found func(shape string)) error {
	switch s.next() {
	case '{':
		return s.object(func(s *scanner, key string) error { return s.references(key, found) })
	case '[':
		return s.items(']', func() error { return s.references("", found) })
	case '"':
		if key == "shape" {
			name, err := s.text()
			found(name)
			return err
		}
	}
	return s.skip()
}

// resourceShapes are the shapes that boto3 builds the attributes of its resources
// from when it makes their classes, whichever operations are called
// (boto3/resources/factory.py, ResourceFactory._load_attributes). They are not
// known where a boto3 outside the package does that.
func (in *Installation) resourceShapes(service string) (shapes []string, known bool, err error) {
	if in.Boto3 == "" {
		s, err := Index().Service(service)
		return nil, err != nil || s.Resource == nil, nil
	}
	for _, version := range in.ResourceVersions(service) {
		err := in.read(path.Join(in.Boto3DataDir(), service, version, TypeResources), func(s *scanner, key string) error {
			return s.references(key, func(shape string) { shapes = append(shapes, shape) })
		})
		if err != nil {
			return nil, false, err
		}
	}
	return shapes, true, nil
}
