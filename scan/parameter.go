package scan

import (
	"slices"
	"strings"

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
		out = out.join(s.expr(d.value, f.parent)...).join(s.defaultsWritten(f)...)
	}
	switch {
	case !isStar(f.fn.Params, b.name):
	case f.unit.file.origin != "":
		// Libraries hand these on everywhere; following them leads to all of the code.
		return set{unsure("it is passed on through *%s by %s", b.name, f.fn.Name)}
	default:
		return set{{kind: rest, text: b.name, scope: f}}
	}
	calls, hidden := s.callers(f)
	if hidden != nil {
		out = out.join(*hidden)
	}
	for _, c := range calls {
		if out.full() {
			break
		}
		out = out.join(s.passed(c, f, b.name)...)
	}
	if len(out) == 0 {
		out = out.join(unsure("it is the parameter %s of %s, which no call in the sources gives", b.name, f.fn.Name))
	}
	return out
}

// defaultsWritten tells of assignments that may give a function other defaults.
func (s *solver) defaultsWritten(f *scope) set {
	var out set
	for _, attr := range []string{"__defaults__", "__kwdefaults__"} {
		units, _ := s.prog.having(storesOf(attr), f.unit.file)
		for _, u := range units {
			for _, st := range u.stores[attr] {
				if s.expr(st.target.Value, st.scope).has(value{kind: funcVal, scope: f}) {
					out = out.join(unsure("the defaults of %s are changed at %s", f.fn.Name, u.pos(st.target)))
				}
			}
		}
	}
	return out
}

