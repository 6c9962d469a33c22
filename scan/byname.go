package scan

import (
	"iter"
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
		for r := range f.references(taker) {
			if err := f.taken(r, takers[taker]); err != nil {
				return err
			}
		}
	}
	for _, reader := range []string{"getattr", "__getattribute__", "methodcaller", "attrgetter"} {
		for r := range f.references(reader) {
			if err := f.readBy(r, reader); err != nil {
				return err
			}
		}
	}
	for _, all := range []string{"__dict__", "vars", "getmembers"} {
		for r := range f.references(all) {
			f.readWhole(r)
		}
	}
	return nil
}

// references are those of a name in the files that know boto, or that the solver looks
// into: a client may be handed to any of these.
func (f *finder) references(name string) iter.Seq[*site] {
	files := slices.DeleteFunc(f.prog.filesWith(name), func(file *file) bool {
		return !f.prog.follow[file.group] && !f.mayKnowBoto(file)
	})
	return func(yield func(*site) bool) {
		for _, u := range f.prog.unitsOf(files) {
			for _, r := range u.refs[name] {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// taken handles a method that takes an operation's name; where it is no call, or one
// that is given its arguments unpacked, the name is not known.
func (f *finder) taken(r *site, parameter string) error {
	of := receiver(r.expr)
	if of == nil {
		return nil
	}
	if r.role == asCallee {
		if isSigner(r.call) {
			return nil
		}
		if name := argumentNamed(r.call, parameter); name != nil {
			return f.named(r, of, name, true)
		}
		if !unpacks(r.call) {
			return nil
		}
	}
	for _, v := range f.solver.values(of, r.scope) {
		f.anyOperation(r, v, true)
	}
	return nil
}

// isSigner reports whether a call of generate_presigned_url can only be one of
// CloudFrontSigner's method of that name (botocore/signers.py), which calls nothing.
func isSigner(c *python.Call) bool {
	return keyword(c, "date_less_than") != nil || keyword(c, "policy") != nil
}

// readBy handles what reads an attribute by its name.
func (f *finder) readBy(r *site, reader string) error {
	switch {
	case r.role != asCallee:
		if reader == "getattr" {
			f.anyOperation(r, unsure("getattr is handed on"), false)
		}
	case reader == "methodcaller" || reader == "attrgetter":
		for _, name := range r.call.Args {
			if err := f.namedOn(r, set{unsure("it is called later")}, name, false); err != nil {
				return err
			}
		}
	case len(r.call.Args) > 1:
		f.takerRead(r, r.call.Args[0], r.call.Args[1])
		return f.named(r, r.call.Args[0], r.call.Args[1], false)
	case reader == "__getattribute__" && len(r.call.Args) == 1 && receiver(r.expr) != nil:
		return f.named(r, receiver(r.expr), r.call.Args[0], false)
	}
	return nil
}

// takerRead handles a taker that is read by its name: what it is called with is not seen.
func (f *finder) takerRead(r *site, of, name python.Expr) {
	taker := func(n value) bool { return n.kind == text && takers[n.text] != "" }
	if !slices.ContainsFunc(f.solver.values(name, r.scope), taker) {
		return
	}
	for _, v := range f.solver.values(of, r.scope) {
		f.anyOperation(r, v, true)
	}
}

// readWhole handles what gives all attributes of a client at once.
func (f *finder) readWhole(r *site) {
	of := receiver(r.expr)
	if r.role == asCallee && len(r.call.Args) > 0 {
		of = r.call.Args[0]
	}
	if of == nil {
		return
	}
	for _, v := range f.solver.values(of, r.scope) {
		if v.kind == client || v.kind == resource {
			f.anyOperation(r, v, false)
		}
	}
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
func (f *finder) named(r *site, of, name python.Expr, always bool) error {
	return f.namedOn(r, f.solver.values(of, r.scope), name, always)
}

func (f *finder) namedOn(r *site, on set, name python.Expr, always bool) error {
	for _, n := range f.solver.values(name, r.scope) {
		for _, v := range on {
			switch {
			case n.kind == plain || n.kind != text && isForwarded(name, r.scope):
			case n.kind != text:
				f.anyOperation(r, v, always)
			case v.text != "" && (v.kind == client || v.kind == resource):
				if err := f.asked(r, v, n.text); err != nil {
					return err
				}
			case v.kind == unknown || v.kind == client || v.kind == resource || v.kind == global:
				if err := f.perhaps(r, n.text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// perhaps records the operations that a name means on what may be a client of any
// service in use. One that stands in the sources as it is counts as a word anyway.
func (f *finder) perhaps(r *site, name string) error {
	if len(f.prog.named(name)) > 0 {
		return nil
	}
	for _, service := range slices.Sorted(maps.Keys(f.result.Services)) {
		s, err := f.catalog.Service(service)
		if err != nil {
			return err
		}
		operations := meanings(s, client, name)
		if f.asResource[service] {
			operations = append(operations, meanings(s, resource, name)...)
		}
		for _, operation := range operations {
			f.use(service, operation, Possible, r.unit.pos(r.expr), r.unit.file.origin, r.unit.source(r.expr)+" may be asked for "+name)
		}
	}
	return nil
}

// anyOperation records that what v stands for may be asked for any operation. An
// object that is not known may be a client in the program's own code, or, always,
// where only clients are asked in that way.
func (f *finder) anyOperation(r *site, v value, always bool) {
	switch {
	case v.kind == client || v.kind == resource:
		f.anyOp[v.text] = append(f.anyOp[v.text], r)
	case v.kind == instance:
		for _, p := range f.solver.proxied(v.scope) {
			f.anyOp[p.text] = append(f.anyOp[p.text], r)
		}
	case v.kind == unknown && (always || r.unit.file.origin == "" || f.callsAtOnce(r)):
		f.anyOp[""] = append(f.anyOp[""], r)
	}
}

// callsAtOnce reports whether installed code that makes clients itself, in a file that
// names boto, calls what it reads: getattr(target, name)(**arguments).
func (f *finder) callsAtOnce(r *site) bool {
	if !f.makes[r.unit.file.group] || !f.prog.aware[r.unit.file.group] || !r.unit.file.names(botoNames...) {
		return false
	}
	return slices.ContainsFunc(r.unit.nameless, func(c *site) bool { return c.call.Func == python.Expr(r.call) })
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
	operations = s.Named(name)
	for _, w := range s.Waiters {
		if w.Method == name {
			operations = append(operations, w.Operation)
		}
	}
	return operations
}
