package scan

import (
	"github.com/coldcut/coldcut/internal/python"
)

// parameter evaluates a parameter: its default, and what every call in the
// sources passes for it. It is unknown as soon as a caller may hide: where the
// function is handed on as a value, named in a string, decorated by code that is
// not followed, or never called at all.
func (s *solver) parameter(b *binding, d *def) set {
	f := b.scope
	if f.fn == nil {
		return set{unsure("it is the parameter %s of a lambda", b.name)}
	}
	if v, ok := s.self(f, d.param); ok {
		return v
	}
	var out set
	if d.value != nil {
		out = out.join(s.expr(d.value, f.parent)...)
	}
	calls, hidden := s.callers(f)
	if hidden != nil {
		out = out.join(*hidden)
	}
	for _, c := range calls {
		out = out.join(s.passed(c, f, b.name)...)
	}
	if len(out) == 0 {
		out = out.join(unsure("it is the parameter %s of %s, which no call in the sources gives", b.name, f.fn.Name))
	}
	return out
}

// self evaluates the first parameter of a method.
func (s *solver) self(f *scope, param int) (set, bool) {
	if param != 0 || f.parent.kind != classScope || hasDecorator(f.fn, "staticmethod") {
		return nil, false
	}
	if hasDecorator(f.fn, "classmethod") || f.fn.Name == "__new__" || f.fn.Name == "__init_subclass__" {
		return set{{kind: classVal, scope: f.parent}}, true
	}
	return set{{kind: instance, scope: f.parent}}, true
}

// caller is one call of a function; skip is 1 where self is not among its arguments.
type caller struct {
	site *site
	skip int
}

// callers finds every call of f, and the reason why there may be others.
func (s *solver) callers(f *scope) (calls []caller, hidden *value) {
	hide := func(v value) {
		if hidden == nil {
			hidden = &v
		}
	}
	if !passesThrough(f.fn.Decorators) {
		hide(unsure("it is a parameter of %s, which has a decorator that may call it", f.fn.Name))
	}
	for _, name := range s.calledAs(f) {
		units, all := s.prog.having(name, f.unit.file)
		if !all {
			hide(tooCommon(name))
		}
		for _, u := range units {
			calls = append(calls, s.callsIn(u, name, f, hide)...)
		}
		if b := s.prog.brokenWith(name); b != nil {
			hide(unsure("it is a parameter of %s, which %s names, and that does not parse", f.fn.Name, b.name))
		}
	}
	return calls, hidden
}

// calledAs lists the names by which a function is called: its own, and for a
// constructor those of its class, of the subclasses that inherit it, and cls.
func (s *solver) calledAs(f *scope) []string {
	if f.fn.Name != "__init__" && f.fn.Name != "__new__" || f.parent.kind != classScope {
		return append([]string{f.fn.Name}, s.aliases(f.fn.Name, f.unit.file)...)
	}
	names := []string{f.fn.Name, "cls", f.parent.class.Name}
	var down func(*scope)
	seen := map[*scope]bool{f.parent: true}
	down = func(c *scope) {
		for _, d := range s.subclasses(c) {
			if !seen[d] && d.names[f.fn.Name] == nil {
				seen[d] = true
				names = append(names, d.class.Name)
				down(d)
			}
		}
	}
	down(f.parent)
	for _, n := range names[2:] {
		names = append(names, s.aliases(n, f.unit.file)...)
	}
	return names
}

// aliases lists the other names under which modules import a name.
func (s *solver) aliases(name string, of *file) []string {
	var out []string
	units, _ := s.prog.having(name, of)
	for _, u := range units {
		out = append(out, u.importedAs[name]...)
	}
	return out
}

// callsIn finds the calls of f by that name in one unit.
func (s *solver) callsIn(u *unit, name string, f *scope, hide func(value)) []caller {
	var calls []caller
	for _, r := range u.refs[name] {
		if r.role == asReceiver || !s.mayBe(r, f) {
			continue
		}
		if r.role != asCallee {
			hide(unsure("it is a parameter of %s, which is handed on as a value at %s", f.fn.Name, u.pos(r.expr)))
			continue
		}
		calls = append(calls, caller{site: r, skip: s.implicit(r, f)})
	}
	for _, lit := range u.strings[name] {
		if !u.exported[lit] {
			hide(unsure("it is a parameter of %s, which is named in a string at %s", f.fn.Name, u.pos(lit)))
		}
	}
	return calls
}

// mayBe reports whether a reference can be the function, or the class that it constructs.
func (s *solver) mayBe(r *site, f *scope) bool {
	for _, v := range s.expr(r.expr, r.scope) {
		switch v.kind {
		case unknown:
			return true
		case funcVal:
			if v.scope == f {
				return true
			}
		case classVal:
			if f.parent == v.scope || f.parent.kind == classScope && s.inherits(v.scope, f.parent) {
				return true
			}
		}
	}
	return false
}

