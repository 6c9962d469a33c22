package shake

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

//go:embed each.py
var eachSource string

// each makes the objects of [MAKER.METHOD(**RULE) for RULE in RULES] without calling
// their constructors, where these do nothing but keep what they are given. botocore
// makes some 400 endpoint rules so for each client of s3: each costs two calls that
// unpack an ordered dictionary, which Python does key by key, and two constructors. The
// objects are the same, made at the same time and in the same order; whatever is not of
// the form that the constructors take goes to MAKER.METHOD, and fails there as before.
func (t *tuner) each(e *python.ListComp) {
	m, rules, ok := t.makes(e)
	if !ok || bound(t.file.Body, "_coldcut_each") || strings.Contains(t.text(e), "\n") {
		return
	}
	if !t.kindsOf(m) {
		return
	}
	t.found = append(t.found, substitution{e.Span, "_coldcut_each(" + rules + ")"})
	if !strings.Contains(t.end, "def _coldcut_each(") {
		t.end += m.source()
	}
}

// maker is a class that makes objects of several kinds, and what is known of these.
type maker struct {
	name, method string
	key          string // which argument names the kind
	kinds        []kind
	classes      []string // all that the outcome depends on
}

// kind is what making an object of a class comes to.
type kind struct {
	name, class        string
	required, optional []string // arguments; optional ones are None
	stores             []store  // in order
}

// store is self.attribute = argument, or as many objects as the argument has.
type store struct {
	attribute, argument string
	many                bool
}

// makes reads [MAKER.METHOD(**RULE) for RULE in RULES].
func (t *tuner) makes(e *python.ListComp) (m *maker, rules string, ok bool) {
	call, ok := e.Elt.(*python.Call)
	if !ok || len(e.Generators) != 1 || len(call.Args) > 0 || len(call.Keywords) != 1 {
		return nil, "", false
	}
	loop, given := e.Generators[0], call.Keywords[0]
	name, method, ok := strings.Cut(dotted(call.Func), ".")
	if !ok || loop.Async || len(loop.Ifs) > 0 || !onlyName(loop.Target) || !onlyName(loop.Iter) || strings.Contains(method, ".") {
		return nil, "", false
	}
	if rule := dotted(loop.Target); given.Name != "" || !is(given.Value, rule) || rule == name {
		return nil, "", false
	}
	return &maker{name: name, method: method}, dotted(loop.Iter), true
}

// kindsOf reads what a maker makes; false where that is not all known.
func (t *tuner) kindsOf(m *maker) bool {
	for _, name := range []string{"getattr", "super", "classmethod", "object"} {
		if t.given(name) > 0 {
			return false
		}
	}
	class, ok := t.plainClass(m.name)
	if !ok || len(class.Bases) > 0 {
		return false
	}
	m.classes = []string{m.name}
	found := false
	for _, s := range undocumented(class.Body) {
		switch s := s.(type) {
		case *python.Assign:
			if len(s.Targets) != 1 || !onlyName(s.Targets[0]) || !onlyName(s.Value) {
				return false
			}
			k := kind{name: dotted(s.Targets[0]), class: dotted(s.Value)}
			if !t.constructs(m, &k, k.class) || slices.ContainsFunc(m.kinds, func(other kind) bool { return other.name == k.name }) {
				return false
			}
			m.kinds = append(m.kinds, k)
		case *python.FunctionDef:
			if found || !m.dispatches(s) {
				return false
			}
			found = true
		default:
			return false
		}
	}
	return found && t.untouched(m) && !slices.ContainsFunc(m.kinds, func(k kind) bool {
		return k.name == m.method || slices.Contains(slices.Concat(k.required, k.optional), m.key)
	})
}

// untouched: nothing in the file changes the classes. What others do to them later is
// seen when objects are made.
func (t *tuner) untouched(m *maker) bool {
	ours := func(e python.Expr) bool {
		n, ok := e.(*python.Name)
		return ok && slices.Contains(m.classes, n.ID)
	}
	attribute := func(e python.Expr) bool {
		a, ok := e.(*python.Attribute)
		return ok && ours(a.Value)
	}
	untouched := true
	python.InspectAll(t.file.Body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Assign:
			untouched = untouched && !slices.ContainsFunc(n.Targets, attribute)
		case *python.AugAssign:
			untouched = untouched && !attribute(n.Target)
		case *python.Delete:
			untouched = untouched && !slices.ContainsFunc(n.Targets, attribute)
		case *python.Call: // setattr, patches, decorators
			asks := is(n.Func, "isinstance") || is(n.Func, "issubclass")
			untouched = untouched && (asks || !slices.ContainsFunc(n.Args, ours))
		case *python.Subscript:
			untouched = untouched && !attribute(n.Value)
		}
		return untouched
	})
	return untouched
}

