package scan

import (
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// attribute evaluates x.attr for everything that x can be.
func (s *solver) attribute(e *python.Attribute, in *scope) set {
	if isSuper(e.Value) {
		return s.inherited(e.Attr, in)
	}
	var out set
	for _, v := range s.expr(e.Value, in) {
		out = out.join(s.attributeOf(v, e.Attr, in.unit.file)...)
	}
	return out
}

func (s *solver) attributeOf(v value, attr string, asker *file) set {
	switch v.kind {
	case plain:
		return set{v}
	case global:
		return set{globalNamed(v.text + "." + attr)}
	case module:
		return s.moduleAttribute(v.file, attr)
	case classVal, instance:
		return s.classAttribute(v.scope, attr)
	case session:
		return sessionAttribute(attr)
	case client:
		if attr == "meta" || attr == "client" {
			return set{v}
		}
		return set{{kind: plain}}
	case resource:
		if attr == "meta" {
			return set{{kind: client, text: v.text}}
		}
		return set{v}
	case funcVal, sequence, mapping, additions:
		return set{{kind: plain}}
	case text:
		return set{{kind: plain}}
	}
	return s.anyAttribute(attr, asker).join(unsure("it is read from .%s of an object that the scan does not follow", attr))
}

// globalNamed is a name outside the sources; a session that boto keeps in a
// global is a session.
func globalNamed(dotted string) value {
	if isBoto(dotted) && strings.HasSuffix(dotted, ".DEFAULT_SESSION") {
		return value{kind: session}
	}
	return value{kind: global, text: dotted}
}

// sessionAttribute gives a session's methods the names that the finder knows.
func sessionAttribute(attr string) set {
	if attr == "_session" {
		return set{{kind: session}}
	}
	return set{{kind: global, text: "boto3.Session." + attr}}
}

func (s *solver) moduleAttribute(f *file, attr string) set {
	if v, ok := s.member(f.module, attr); ok {
		return v.clone().join(s.assignedFrom(attr, nil, f)...)
	}
	return set{unsure("%s has no %s that the scan can see", f.name, attr)}
}

// classAttribute evaluates an attribute of a class or of its instances: what the
// class and its relatives bind, and what is stored into it from anywhere.
func (s *solver) classAttribute(c *scope, attr string) set {
	type question struct {
		c    *scope
		attr string
	}
	return s.answer(question{c, attr}, func() set {
		family, closed := s.relatives(c)
		var out set
		for _, k := range family {
			if b := k.names[attr]; b != nil {
				out = out.join(s.binding(b)...)
			}
		}
		out = out.join(s.assignedFrom(attr, family, c.unit.file)...)
		out = withAdditions(out, attr, nil, c.unit.file)
		switch {
		case !closed && len(out) == 0:
			out = out.join(s.fromBases(c, attr)...)
		case len(out) == 0:
			out = out.join(unsure("%s has no %s that the scan can see", c.class.Name, attr))
		}
		return out
	})
}

// fromBases evaluates an attribute that a class has only from bases outside the
// sources: of a session's subclass, the session's.
func (s *solver) fromBases(c *scope, attr string) set {
	if s.isSession(c) {
		return sessionAttribute(attr)
	}
	return set{unsure("%s inherits %s from a class that the scan does not follow", c.class.Name, attr)}
}

// isSession reports whether a class is derived from one of boto's sessions.
func (s *solver) isSession(c *scope) bool {
	found := false
	s.ancestors(c, func(base value) { found = found || base.kind == global && isSessionClass(base.text) })
	return found
}

// ancestors visits what each base of a class, and of its bases, can be.
func (s *solver) ancestors(c *scope, visit func(base value)) {
	seen := map[*scope]bool{}
	var up func(*scope)
	up = func(k *scope) {
		if seen[k] {
			return
		}
		seen[k] = true
		for _, base := range k.class.Bases {
			for _, v := range s.expr(base, k.parent) {
				visit(v)
				if v.kind == classVal {
					up(v.scope)
				}
			}
		}
	}
	up(c)
}

// inherited evaluates super().attr.
func (s *solver) inherited(attr string, in *scope) set {
	c := in.enclosingClass()
	if c == nil {
		return set{unsure("super() stands outside a class")}
	}
	var out set
	for _, base := range c.class.Bases {
		for _, v := range s.expr(base, c.parent) {
			if v.kind == classVal {
				out = out.join(s.classAttribute(v.scope, attr)...)
			}
		}
	}
	if len(out) == 0 {
		return s.fromBases(c, attr)
	}
	return out
}

// anyAttribute joins what is bound to an attribute of that name on any object
// that code like the asker's makes, for a receiver that is not known. It only
// adds evidence: the caller adds that the receiver is not known.
func (s *solver) anyAttribute(attr string, asker *file) set {
	type question struct {
		attr string
		of   string
	}
	return s.answer(question{attr, asker.group}, func() set {
		var out set
		units, _ := s.prog.having(attr, asker)
		for _, u := range units {
			if u.file.group != asker.group {
				continue
			}
			for _, c := range u.classes {
				if b := c.names[attr]; b != nil {
					out = out.join(s.binding(b)...)
				}
			}
			for _, st := range u.stores[attr] {
				out = out.join(s.stored(st)...)
			}
		}
		return withAdditions(out, attr, nil, asker)
	}).clone()
}

// assignedFrom evaluates the stores into .attr that can reach a class of the
// family, or, where family is nil, a module.
func (s *solver) assignedFrom(attr string, family []*scope, of *file) set {
	var out set
	units, all := s.prog.having(attr, of)
	if !all {
		out = out.join(tooCommon(attr))
	}
	for _, u := range units {
		for _, st := range u.stores[attr] {
			if s.reaches(st, family) {
				out = out.join(s.stored(st)...)
			}
		}
		for _, lit := range u.strings[attr] {
			if u.isSetattr(lit) {
				out = out.join(unsure("it is set with setattr at %s", u.pos(lit)))
			}
		}
	}
	return out
}

// isSetattr reports whether the string is the name given to a setattr call.
func (u *unit) isSetattr(lit *python.Str) bool {
	for _, r := range u.refs["setattr"] {
		if r.role == asCallee && len(r.call.Args) > 1 && r.call.Args[1] == python.Expr(lit) {
			return true
		}
	}
	return false
}

// reaches reports whether a store's receiver can be of that family. A store into
// self is decided by its class; any other by what the receiver can be.
func (s *solver) reaches(st store, family []*scope) bool {
	if owner := st.scope.selfClass(st.target.Value); owner != nil {
		for _, k := range family {
			if k == owner {
				return true
			}
		}
		return false
	}
	for _, v := range s.expr(st.target.Value, st.scope) {
		switch v.kind {
		case unknown:
			return true
		case module:
			if family == nil {
				return true
			}
		case classVal, instance:
			for _, k := range family {
				if k == v.scope {
					return true
				}
			}
		}
	}
	return false
}

// selfClass returns the class whose method has e as its first parameter.
func (s *scope) selfClass(e python.Expr) *scope {
	n, ok := e.(*python.Name)
	if !ok {
		return nil
	}
	b := s.lookup(n.ID)
	if b == nil || len(b.defs) != 1 || b.defs[0].kind != parameter || b.defs[0].param != 0 {
		return nil
	}
	f := b.scope
	if f.fn == nil || f.parent.kind != classScope || hasDecorator(f.fn, "staticmethod") {
		return nil
	}
	return f.parent
}

// relatives are a class, its ancestors and its descendants in the sources;
// closed tells that every ancestor is there.
func (s *solver) relatives(c *scope) (family []*scope, closed bool) {
	family, closed = []*scope{c}, true
	add := func(k *scope) bool {
		if slices.Contains(family, k) {
			return false
		}
		family = append(family, k)
		return true
	}
	s.ancestors(c, func(base value) {
		switch {
		case base.kind == classVal:
			add(base.scope)
		case base.kind != global || base.text != "builtins.object":
			closed = false
		}
	})
	for todo := []*scope{c}; len(todo) > 0; todo = todo[1:] {
		for _, d := range s.subclasses(todo[0]) {
			if add(d) {
				todo = append(todo, d)
			}
		}
	}
	return family, closed
}

// subclasses are the classes that name c as a base.
func (s *solver) subclasses(c *scope) []*scope {
	var out []*scope
	units, _ := s.prog.having(c.class.Name, c.unit.file)
	for _, u := range units {
		for _, k := range u.classes {
			for _, base := range k.class.Bases {
				if s.expr(base, k.parent).has(value{kind: classVal, scope: c}) {
					out = append(out, k)
				}
			}
		}
	}
	return out
}

func isSuper(e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok {
		return false
	}
	n, ok := c.Func.(*python.Name)
	return ok && n.ID == "super"
}

func hasDecorator(f *python.FunctionDef, names ...string) bool {
	for _, d := range f.Decorators {
		if c, ok := d.(*python.Call); ok {
			d = c.Func
		}
		for _, n := range names {
			if lastName(d) == n {
				return true
			}
		}
	}
	return false
}
