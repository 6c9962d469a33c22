package imports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// binding is a name that a top-level statement binds and that may be deferred.
type binding struct {
	name string
	// alias is the part of an import that binds it, nil for an assignment.
	alias *python.Alias
	// target is the module that has to be loaded for it. attribute is what is taken
	// of it, empty where the name is the module itself or, for import a.b, its top.
	target, attribute string
	// top is true for import a.b, which binds a.
	top bool
	// shared is true for import a.b inside package a, which is loaded already: b is
	// left to its __getattr__.
	shared bool
	// value is what is assigned.
	value python.Expr
	// kept is why it is not deferred, empty where it is.
	kept string
	flag string
	// lazy says that Python itself defers it.
	lazy bool
}

// step is a top-level statement that binds names.
type step struct {
	stmt     python.Stmt
	bindings []*binding
	// residue are modules that are still imported here for what their import does,
	// loggers those that are still made.
	residue, loggers []string
	// perhaps are imported here where a package is there, packages and module.
	perhaps [][2]string
}

// findSteps lists what could be deferred in a module.
func (f *family) findSteps(m *module) {
	for _, s := range m.file.Body {
		st := step{stmt: s}
		switch s := s.(type) {
		case *python.Import:
			for i := range s.Names {
				st.bindings = append(st.bindings, f.importBinding(m, &s.Names[i]))
			}
			if s.Lazy {
				continue
			}
		case *python.ImportFrom:
			if s.Module == "__future__" || s.Lazy || s.Names[0].Name == "*" {
				continue
			}
			base := m.absolute(s.Level, s.Module)
			for i := range s.Names {
				a := &s.Names[i]
				b := &binding{name: own(*a), alias: a, target: base, attribute: a.Name}
				if f.submodule(base, a.Name) {
					b.target, b.attribute = base+"."+a.Name, ""
				}
				st.bindings = append(st.bindings, b)
			}
		case *python.Assign:
			name, ok := s.Targets[0].(*python.Name)
			if !ok || len(s.Targets) != 1 {
				continue
			}
			st.bindings = append(st.bindings, &binding{name: name.ID, value: s.Value})
		default:
			continue
		}
		m.steps = append(m.steps, st)
	}
}

func (f *family) importBinding(m *module, a *python.Alias) *binding {
	b := &binding{name: importedAs(*a), alias: a, target: a.Name}
	if a.AsName != "" || !strings.Contains(a.Name, ".") {
		return b
	}
	b.top = true
	b.shared = f.modules[first(a.Name)] != nil && first(m.name) == first(a.Name)
	return b
}

// all calls visit for each binding of a module.
func (m *module) all(visit func(*step, *binding)) {
	for i := range m.steps {
		for _, b := range m.steps[i].bindings {
			visit(&m.steps[i], b)
		}
	}
}

// lazy is the deferred binding of a name, nil if there is none.
func (m *module) lazy(name string) *binding {
	var found *binding
	m.all(func(_ *step, b *binding) {
		if b.name == name && b.kept == "" && !b.shared {
			found = b
		}
	})
	return found
}

// keepOwn keeps what the module's own code does not allow to defer. It is asked again
// until nothing changes, since an assignment that is kept needs what it reads.
func (f *family) keepOwn(m *module) {
	j := newJudge(f, m)
	tops := map[string]int{}
	m.all(func(_ *step, b *binding) {
		if b.alias != nil {
			tops[b.name]++
		}
	})
	m.all(func(_ *step, b *binding) {
		if b.kept == "" {
			b.kept = f.barred(m, j, b, tops)
		}
	})
	for changed := true; changed; {
		changed = false
		m.all(func(_ *step, b *binding) {
			if b.kept != "" {
				return
			}
			if b.kept = m.used(b); b.kept == "" && b.value != nil {
				b.kept = m.valueKept(b)
			}
			changed = changed || b.kept != ""
		})
	}
}

