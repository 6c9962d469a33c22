package scan

import (
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// A decorator of the sources passes through if all that it returns is what it
// decorates, or a function that hands on whatever it is given and returns whatever
// comes back:
//
//	def logged(function):
//	    @functools.wraps(function)
//	    def wrapper(*args, **kwargs):
//	        result = function(*args, **kwargs)
//	        return result
//	    return wrapper
//
// Then a decorated function has the callers and the results that it has without.

// isOwnThrough reports whether a decorator is a function of the sources that passes
// through. Called with arguments, as @logged("x"), it is what returns one.
func (s *solver) isOwnThrough(d python.Expr, called bool, in *scope) bool {
	vals := s.expr(d, in)
	return len(vals) > 0 && !slices.ContainsFunc(vals, func(v value) bool {
		return v.kind != funcVal || v.scope.fn == nil || !s.throughs(v.scope, called)
	})
}

func (s *solver) throughs(dec *scope, called bool) bool {
	if len(dec.fn.Decorators) > 0 || dec.fn.Async || len(dec.yields)+len(dec.delegates) > 0 || len(dec.returns) == 0 {
		return false
	}
	if !called {
		return s.through(dec)
	}
	return !slices.ContainsFunc(dec.returns, func(r python.Expr) bool {
		inner := innerFunction(r, dec)
		return inner == nil || !s.throughs(inner, false)
	})
}

// innerFunction is the function that a name stands for, where a scope defines it
// itself and once; else nil.
func innerFunction(e python.Expr, in *scope) *scope {
	name, ok := e.(*python.Name)
	if !ok {
		return nil
	}
	b := in.names[name.ID]
	if b == nil || len(b.defs) != 1 || b.defs[0].kind != function {
		return nil
	}
	return b.defs[0].scope
}

// through looks into a decorator itself.
func (s *solver) through(dec *scope) bool {
	ps := positional(dec.fn.Params)
	if len(ps) == 0 {
		return false
	}
	decorated := dec.names[ps[0].Name]
	if decorated == nil || len(decorated.defs) != 1 {
		return false
	}
	var wrappers []*scope
	for _, r := range dec.returns {
		w := innerFunction(r, dec)
		if w == nil && !isBinding(r, dec, decorated) || w != nil && !s.handsOn(w, decorated) {
			return false
		}
		wrappers = append(wrappers, w)
	}
	return !slices.ContainsFunc(dec.unit.refs[decorated.name], func(r *site) bool {
		return isBinding(r.expr, r.scope, decorated) && !isHarmless(r, wrappers)
	})
}

// isBinding reports whether an expression is a name, and means exactly this binding.
func isBinding(e python.Expr, in *scope, b *binding) bool {
	name, ok := e.(*python.Name)
	return ok && in.lookup(name.ID) == b
}

// isHarmless reports whether a reference to what is decorated lets nothing else
// call it: the call in a wrapper, which handsOn looks at, the decorator's own return,
// what functools and inspect copy or ask, and attributes that describe it.
func isHarmless(r *site, wrappers []*scope) bool {
	switch r.role {
	case asCallee:
		return slices.Contains(wrappers, r.scope)
	case asArgument:
		switch lastName(r.call.Func) {
		case "wraps", "update_wrapper", "iscoroutinefunction", "signature", "hasattr", "isinstance", "callable":
			return true
		}
	case asReceiver:
		return slices.ContainsFunc(r.unit.attributesOf(r.expr), func(a *site) bool {
			switch lastName(a.expr) {
			case "__name__", "__qualname__", "__doc__", "__module__", "__annotations__":
				return true
			}
			return false
		})
	case asValue:
		return r.scope.kind == functionScope && slices.Contains(r.scope.returns, r.expr)
	}
	return false
}

// handsOn reports whether a function calls what is decorated with exactly what it is
// given itself, and returns nothing but what comes back or a constant.
func (s *solver) handsOn(w *scope, decorated *binding) bool {
	if len(w.yields)+len(w.delegates) > 0 || !s.passesThrough(w.fn.Decorators, w.parent) {
		return false
	}
	for _, r := range w.unit.refs[decorated.name] {
		if r.role == asCallee && r.scope == w && isBinding(r.expr, w, decorated) && !repeats(r.call, w) {
			return false
		}
	}
	return !slices.ContainsFunc(w.returns, func(r python.Expr) bool { return !comesBack(r, w, decorated) })
}

// comesBack reports whether an expression is the result of what is decorated, or a
// constant that says nothing.
func comesBack(e python.Expr, w *scope, decorated *binding) bool {
	switch e := e.(type) {
	case *python.Singleton, *python.Num:
		return true
	case *python.Await:
		return comesBack(e.Value, w, decorated)
	case *python.Call:
		return isBinding(e.Func, w, decorated)
	case *python.Name:
		b := w.names[e.ID]
		return b != nil && len(b.defs) == 1 && b.defs[0].kind == assigned && len(b.defs[0].path) == 0 &&
			b.defs[0].scope == w && comesBack(b.defs[0].value, w, decorated)
	}
	return false
}

// repeats reports whether a call passes the parameters of the function around it on,
// all of them, in their order and unchanged.
func repeats(c *python.Call, w *scope) bool {
	ps := w.fn.Params
	if ps == nil || ps.VarArg == nil || ps.KwArg == nil || len(ps.KwOnly) > 0 {
		return false
	}
	var want []string
	for _, p := range positional(ps) {
		want = append(want, p.Name)
	}
	if len(c.Args) != len(want)+1 || len(c.Keywords) != 1 || c.Keywords[0].Name != "" {
		return false
	}
	star, starred := c.Args[len(want)].(*python.Starred)
	if !starred || !isUnchanged(star.Value, ps.VarArg.Name, w) || !isUnchanged(c.Keywords[0].Value, ps.KwArg.Name, w) {
		return false
	}
	for i, name := range want {
		if !isUnchanged(c.Args[i], name, w) {
			return false
		}
	}
	return true
}

// isUnchanged reports whether an expression is the parameter of that name, which
// nothing binds again or, where it is a dictionary, writes to.
func isUnchanged(e python.Expr, name string, w *scope) bool {
	b := w.names[name]
	if b == nil || len(b.defs) != 1 || !isBinding(e, w, b) {
		return false
	}
	if w.fn.Params.KwArg.Name != name {
		return true
	}
	return !slices.ContainsFunc(w.unit.refs[name], func(r *site) bool {
		return isBinding(r.expr, r.scope, b) && r.expr != e && !onlyReads(r)
	})
}

// onlyReads reports whether a reference to a dictionary surely leaves it as it is: it
// is unpacked into a call, or asked by a method that changes nothing.
func onlyReads(r *site) bool {
	switch r.role {
	case asReceiver:
		return !slices.ContainsFunc(r.unit.attributesOf(r.expr), func(a *site) bool {
			switch lastName(a.expr) {
			case "get", "items", "keys", "values", "copy":
				return a.role != asCallee
			}
			return true
		})
	case asValue:
		return slices.ContainsFunc(r.unit.calls, func(c *site) bool {
			return slices.ContainsFunc(c.call.Keywords, func(k python.Keyword) bool { return k.Name == "" && k.Value == r.expr })
		})
	}
	return false
}
