package scan

import (
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// A factory is a function that makes a client or resource of the service that it
// is given and returns it, as in
//
//	def client(name): return session().client(name, config=CONFIG)
//
// Its parameter can be the service of every caller, and so its result a client of
// each. Told apart by what the call at hand gives, it is a client of that one alone.

// returnedTo evaluates what a function hands back to one call of it.
func (s *solver) returnedTo(f *scope, c *python.Call, in *scope) set {
	vals := s.returned(f)
	params := s.factoryOf(f)
	if len(params) != 1 || params[0].kind != text {
		return vals
	}
	r := &site{unit: in.unit, scope: in, expr: c.Func, call: c}
	given := s.passed(caller{site: r, skip: s.implicit(r, f)}, f, params[0].text)
	if len(given) == 0 || given.count(text) != len(given) {
		return vals
	}
	var out set
	for _, v := range vals {
		if v.kind != client && v.kind != resource || slices.ContainsFunc(given, func(g value) bool { return g.text == v.text }) {
			out = out.add(v)
		}
	}
	return out
}

// notGiven stands for what a function makes of something else than a parameter.
var notGiven = unsure("it is made of something else than a parameter")

// factoryOf returns the names of the parameters that name the service of what f
// returns, and notGiven where it makes something of anything else.
func (s *solver) factoryOf(f *scope) set {
	type question struct{ factory *scope }
	return s.answer(question{f}, func() (params set) {
		if f.fn == nil || len(f.yields)+len(f.delegates) > 0 {
			return set{notGiven}
		}
		for _, r := range f.returns {
			params = params.join(s.madeOf(r, f)...)
		}
		return params
	})
}

// madeOf returns the parameters of f that name the service of what an expression
// makes, and notGiven where it is made of anything else.
func (s *solver) madeOf(e python.Expr, f *scope) (params set) {
	switch e := e.(type) {
	case *python.Await:
		return s.madeOf(e.Value, f)
	case *python.Name:
		if b := f.names[e.ID]; b != nil && len(b.defs) == 1 && b.defs[0].kind == assigned && len(b.defs[0].path) == 0 {
			return s.madeOf(b.defs[0].value, f)
		}
	case *python.Call:
		for _, v := range s.expr(e.Func, f) {
			params = params.join(s.madeBy(v, e, f)...)
		}
	}
	if made := s.expr(e, f); len(params) == 0 && (made.any(client) || made.any(resource)) {
		return set{notGiven}
	}
	return params
}

// madeBy is madeOf for a call of v, one of boto's own makers or another factory.
func (s *solver) madeBy(v value, c *python.Call, f *scope) (params set) {
	switch {
	case v.kind == global && (isClientMaker(v.text) || isResourceMaker(v.text)):
		arg, _ := serviceArgument(c)
		return set{parameterIn(arg, f)}
	case v.kind == funcVal && v.scope.fn != nil:
		r := &site{unit: f.unit, scope: f, expr: c.Func, call: c}
		for _, p := range s.factoryOf(v.scope) {
			if p.kind == text {
				p = parameterIn(argumentAt(c, v.scope.fn.Params, p.text, s.implicit(r, v.scope)), f)
			}
			params = params.add(p)
		}
	}
	return params
}

// parameterIn returns the parameter of f that an expression is, and always is;
// else notGiven.
func parameterIn(e python.Expr, f *scope) value {
	name, ok := e.(*python.Name)
	if !ok {
		return notGiven
	}
	b := f.names[name.ID]
	if b == nil || len(b.defs) != 1 || b.defs[0].kind != parameter || isStar(f.fn.Params, name.ID) {
		return notGiven
	}
	return value{kind: text, text: name.ID}
}