// barred is why a binding cannot be deferred whatever its uses are.
func (f *family) barred(m *module, j *judge, b *binding, tops map[string]int) string {
	if b.shared { // its name stays bound as it is
		return cmp.Or(m.surface.barred[b.name], f.unknown(b))
	}
	if m.surface.opaque != "" {
		return m.surface.opaque
	}
	if strings.HasPrefix(b.name, "__") {
		return "its name is Python's"
	}
	if why := m.surface.barred[b.name]; why != "" {
		return why
	}
	bound := m.surface.bound[b.name]
	if bound > 1 && !(b.top && bound == tops[b.name]) {
		return "it is bound more than once"
	}
	if b.value != nil {
		if j.pattern(b.value) {
			return ""
		}
		return cmp.Or(j.expr(b.value), laborious(b.value))
	}
	return f.unknown(b)
}

// laborious is why a value is worked out at once: what makes something anew is not what
// keeps a module from being deferred.
func laborious(e python.Expr) (why string) {
	python.Inspect(e, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			if name, ok := n.Func.(*python.Name); !ok || name.ID != "hasattr" && name.ID != "getattr" {
				why = "it is the result of a call"
			}
		case *python.Name, *python.Attribute, *python.Str, *python.Num, *python.Singleton, *python.Tuple, *python.BoolOp, *python.UnaryOp, *python.IfExp, *python.Compare:
		default:
			why = "it is made here"
		}
		return why == ""
	})
	return why
}

// pattern reports whether a value is a regular expression made of texts, each of which
// has a name or stands there. Making it takes longer than anything else that modules
// do when they are imported. What has a name must be a text to be a part of one, so
// that it is the same later, as long as the name is bound once.
func (j *judge) pattern(e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok || j.dotted(c.Func) != "re.compile" || len(c.Args) == 0 || len(c.Args) > 2 || len(c.Keywords) > 1 {
		return false
	}
	if len(c.Args) == 2 && !j.flags(c.Args[1]) {
		return false
	}
	for i := range c.Keywords {
		if c.Keywords[i].Name != "flags" || !j.flags(c.Keywords[i].Value) {
			return false
		}
	}
	return isText(c.Args[0])
}

// isText reports whether an expression is a text, a part of one, or texts that are added.
func isText(e python.Expr) bool {
	switch e := e.(type) {
	case *python.Str, *python.Bytes, *python.Name:
		return true
	case *python.BinOp:
		return e.Op == python.Add && isText(e.Left) && isText(e.Right)
	case *python.Subscript:
		part, ok := e.Index.(*python.Slice)
		return ok && isText(e.Value) && isNumber(part.Lower) && isNumber(part.Upper) && part.Step == nil
	}
	return false
}

// isNumber reports whether a part of a slice is a number, or left out.
func isNumber(e python.Expr) bool {
	if minus, ok := e.(*python.UnaryOp); ok && minus.Op == python.USub {
		e = minus.Operand
	}
	_, ok := e.(*python.Num)
	return ok || e == nil
}

// flags reports whether an expression is flags of re: re.I | re.M.
func (j *judge) flags(e python.Expr) bool {
	switch e := e.(type) {
	case *python.BinOp:
		return e.Op == python.BitOr && j.flags(e.Left) && j.flags(e.Right)
	case *python.Attribute, *python.Name:
		return strings.HasPrefix(j.dotted(e), "re.")
	}
	return false
}

// unknown is why the target of an import cannot be judged.
func (f *family) unknown(b *binding) string {
	if t := f.modules[b.target]; t != nil {
		switch {
		case t.file == nil:
			return b.target + " cannot be read"
		case b.attribute != "" && !f.offers(t, b.attribute):
			return b.target + " is not seen to define " + b.attribute
		}
		return f.unreachable(b.target)
	}
	top := first(b.target)
	switch {
	case f.modules[top] != nil:
		return b.target + " is not there"
	case !stdlib()[top]:
		return top + " is none of the family"
	case unsettled()[top]:
		return "importing " + top + " does more than define names"
	}
	return ""
}

