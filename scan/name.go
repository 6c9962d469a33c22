package scan

import (
	"github.com/coldcut/coldcut/internal/python"
)

// name evaluates a name: its binding, a star import, or a builtin.
func (s *solver) name(e *python.Name, in *scope) set {
	if b := in.lookup(e.ID); b != nil {
		return s.binding(b)
	}
	var out set
	for _, m := range in.top().stars {
		if v, ok := s.member(m, e.ID, in.unit.file); ok {
			out = out.join(v...)
		}
	}
	if out == nil {
		out = set{{kind: global, text: "builtins." + e.ID}}
	}
	return out
}

// member evaluates a name of a module that from imports; !ok where that module lacks it.
func (s *solver) member(dotted, name string, from *file) (set, bool) {
	return s.memberOf(dotted, name, from, map[*file]bool{})
}

// memberOf follows star imports, each module once.
func (s *solver) memberOf(dotted, name string, from *file, seen map[*file]bool) (set, bool) {
	f := s.prog.resolve(dotted, from)
	if f == nil {
		if isBoto(dotted) && exportedByBoto(name) {
			return set{{kind: global, text: dotted + "." + name}}, true
		}
		return nil, false
	}
	return s.memberIn(f, name, seen)
}

func (s *solver) memberIn(f *file, name string, seen map[*file]bool) (set, bool) {
	if seen[f] {
		return nil, false
	}
	seen[f] = true
	u := s.prog.unit(f)
	if u == nil {
		return set{unsure("%s, which has it, does not parse", f.name)}, true
	}
	if b := u.module.names[name]; b != nil {
		return s.binding(b), true
	}
	if sub := s.prog.resolve(f.module+"."+name, f); sub != nil {
		return set{{kind: module, file: sub}}, true
	}
	for _, m := range u.module.stars {
		if v, ok := s.memberOf(m, name, f, seen); ok {
			return v, true
		}
	}
	return nil, false
}

// binding joins everything that is ever bound to a name.
func (s *solver) binding(b *binding) set {
	if known := s.memo[b]; known != nil {
		return s.ask(known)
	}
	return s.answer(b, func() set {
		var out set
		for i := range b.defs {
			if out.full() {
				return out
			}
			out = out.join(s.definition(b, &b.defs[i])...)
		}
		if b.scope.kind == moduleScope {
			out = out.join(s.writtenOutside(b)...)
		}
		return withAdditions(out, b.name, b.scope, b.scope.unit.file)
	})
}

// writtenOutside evaluates what other code writes to a name of a module: by an
// attribute of the module, or through globals().
func (s *solver) writtenOutside(b *binding) set {
	u := b.scope.unit
	out := s.assignedFrom(b.name, nil, u.file)
	if len(u.stores[itemsOf("globals")]) > 0 {
		out = out.join(unsure("%s writes to its names through globals()", u.file.name))
	}
	return out
}

func (s *solver) definition(b *binding, d *def) set {
	switch d.kind {
	case assigned:
		return s.unpack(s.expr(d.value, d.scope), d.path)
	case iterated:
		return s.unpack(s.elements(s.expr(d.value, d.scope)), d.path)
	case entered:
		return s.unpack(s.entered(s.expr(d.value, d.scope)), d.path)
	case augmented:
		return s.augmented(d)
	case parameter:
		return s.parameter(b, d)
	case function:
		if isProperty(d.scope.fn) {
			return s.returned(d.scope)
		}
		return set{{kind: funcVal, scope: d.scope}}
	case class:
		return set{{kind: classVal, scope: d.scope}}
	case imported:
		return s.imported(d)
	}
	return s.opaque(b, d)
}

// opaque is a name that an except clause, a pattern or a constructor binds. A
// field with a default counts only in a class for which something writes a
// constructor: one with a decorator or a base.
func (s *solver) opaque(b *binding, d *def) set {
	if d.node != nil && b.scope.class != nil && len(b.scope.class.Decorators)+len(b.scope.class.Bases) == 0 {
		return nil
	}
	return set{unsure("%s is given its value by code that the scan does not follow", b.name)}
}

// augmented is name += value: a container grows, a string becomes another.
func (s *solver) augmented(d *def) set {
	vals := s.expr(d.value, d.scope)
	if !vals.any(text) && !vals.any(unknown) {
		return vals
	}
	return set{unsure("it is changed in place at %s", d.scope.unit.pos(d.value))}
}

// imported evaluates an import statement's name.
func (s *solver) imported(d *def) set {
	if d.name == "" {
		return s.moduleValue(d.module, d.scope.unit.file)
	}
	if f := s.prog.resolve(d.module, d.scope.unit.file); f != nil {
		if v, ok := s.memberIn(f, d.name, map[*file]bool{}); ok {
			return v
		}
		return set{unsure("%s has no %s that the scan can see", f.name, d.name)}
	}
	return s.moduleValue(d.module+"."+d.name, d.scope.unit.file)
}

func (s *solver) moduleValue(dotted string, from *file) set {
	if f := s.prog.resolve(dotted, from); f != nil {
		return set{{kind: module, file: f}}
	}
	return set{globalNamed(dotted)}
}

// entered evaluates what "with v as x" binds: clients, resources and sessions
// are their own context; a context manager of the sources hands out its yield.
func (s *solver) entered(vals set) set {
	var out set
	for _, v := range vals {
		switch {
		case v.kind == client || v.kind == resource || v.kind == session || v.kind == plain || v.kind == unknown || v.kind == answer:
			out = out.join(v)
		case v.kind == sequence && v.expr == nil:
			out = out.join(s.elements(set{v})...)
		default:
			out = out.join(unsure("it comes from a with statement that the scan does not follow"))
		}
	}
	return out
}
