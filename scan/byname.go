package scan

import (
	"maps"
	"slices"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// takers are a client's methods that take the name of an operation, of its
// method or of a waiter as their first argument, with the name of the parameter
// (botocore/client.py, botocore/signers.py).
var takers = map[string]string{
	"get_paginator":          "operation_name",
	"can_paginate":           "operation_name",
	"get_waiter":             "waiter_name",
	"generate_presigned_url": "ClientMethod",
	"_make_api_call":         "operation_name",
}

// byName visits the calls that name an operation in a value. A name that is
// known is as good as a call of it, also where it is put together from parts;
// one that is not known can be any operation of the service.
func (f *finder) byName() error {
	for _, taker := range slices.Sorted(maps.Keys(takers)) {
		for _, u := range f.prog.unitsOf(f.botoFiles(taker)) {
			for _, r := range u.refs[taker] {
				if r.role != asCallee || receiver(r.expr) == nil {
					continue
				}
				if arg := argumentNamed(r.call, takers[taker]); arg != nil {
					if err := f.named(r, receiver(r.expr), arg); err != nil {
						return err
					}
				}
			}
		}
	}
	for _, u := range f.prog.unitsOf(f.botoFiles("getattr")) {
		for _, r := range u.refs["getattr"] {
			if r.role == asCallee && len(r.call.Args) > 1 {
				if err := f.named(r, r.call.Args[0], r.call.Args[1]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// argumentNamed is a call's first argument, or the one of that name.
func argumentNamed(c *python.Call, name string) python.Expr {
	if e := keyword(c, name); e != nil {
		return e
	}
	if len(c.Args) > 0 {
		return c.Args[0]
	}
	return nil
}

// named records the operations that a value names, on what it is asked of.
// Asked of what is neither a client nor a resource nor a proxy of one, the name
// counts as a word all the same.
func (f *finder) named(r *site, of, name python.Expr) error {
	for _, v := range f.solver.values(of, r.scope) {
		for _, n := range f.solver.values(name, r.scope) {
			switch {
			case n.kind == unknown && !isForwarded(name, r.scope):
				f.anyOperation(r, v)
			case n.kind == text && v.text != "" && (v.kind == client || v.kind == resource):
				if err := f.asked(r, v, n.text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// anyOperation records that what v stands for may be asked for any operation.
func (f *finder) anyOperation(r *site, v value) {
	switch {
	case v.kind == client || v.kind == resource:
		f.anyOp[v.text] = append(f.anyOp[v.text], r)
	case v.kind == instance:
		for _, p := range f.solver.proxied(v.scope) {
			f.anyOp[p.text] = append(f.anyOp[p.text], r)
		}
	}
}

// isForwarded reports whether an expression is the name that __getattr__ is
// given: that stands in the sources as an attribute, and counts there.
func isForwarded(e python.Expr, in *scope) bool {
	name, ok := e.(*python.Name)
	of := in.function()
	if !ok || of == nil || !isAttributeReader(of) {
		return false
	}
	b := in.lookup(name.ID)
	return b != nil && b.scope == of && len(b.defs) == 1 && b.defs[0].kind == parameter
}

// isAttributeReader reports whether Python calls a function to read attributes.
func isAttributeReader(f *scope) bool {
	return f.fn != nil && (f.fn.Name == "__getattr__" || f.fn.Name == "__getattribute__")
}

// proxied returns the clients and resources that a class reads attributes from
// when it has none of that name itself.
func (s *solver) proxied(c *scope) (of set) {
	family, _ := s.relatives(c)
	for _, r := range c.unit.refs["getattr"] {
		reader := r.scope.function()
		if r.role != asCallee || len(r.call.Args) < 2 || reader == nil || !isAttributeReader(reader) || !slices.Contains(family, reader.parent) {
			continue
		}
		for _, v := range s.values(r.call.Args[0], r.scope) {
			if v.kind == client || v.kind == resource {
				of = of.add(v)
			}
		}
	}
	return of
}

// asked records the operations of a service that a name means to a client or resource.
func (f *finder) asked(r *site, of value, name string) error {
	service, ok := f.known(of.text)
	if !ok {
		return nil
	}
	s, err := f.catalog.Service(service)
	if err != nil {
		return err
	}
	for _, operation := range meanings(s, of.kind, name) {
		f.certain[called{service, operation}] = true
		f.use(service, operation, Certain, r.unit.pos(r.call), r.unit.file.origin, r.unit.source(r.call))
	}
	return nil
}

// meanings are the operations that a name means to a client or a resource.
func meanings(s *boto.Service, of kind, name string) (operations []string) {
	if of == resource {
		if s.Resource != nil {
			return s.Resource.Names[name]
		}
		return nil
	}
	operations = operationsOf(s, []string{name})
	for _, w := range s.Waiters {
		if w.Method == name {
			operations = append(operations, w.Operation)
		}
	}
	return operations
}