// self evaluates the first parameter of a method.
func (s *solver) self(f *scope, param int) (set, bool) {
	if param != 0 || f.parent.kind != classScope || hasDecorator(f.fn, "staticmethod") {
		return nil, false
	}
	if isClassMethod(f.fn) {
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
	if why := s.callsUnseen(f); why != "" {
		hide(unsure("it is a parameter of %s, which %s", f.fn.Name, why))
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
	if isConstructor(f) {
		calls = append(calls, s.namelessCalls(f)...)
	}
	return calls, hidden
}

// namelessCalls finds the calls of a constructor as type(self)(...) and
// self.__class__(...), in the files of the class and its relatives.
func (s *solver) namelessCalls(f *scope) []caller {
	var calls []caller
	seen := map[*unit]bool{}
	family, _ := s.relatives(f.parent)
	for _, k := range family {
		if seen[k.unit] {
			continue
		}
		seen[k.unit] = true
		for _, r := range slices.Concat(k.unit.nameless, k.unit.refs["__class__"]) {
			if r.call != nil && s.constructs(s.expr(r.call.Func, r.scope), f) {
				calls = append(calls, caller{site: r, skip: 1})
			}
		}
	}
	return calls
}

// constructs reports whether calling one of vals surely calls the constructor f.
func (s *solver) constructs(vals set, f *scope) bool {
	return slices.ContainsFunc(vals, func(v value) bool {
		return v.kind == classVal && (v.scope == f.parent || s.inherits(v.scope, f.parent))
	})
}

// isConstructor reports whether calling a class calls the function.
func isConstructor(f *scope) bool {
	return f.parent.kind == classScope && (f.fn.Name == "__init__" || f.fn.Name == "__new__")
}

// callsUnseen tells why code that is not followed may call f, if so.
func (s *solver) callsUnseen(f *scope) string {
	name, construct := f.fn.Name, isConstructor(f)
	switch {
	case !s.passesThrough(f.fn.Decorators, f.parent):
		return "has a decorator that may call it"
	case !construct && strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__"):
		return "Python calls by itself"
	case construct && !s.passesThrough(f.parent.class.Decorators, f.parent.parent):
		return "makes a class with a decorator that may call it"
	case construct && s.hasMetaclass(f.parent):
		return "makes a class with a metaclass that may call it"
	}
	return ""
}

// hasMetaclass reports whether a class of the sources makes the class c, by itself or
// through one of its bases.
func (s *solver) hasMetaclass(c *scope) bool {
	has := s.namesMetaclass(c)
	s.ancestors(c, func(base value) { has = has || base.kind == classVal && s.namesMetaclass(base.scope) })
	return has
}

func (s *solver) namesMetaclass(c *scope) bool {
	for _, k := range c.class.Keywords {
		if k.Name == "metaclass" {
			return s.expr(k.Value, c.parent).any(classVal)
		}
	}
	return false
}

// calledAs lists the names by which a function is called: its own, and for a
// constructor those of its class, of the subclasses that inherit it, and cls.
func (s *solver) calledAs(f *scope) []string {
	if !isConstructor(f) {
		return append([]string{f.fn.Name}, s.aliases(f.fn.Name, f.unit.file)...)
	}
	names := []string{f.fn.Name, f.parent.class.Name}
	family, _ := s.relatives(f.parent)
	for _, c := range family {
		if c != f.parent && s.inherits(c, f.parent) {
			names = append(names, c.class.Name)
		}
	}
	for _, n := range slices.Clone(names[1:]) {
		names = append(names, s.aliases(n, f.unit.file)...)
	}
	for _, c := range family {
		for _, m := range c.unit.methodsOf(c) {
			if ps := positional(m.fn.Params); len(ps) > 0 && isClassMethod(m.fn) {
				names = append(names, ps[0].Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// methodsOf lists the functions that a class binds.
func (u *unit) methodsOf(c *scope) []*scope {
	var out []*scope
	for _, b := range c.names {
		for i := range b.defs {
			if b.defs[i].kind == function {
				out = append(out, b.defs[i].scope)
			}
		}
	}
	return out
}

// isClassMethod reports whether the first parameter is the class.
func isClassMethod(f *python.FunctionDef) bool {
	return hasDecorator(f, "classmethod") || f.Name == "__new__" || f.Name == "__init_subclass__"
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
		if r.role == asReceiver || r.role == asType || !s.mayBe(r, f) {
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
		case global:
			if sameModule(v.text, f.unit.file.module+"."+f.fn.Name) || f.parent.kind == classScope && sameModule(v.text, f.unit.file.module+"."+f.parent.class.Name) {
				return true
			}
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
	if e := keyword(c.site.call, param); e != nil {
		return s.expr(e, c.site.scope)
	}
	var out set
	for i, p := range positional(f.fn.Params) {
		if p.Name == param && i >= c.skip {
			out = out.join(s.argument(c.site, i-c.skip)...)
		}
	}
	for _, k := range c.site.call.Keywords {
		if k.Name == "" && len(out) == 0 {
			out = out.join(s.entry(k.Value, c.site.scope, param)...)
		}
	}
	return out
}

func keyword(c *python.Call, name string) python.Expr {
	for _, k := range c.Keywords {
		if k.Name == name {
			return k.Value
		}
	}
	return nil
}

// argument evaluates the argument at a place of a call. One that is unpacked with *
// gives it, or moves those behind it there.
func (s *solver) argument(r *site, at int) set {
	var out set
	unpacked := false
	for i, a := range r.call.Args {
		star, ok := a.(*python.Starred)
		switch {
		case ok && i <= at && !unpacked:
			out = out.join(s.place(s.expr(star.Value, r.scope), at-i)...)
			unpacked = true
		case ok && unpacked:
			out = out.join(s.elements(s.expr(star.Value, r.scope))...)
		case unpacked || i == at:
			out = out.join(s.expr(a, r.scope)...)
		}
	}
	return out
}

// isStar reports whether a parameter takes what is left over of the arguments.
func isStar(ps *python.Params, name string) bool {
	return ps.VarArg != nil && ps.VarArg.Name == name || ps.KwArg != nil && ps.KwArg.Name == name
}

// restPart is a question about what *args or **kwargs hold: the argument at a place
// counted from 0, the value under a key, or every element.
type restPart struct {
	of     value
	key    string
	at     int
	values bool
}

// every is the place of restPart that stands for all; farthest bounds the others.
const (
	every    = -1
	farthest = 64
)

// restAt evaluates args[i].
func (s *solver) restAt(v value, i int) set {
	if i < 0 || i > farthest {
		i = every
	}
	return s.rest(restPart{of: v, at: i})
}

// restItem evaluates kwargs[key].
func (s *solver) restItem(v value, keys set) set {
	return s.rest(restPart{of: v, key: viewAt(keys).key, at: every, values: true})
}

// restElements evaluates the elements of args, or the keys or values of kwargs.
func (s *solver) restElements(v value, values bool) set {
	return s.rest(restPart{of: v, at: every, values: values})
}

// rest evaluates part of what *args or **kwargs hold, over all callers.
func (s *solver) rest(q restPart) set {
	return s.answer(q, func() set {
		calls, hidden := s.callers(q.of.scope)
		var out set
		for _, c := range calls {
			if out.full() {
				break
			}
			out = out.join(s.restIn(c, q)...)
		}
		switch {
		case hidden != nil:
			out = out.join(*hidden)
		case len(calls) == 0:
			out = out.join(unsure("it is the parameter %s of %s, which no call in the sources gives", q.of.text, q.of.scope.fn.Name))
		}
		return out
	})
}

// restIn evaluates what one call gives.
func (s *solver) restIn(c caller, q restPart) set {
	f, call, in := q.of.scope, c.site.call, c.site.scope
	ps := f.fn.Params
	first := max(0, len(positional(ps))-c.skip)
	switch keyed := ps.KwArg != nil && ps.KwArg.Name == q.of.text; {
	case keyed && q.key != "":
		return s.passed(c, f, q.key)
	case keyed && q.values:
		return s.keywordValues(call, in)
	case keyed:
		return s.keywordNames(call, in)
	case q.at != every:
		return s.argument(c.site, first+q.at)
	}
	return s.all(call.Args[min(first, firstStar(call.Args)):], in)
}

// firstStar is the place of the first argument that is unpacked, or the number of them.
func firstStar(args []python.Expr) int {
	for i, a := range args {
		if _, ok := a.(*python.Starred); ok {
			return i
		}
	}
	return len(args)
}

// keywordNames evaluates the keys of what keyword arguments give.
func (s *solver) keywordNames(c *python.Call, in *scope) set {
	var out set
	for _, k := range c.Keywords {
		if k.Name == "" {
			out = out.join(s.elements(s.expr(k.Value, in))...)
		} else {
			out = out.join(value{kind: text, text: k.Name})
		}
	}
	return out
}

// keywordValues evaluates the values that keyword arguments give.
func (s *solver) keywordValues(c *python.Call, in *scope) set {
	var out set
	for _, k := range c.Keywords {
		vals := s.expr(k.Value, in)
		if k.Name == "" {
			vals = s.valuesOf(vals)
		}
		out = out.join(vals...)
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
		case rest:
			out = out.join(s.restItem(v, set{{kind: text, text: key}})...)
		case additions:
			out = out.join(s.additions(v, view{key: key})...)
		case plain:
		default:
			out = out.join(unsure("it may be in the arguments unpacked with ** at %s", in.unit.pos(e)))
		}
	}
	return out
}

// selfIn is 1 where a call fills the first parameter of f without writing it.
func selfIn(c *python.Call, f *scope) int {
	if _, method := c.Func.(*python.Attribute); method && f.parent.kind == classScope {
		return 1
	}
	return 0
}

// argumentAt finds the argument for a parameter by keyword or by place.
func argumentAt(c *python.Call, ps *python.Params, param string, skip int) python.Expr {
	if e := keyword(c, param); e != nil {
		return e
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

// passesThrough reports whether decorators are all known to call what they decorate
// with nothing but what its callers pass, and to return what it returns.
func (s *solver) passesThrough(decorators []python.Expr, in *scope) bool {
	for _, d := range decorators {
		c, called := d.(*python.Call)
		if called {
			d = c.Func
		}
		switch lastName(d) {
		case "staticmethod", "classmethod", "property", "cached_property", "lru_cache", "cache", "cached",
			"contextmanager", "asynccontextmanager", "abstractmethod", "override", "overload", "final", "wraps",
			"setter", "dataclass", "total_ordering", "runtime_checkable", "unique":
		default:
			if !s.isOwnThrough(d, called, in) {
				return false
			}
			continue
		}
		if of := s.expr(d, in); lastName(d) != "setter" && (of.any(funcVal) || of.any(classVal)) {
			return false // one of the sources' own, of the same name
		}
	}
	return true
}

// positional lists the parameters that a call can fill by place.
func positional(ps *python.Params) []python.Param {
	if len(ps.PosOnly) == 0 {
		return slices.Clip(ps.Args)
	}
	return slices.Concat(ps.PosOnly, ps.Args)
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