// plainClass is a class of the file to whose name nothing else is ever bound.
func (t *tuner) plainClass(name string) (*python.ClassDef, bool) {
	class, ok := definition(t.file.Body, func(d *python.ClassDef) bool { return d.Name == name })
	if !ok || len(class.Decorators)+len(class.Keywords) > 0 {
		return nil, false
	}
	return class, t.given(name) == 1
}

// given counts the places where a name may be given a value.
func (t *tuner) given(name string) int {
	n := 0
	python.InspectAll(t.file.Body, func(node python.Node) bool {
		a, imported := node.(*python.Alias)
		if binds(node, name) || imported && a.Name == name {
			n++
		}
		return true
	})
	return n
}

// undocumented leaves out a docstring.
func undocumented(body []python.Stmt) []python.Stmt {
	if s, ok := body[0].(*python.ExprStmt); ok {
		if _, ok := s.Value.(*python.Str); ok {
			return body[1:]
		}
	}
	return body
}

// dispatches recognises the method that makes an object of the class that a keyword
// names:
//
//	@classmethod
//	def METHOD(cls, **GIVEN):
//	    NAME = GIVEN.pop(KEY)
//	    try:
//	        CLASS = getattr(cls, NAME)
//	    except AttributeError:
//	        ...
//	    else:
//	        return CLASS(**GIVEN)
func (m *maker) dispatches(f *python.FunctionDef) bool {
	p, body := f.Params, undocumented(f.Body)
	if f.Name != m.method || f.Async || len(f.Decorators) != 1 || !is(f.Decorators[0], "classmethod") || len(body) != 2 {
		return false
	}
	if len(p.PosOnly)+len(p.KwOnly) > 0 || p.VarArg != nil || p.KwArg == nil || len(p.Args) != 1 {
		return false
	}
	name, value, ok := assigned(body[0])
	if !ok {
		return false
	}
	given, key, ok := method(value, "pop")
	text, isText := key.(*python.Str)
	if !ok || !isText || !is(given, p.KwArg.Name) {
		return false
	}
	m.key = text.Value
	try, ok := body[1].(*python.Try)
	if !ok || try.Star || len(try.Body) != 1 || len(try.Handlers) != 1 || len(try.Else) != 1 || len(try.Finally) > 0 {
		return false
	}
	class, value, ok := assigned(try.Body[0])
	get, isCall := value.(*python.Call)
	if !ok || !isCall || !is(get.Func, "getattr") || len(get.Args) != 2 || len(get.Keywords) > 0 {
		return false
	}
	result, ok := try.Else[0].(*python.Return)
	if !ok || !is(get.Args[0], p.Args[0].Name) || !is(get.Args[1], name) {
		return false
	}
	names := []string{name, class, p.KwArg.Name, p.Args[0].Name}
	slices.Sort(names)
	return len(slices.Compact(names)) == 4 && passes(result.Value, p.KwArg.Name, func(e python.Expr) bool { return is(e, class) })
}

// assigned is the statement NAME = VALUE.
func assigned(s python.Stmt) (name string, value python.Expr, ok bool) {
	a, ok := s.(*python.Assign)
	if !ok || len(a.Targets) != 1 || !onlyName(a.Targets[0]) {
		return "", nil, false
	}
	return dotted(a.Targets[0]), a.Value, true
}

// passes recognises FUNCTION(**GIVEN).
func passes(e python.Expr, given string, function func(python.Expr) bool) bool {
	call, ok := e.(*python.Call)
	return ok && function(call.Func) && len(call.Args) == 0 && len(call.Keywords) == 1 &&
		call.Keywords[0].Name == "" && is(call.Keywords[0].Value, given)
}

// constructs adds what the constructor of a class does to an object, its base first;
// false where it does anything but keep its arguments.
func (t *tuner) constructs(m *maker, k *kind, name string) bool {
	class, ok := t.plainClass(name)
	if !ok || len(class.Bases) > 1 {
		return false
	}
	if !slices.Contains(m.classes, name) {
		m.classes = append(m.classes, name)
	}
	for _, s := range undocumented(class.Body) {
		f, ok := s.(*python.FunctionDef)
		if !ok || len(f.Decorators) > 0 || f.Name != "__init__" && strings.HasPrefix(f.Name, "__") {
			return false // it may see attributes being set
		}
	}
	init, ok := definition(class.Body, func(d *python.FunctionDef) bool { return d.Name == "__init__" })
	if !ok || init.Async {
		return false
	}
	body := undocumented(init.Body)
	derived := len(class.Bases) == 1 && !is(class.Bases[0], "object")
	if derived != (init.Params.KwArg != nil) || !k.takes(init.Params) {
		return false
	}
	if derived {
		if !onlyName(class.Bases[0]) || t.after(class, dotted(class.Bases[0])) || !callsSuper(body[0], init.Params.KwArg.Name) || !t.constructs(m, k, dotted(class.Bases[0])) {
			return false
		}
		body = body[1:]
	}
	return !slices.ContainsFunc(body, func(s python.Stmt) bool { return !t.keeps(m, k, init.Params, s) })
}