// unreachable is why a package could not give its submodule to who asks for it.
func (f *family) unreachable(name string) string {
	for _, p := range parents(name) {
		m := f.modules[p]
		if m == nil || m.file == nil || !m.pkg {
			return p + " cannot hand out its modules"
		}
	}
	return ""
}

// used is the use that does not let a binding be deferred, empty if there is none.
func (m *module) used(b *binding) string {
	for _, u := range m.surface.uses {
		if u.name.ID != b.name || m.inLazyValue(u.name) {
			continue
		}
		if b.shared {
			if !u.deferred && sharesPath(u.path, b.target) {
				return "it is used when the module is imported"
			}
			continue
		}
		switch {
		case !u.deferred:
			return "it is used when the module is imported"
		case u.fixed != "":
			return u.fixed
		}
	}
	return ""
}

// sharesPath reports whether x.path may be part of the module x.….
func sharesPath(path []string, target string) bool {
	rest := strings.Split(target, ".")[1:]
	for i, part := range rest {
		if i == len(path) {
			return len(path) == 0 // the package itself is handed on
		}
		if path[i] != part {
			return false
		}
	}
	return true
}

// inLazyValue reports whether a place is in an assignment that is deferred.
func (m *module) inLazyValue(n python.Node) bool {
	found := false
	m.all(func(_ *step, b *binding) {
		if b.value != nil && b.kept == "" && within(n, b.value) {
			found = true
		}
	})
	return found
}

func within(n, outer python.Node) bool {
	return outer.Bounds().Start <= n.Bounds().Start && n.Bounds().End <= outer.Bounds().End
}

// valueKept is why an assignment is not deferred: it has to depend on something that
// is, and on nothing that may have another value by then.
func (m *module) valueKept(b *binding) string {
	j := &judge{m: m, names: map[string]string{}}
	j.learn(m.file.Body)
	pattern := j.pattern(b.value)
	depends := pattern
	for _, u := range m.surface.uses {
		if !within(u.name, b.value) {
			continue
		}
		if u.deferred || u.fixed != "" {
			return "it makes functions"
		}
		switch {
		case m.lazy(u.name.ID) != nil:
			depends = true
		case pattern && m.surface.bound[u.name.ID] == 1 && m.surface.barred[u.name.ID] == "":
		case m.surface.bound[u.name.ID] > 0 || !pureBuiltins()[u.name.ID]:
			return "it depends on " + u.name.ID
		}
	}
	if !depends {
		return "it depends on nothing that is deferred"
	}
	return ""
}

// waits reports whether asking a module for a name may load another.
func (f *family) waits(target, attribute string) bool {
	t := f.modules[target]
	return t != nil && t.lazy(attribute) != nil
}

// typesOnly reports whether a condition is TYPE_CHECKING, which is never true.
func typesOnly(n *python.If) bool {
	switch test := n.Test.(type) {
	case *python.Name:
		return test.ID == "TYPE_CHECKING"
	case *python.Attribute:
		return test.Attr == "TYPE_CHECKING"
	}
	return false
}

// eager lists the modules that importing a module loads at once, in order, as things
// stand. Without deferral it lists those of the untouched source.
func (f *family) eager(m *module, deferral bool) []string {
	var list []string
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if m.file == nil {
		return nil
	}
	steps := map[python.Stmt]*step{}
	for i := range m.steps {
		steps[m.steps[i].stmt] = &m.steps[i]
	}
	python.InspectAll(m.file.Body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.FunctionDef, *python.Lambda:
			return false
		case *python.If:
			if typesOnly(n) {
				return false
			}
			return deferral
		case *python.Try:
			return deferral // of what is conditional, sometimes tells
		case python.Stmt:
			st := steps[n]
			if st == nil || !deferral {
				f.edges(m, n, add)
				return true
			}
			for _, r := range st.residue {
				add(r)
			}
			for _, b := range st.bindings {
				if b.alias == nil || b.kept == "" && !b.shared {
					continue
				}
				if b.kept == "" {
					add(first(b.target))
					continue
				}
				for _, p := range parents(b.target) {
					add(p)
				}
				add(b.target)
			}
		}
		return true
	})
	return list
}
