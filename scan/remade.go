package scan

import (
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// Classes may have descendants that no class statement shows: made by calling type,
// or by a decorator that returns another class.

// remade tells why a class may be another than its class statement says, or have a
// descendant that the scan does not see; nothing where neither may be.
func (s *solver) remade(c *scope) set {
	type question struct{ remade *scope }
	return s.answer(question{c}, func() (why set) {
		for _, d := range c.class.Decorators {
			if s.replaces(d, c) {
				why = why.add(unsure("%s has a decorator that may return another class, at %s", c.class.Name, c.unit.pos(d)))
			}
		}
		for _, r := range s.derivations(c.unit.file) {
			bases := s.elements(s.expr(basesOf(r.call), r.scope))
			if bases.has(value{kind: classVal, scope: c}) {
				why = why.add(unsure("a class is derived from %s with %s at %s", c.class.Name, lastName(r.call.Func), r.unit.pos(r.call)))
			}
		}
		return why
	})
}

// derivations are the calls that make a class of bases, in the code that can hold a
// class of that file.
func (s *solver) derivations(of *file) (calls []*site) {
	units, _ := s.prog.having(derivation, of)
	for _, u := range units {
		for _, r := range u.calls {
			if basesOf(r.call) != nil {
				calls = append(calls, r)
			}
		}
	}
	return calls
}

// replaces reports whether a decorator of a class, written beside it, may return
// something else than the class. What others write is taken to leave it as it is.
func (s *solver) replaces(d python.Expr, c *scope) bool {
	call, called := d.(*python.Call)
	if called {
		d = call.Func
	}
	return slices.ContainsFunc(s.expr(d, c.parent), func(v value) bool {
		return v.kind == funcVal && v.scope.fn != nil && v.scope.unit.file.group == c.unit.file.group && !returnsArgument(v.scope, called)
	})
}

// returnsArgument reports whether a function returns nothing but its first parameter;
// called, whether it returns functions that do.
func returnsArgument(f *scope, called bool) bool {
	if len(f.returns) == 0 || f.fn.Params == nil {
		return false
	}
	return !slices.ContainsFunc(f.returns, func(r python.Expr) bool {
		if called {
			inner := innerFunction(r, f)
			return inner == nil || !returnsArgument(inner, false)
		}
		ps := positional(f.fn.Params)
		if len(ps) == 0 {
			return true
		}
		b := f.names[ps[0].Name]
		return b == nil || len(b.defs) != 1 || !isBinding(r, f, b)
	})
}