// inherits reports whether c is below base.
func (s *solver) inherits(c, base *scope) bool {
	found := false
	s.ancestors(c, func(v value) { found = found || v.scope == base })
	return found
}

// implicit counts the parameters that a call fills without writing them: self,
// unless the method is taken from its class.
func (s *solver) implicit(r *site, f *scope) int {
	if f.parent.kind != classScope || hasDecorator(f.fn, "staticmethod") {
		return 0
	}
	a, ok := r.expr.(*python.Attribute)
	if !ok || hasDecorator(f.fn, "classmethod") || isSuper(a.Value) {
		return 1
	}
	if s.expr(a.Value, r.scope).any(classVal) && lastName(r.expr) == f.fn.Name {
		return 0
	}
	return 1
}

// passed evaluates what a call gives for a parameter; nothing where it leaves
// the parameter to its default.
func (s *solver) passed(c caller, f *scope, param string) set {
	if e := argumentAt(c.site.call, f.fn.Params, param, c.skip); e != nil {
		vals := s.expr(e, c.site.scope)
		if star := f.fn.Params; star.VarArg != nil && star.VarArg.Name == param || star.KwArg != nil && star.KwArg.Name == param {
			return set{unsure("it is passed on through *%s at %s", param, c.site.unit.pos(e))}
		}
		return vals
	}
	if unpacks(c.site.call) {
		return s.unpacked(c, param)
	}
	return nil
}

// unpacked evaluates a parameter that ** may give, from a dictionary that is displayed.
func (s *solver) unpacked(c caller, param string) set {
	var out set
	for _, a := range c.site.call.Args {
		if _, ok := a.(*python.Starred); ok {
			out = out.join(unsure("it may be among the arguments unpacked at %s", c.site.unit.pos(a)))
		}
	}
	for _, k := range c.site.call.Keywords {
		if k.Name == "" {
			out = out.join(s.entry(k.Value, c.site.scope, param)...)
		}
	}
	return out
}

// entry evaluates what a dictionary that is unpacked with ** holds under a key.
func (s *solver) entry(e python.Expr, in *scope, key string) set {
	var out set
	for _, v := range s.expr(e, in) {
		switch v.kind {
		case mapping:
			out = out.join(s.item(v, set{{kind: text, text: key}})...)
		case additions:
			out = out.join(s.additions(v)...)
		case plain:
		default:
			out = out.join(unsure("it may be in the arguments unpacked with ** at %s", in.unit.pos(e)))
		}
	}
	return out
}

// argumentFor is the argument that a call of f, as a plain function, gives for param.
func argumentFor(c *python.Call, f *scope, param string) python.Expr {
	skip := 0
	if _, method := c.Func.(*python.Attribute); method && f.parent.kind == classScope {
		skip = 1
	}
	return argumentAt(c, f.fn.Params, param, skip)
}

// argumentAt finds the argument for a parameter by keyword or by place.
func argumentAt(c *python.Call, ps *python.Params, param string, skip int) python.Expr {
	for _, k := range c.Keywords {
		if k.Name == param {
			return k.Value
		}
	}
	for i, p := range positional(ps) {
		if p.Name != param {
			continue
		}
		if at := i - skip; at >= 0 && at < len(c.Args) && !starredBefore(c.Args, at) {
			return c.Args[at]
		}
		return nil
	}
	if ps.VarArg != nil && ps.VarArg.Name == param && len(c.Args) > max(0, len(positional(ps))-skip) {
		return c.Args[len(c.Args)-1]
	}
	if ps.KwArg != nil && ps.KwArg.Name == param && len(c.Keywords) > 0 {
		return c.Keywords[0].Value
	}
	return nil
}

func starredBefore(args []python.Expr, at int) bool {
	for _, a := range args[:at+1] {
		if _, ok := a.(*python.Starred); ok {
			return true
		}
	}
	return false
}

// passesThrough reports whether decorators are all known to call a function with
// nothing but what its callers pass, and to return what it returns.
func passesThrough(decorators []python.Expr) bool {
	for _, d := range decorators {
		if c, ok := d.(*python.Call); ok {
			d = c.Func
		}
		switch lastName(d) {
		case "staticmethod", "classmethod", "property", "cached_property", "lru_cache", "cache", "cached",
			"contextmanager", "asynccontextmanager", "abstractmethod", "override", "overload", "final", "wraps",
			"setter", "singledispatch":
		default:
			return false
		}
	}
	return true
}

// positional lists the parameters that a call can fill by place.
func positional(ps *python.Params) []python.Param {
	return append(append([]python.Param(nil), ps.PosOnly...), ps.Args...)
}

// allParams lists every parameter, the positional ones first, in their order.
func allParams(ps *python.Params) []python.Param {
	if ps == nil {
		return nil
	}
	all := append(positional(ps), ps.KwOnly...)
	for _, p := range []*python.Param{ps.VarArg, ps.KwArg} {
		if p != nil {
			all = append(all, *p)
		}
	}
	return all
}