// after: a class that has its own name as base means another one by it.
func (t *tuner) after(class *python.ClassDef, base string) bool {
	found, ok := t.plainClass(base)
	return !ok || found.Start >= class.Start
}

// takes adds a constructor's parameters.
func (k *kind) takes(p *python.Params) bool {
	if len(p.PosOnly)+len(p.KwOnly) > 0 || p.VarArg != nil || len(p.Args) == 0 || p.Args[0].Name != "self" || p.Args[0].Default != nil {
		return false
	}
	for _, a := range p.Args[1:] {
		if slices.Contains(k.required, a.Name) || slices.Contains(k.optional, a.Name) {
			return false
		}
		switch {
		case a.Default == nil:
			k.required = append(k.required, a.Name)
		case isNone(a.Default):
			k.optional = append(k.optional, a.Name)
		default:
			return false
		}
	}
	return true
}

func isNone(e python.Expr) bool {
	c, ok := e.(*python.Singleton)
	return ok && c.Text == "None"
}

// callsSuper recognises super().__init__(**GIVEN).
func callsSuper(s python.Stmt, given string) bool {
	e, ok := s.(*python.ExprStmt)
	return ok && passes(e.Value, given, func(f python.Expr) bool {
		a, ok := f.(*python.Attribute)
		if !ok || a.Attr != "__init__" {
			return false
		}
		call, ok := a.Value.(*python.Call)
		return ok && is(call.Func, "super") && len(call.Args)+len(call.Keywords) == 0
	})
}

// keeps adds a statement self.ATTRIBUTE = ARGUMENT, or one that makes objects of it.
func (t *tuner) keeps(m *maker, k *kind, p *python.Params, s python.Stmt) bool {
	a, ok := s.(*python.Assign)
	if !ok || len(a.Targets) != 1 {
		return false
	}
	target, ok := a.Targets[0].(*python.Attribute)
	if !ok || !is(target.Value, "self") || strings.HasPrefix(target.Attr, "__") {
		return false
	}
	to := store{attribute: target.Attr, argument: dotted(a.Value)}
	if made, isList := a.Value.(*python.ListComp); isList {
		other, argument, ok := t.makes(made)
		if !ok || other.name != m.name || other.method != m.method {
			return false
		}
		to.argument, to.many = argument, true
	} else if !onlyName(a.Value) {
		return false
	}
	k.stores = append(k.stores, to)
	return slices.ContainsFunc(p.Args[1:], func(a python.Param) bool { return a.Name == to.argument })
}

// source is the function that makes the objects.
func (m *maker) source() string {
	kinds := ""
	for _, k := range m.kinds {
		kinds += k.source()
	}
	return strings.NewReplacer(
		"_COLDCUT_CLASSES", strings.Join(m.classes, ", "),
		"_COLDCUT_MAKE", m.name+"."+m.method,
		"_COLDCUT_KEY", fmt.Sprintf("%q", m.key),
		"            # _COLDCUT_KINDS\n", kinds,
	).Replace(eachSource)
}

// source is a branch for a kind: it is taken where the arguments are those that the
// constructor takes, no other and none less.
func (k kind) source() string {
	text := fmt.Sprintf("            elif kind == %q and len(rule) == %d", k.name, 1+len(k.required))
	for _, name := range k.optional {
		text += fmt.Sprintf(" + (%q in rule)", name)
	}
	for _, name := range k.required {
		text += fmt.Sprintf(" and %q in rule", name)
	}
	text += fmt.Sprintf(":\n                one = new(%s)\n", k.class)
	for _, s := range k.stores {
		value := fmt.Sprintf("rule[%q]", s.argument)
		if slices.Contains(k.optional, s.argument) {
			value = fmt.Sprintf("rule.get(%q)", s.argument)
		}
		if s.many {
			value = "each(" + value + ")"
		}
		text += fmt.Sprintf("                one.%s = %s\n", s.attribute, value)
	}
	return text
}
