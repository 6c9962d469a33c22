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
		if out.full() {
			break
		}
		out = out.join(s.attributeOf(v, e.Attr, in.unit.file)...)
	}
	return out
}

func (s *solver) attributeOf(v value, attr string, asker *file) set {
	switch v.kind {
	case plain:
		return set{v}
	case global:
		if attr == "__call__" && makerOf(v.text) != 0 {
			return set{v}
		}
		if f := s.prog.resolve(v.text+"."+attr, asker); f != nil && !isBoto(v.text) {
			return set{{kind: module, file: f}}
		}
		return set{globalNamed(v.text + "." + attr)}
	case module:
		return s.moduleAttribute(v.file, attr)
	case classVal, instance:
		if attr == "__class__" {
			return s.classOf(set{v})
		}
		return s.classAttribute(v.scope, attr)
	case session:
		return sessionAttribute(attr)
	case client:
		if attr == "meta" || attr == "client" || attr == "__class__" {
			return set{v}
		}
		return set{{kind: answer}}
	case resource:
		if attr == "meta" {
			return set{{kind: client, text: v.text}}
		}
		return set{v}
	case answer:
		return set{v}
	case text:
		if attr == "value" {
			return set{v} // of an enum's member: no string has it
		}
		return set{unsure("it is made with str.%s, which the scan does not follow", attr)}
	case funcVal:
		return s.functionAttribute(v.scope, attr)
	case sequence, mapping, additions, rest:
		return set{unsure("it is read from .%s of a container, which the scan does not follow", attr)}
	}
	return s.anyAttribute(attr, asker).join(unsure("it is read from .%s of an object that the scan does not follow", attr))
}

// functionAttribute evaluates an attribute of a function: what is stored there.
func (s *solver) functionAttribute(f *scope, attr string) set {
	type question struct {
		f    *scope
		attr string
	}
	return s.answer(question{f, attr}, func() set {
		var out set
		units, all := s.prog.having(storesOf(attr), f.unit.file)
		for _, u := range units {
			for _, st := range u.stores[attr] {
				if st.target != nil && s.expr(st.target.Value, st.scope).has(value{kind: funcVal, scope: f}) {
					out = out.join(s.stored(st)...)
				}
			}
			for _, r := range u.setters() {
				if (sets(r.call, attr) || sets(r.call, "")) && s.expr(settee(r.call), r.scope).has(value{kind: funcVal, scope: f}) {
					out = out.join(unsure("it is set with %s at %s", lastName(r.call.Func), u.pos(r.call)))
				}
			}
		}
		if len(out) == 0 || !all {
			out = out.join(unsure("it is read from .%s of a function, which the scan does not follow", attr))
		}
		return out
	})
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
	if v, ok := s.memberIn(f, attr, map[*file]bool{}); ok {
		return v.join(s.assignedFrom(attr, nil, f)...)
	}
	if v := s.assignedFrom(attr, nil, f); len(v) > 0 {
		return v
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
		for _, k := range family {
			out = out.join(s.remade(k)...)
		}
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
	s.climb(c, map[*scope]bool{}, visit)
}

// climb is ancestors for classes that were not seen yet.
func (s *solver) climb(c *scope, seen map[*scope]bool, visit func(base value)) {
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
	for _, k := range s.above(c) {
		if b := k.names[attr]; b != nil {
			out = out.join(s.binding(b)...)
		}
	}
	if len(out) == 0 {
		return s.fromBases(c, attr)
	}
	return out
}

// above are the classes that super() in c can mean: its ancestors, and, since the
// order of bases puts siblings between, those of every class below it.
func (s *solver) above(c *scope) []*scope {
	family, _ := s.relatives(c)
	return slices.DeleteFunc(slices.Clone(family), func(k *scope) bool { return k == c })
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
	})
}

// assignedFrom evaluates the stores into .attr that can reach a class of the
// family, or, where family is nil, the module of.
func (s *solver) assignedFrom(attr string, family []*scope, of *file) set {
	var out set
	units, all := s.writers(storesOf(attr), family, of)
	if !all {
		out = out.join(tooCommon(attr))
	}
	for _, u := range units {
		if out.full() {
			return out
		}
		out = out.join(s.assignedIn(u, attr, family, of, s.reaches)...)
	}
	for _, u := range s.prog.given(storesOf(attr), of) {
		out = out.join(s.assignedIn(u, attr, family, of, s.surely)...)
	}
	return out.join(s.writtenByName(family, of)...)
}

// reaching tells whether a write to what recv evaluates to can be one to the
// family, or, where that is nil, to the module of.
type reaching func(recv python.Expr, in *scope, family []*scope, of *file) bool

// assignedIn evaluates the stores into .attr in one unit.
func (s *solver) assignedIn(u *unit, attr string, family []*scope, of *file, reaches reaching) set {
	var out set
	for _, st := range u.stores[attr] {
		if st.target != nil && reaches(st.target.Value, st.scope, family, of) {
			out = out.join(s.stored(st)...)
		}
	}
	for _, r := range u.setters() {
		if sets(r.call, attr) && reaches(settee(r.call), r.scope, family, of) {
			out = out.join(unsure("it is set with %s at %s", lastName(r.call.Func), u.pos(r.call)))
		}
	}
	return out
}

// writers are the units with a word that can hold what is defined in the files of a
// family, or, where that is nil, in of.
func (s *solver) writers(word string, family []*scope, of *file) (units []*unit, all bool) {
	units, all = s.prog.having(word, of)
	groups := map[string]bool{of.group: true}
	for _, c := range family {
		if groups[c.unit.file.group] {
			continue
		}
		groups[c.unit.file.group] = true
		more, complete := s.prog.having(word, c.unit.file)
		all = all && complete
		for _, u := range more {
			if !slices.Contains(units, u) {
				units = append(units[:len(units):len(units)], u)
			}
		}
	}
	return units, all
}

// writtenByName tells of attributes that are written under names which are not known.
func (s *solver) writtenByName(family []*scope, of *file) set {
	type question struct {
		first *scope
		of    *file
	}
	q := question{of: of}
	if len(family) > 0 {
		q.first = family[0]
	}
	return s.answer(q, func() set {
		var out set
		units, _ := s.writers(storesOf(""), family, of)
		for _, u := range slices.Concat(units, s.prog.given(storesOf(""), of)) {
			for _, r := range u.setters() {
				if sets(r.call, "") && s.surely(settee(r.call), r.scope, family, of) {
					out = out.join(unsure("it may be set with %s at %s", lastName(r.call.Func), u.pos(r.call)))
				}
			}
			for _, v := range s.viewWrites(u) {
				if s.surely(v.of, v.in, family, of) {
					out = out.join(unsure("it may be written through %s at %s", v.how, u.pos(v.of)))
				}
			}
		}
		return out
	})
}

// viewWrite is a place that may write into the attributes of an object as into a
// dictionary.
type viewWrite struct {
	of  python.Expr
	in  *scope
	how string
}

// viewWrites finds where a unit writes through __dict__ or vars().
func (s *solver) viewWrites(u *unit) []viewWrite {
	var all []viewWrite
	for _, st := range u.stores[itemsOf("__dict__")] {
		if of := receiver(st.base); of != nil {
			all = append(all, viewWrite{of, st.scope, "__dict__"})
		}
	}
	for _, st := range u.stores["__dict__"] {
		all = append(all, viewWrite{st.target.Value, st.scope, "__dict__"})
	}
	for _, r := range u.refs["__dict__"] {
		if of := receiver(r.expr); of != nil && s.keptForWriting(r.expr, r) {
			all = append(all, viewWrite{of, r.scope, "__dict__"})
		}
	}
	for _, r := range u.refs["vars"] {
		if of := viewed(r.call); r.role == asCallee && of != nil && (u.varsWritten[r.call] || s.keptForWriting(r.call, r)) {
			all = append(all, viewWrite{of, r.scope, "vars()"})
		}
	}
	return all
}

// viewed is the object in vars(object).
func viewed(c *python.Call) python.Expr {
	if c == nil || len(c.Args) != 1 {
		return nil
	}
	return c.Args[0]
}

// keptForWriting reports whether a view is written into under a name that it is
// given, or by a function that it is handed to.
func (s *solver) keptForWriting(v python.Expr, r *site) bool {
	for _, t := range r.unit.assignedTo[v] {
		if s.additions(target(t, r), view{}) != nil {
			return true
		}
	}
	to := r.unit.varsGiven[v]
	if r.role == asArgument {
		to = r.call
	}
	return to != nil && s.handedForWriting(v, r, to)
}

// handedForWriting reports whether a function of the sources writes into the view
// that it is handed.
func (s *solver) handedForWriting(v python.Expr, r *site, to *python.Call) bool {
	at := &site{unit: r.unit, scope: r.scope, expr: v, role: asArgument, call: to}
	return slices.ContainsFunc(s.expr(at.call.Func, at.scope), func(f value) bool {
		return f.kind == funcVal && s.addedIn(at, f, selfIn(at.call, f.scope), view{}) != nil
	})
}

// setters are the calls of setattr(x, name, value) and x.__setattr__(name, value).
func (u *unit) setters() []*site {
	var out []*site
	for _, name := range []string{"setattr", "__setattr__"} {
		for _, r := range u.refs[name] {
			if r.role == asCallee && len(r.call.Args) > 1 {
				out = append(out, r)
			}
		}
	}
	return out
}

// sets reports whether a call of setattr writes to that attribute; the empty one
// stands for a name that is not written as a string.
func sets(c *python.Call, attr string) bool {
	for _, a := range c.Args[:len(c.Args)-1] {
		if lit, ok := a.(*python.Str); ok {
			return lit.Value == attr
		}
	}
	return attr == ""
}

// settee is the object that a call of setattr writes to.
func settee(c *python.Call) python.Expr {
	if recv := receiver(c.Func); recv != nil && len(c.Args) == 2 {
		return recv
	}
	return c.Args[0]
}

// reaches reports whether the receiver of a store can be of that family, or, where
// that is nil, the module of. A store into self is decided by its class; any other
// by what the receiver can be.
func (s *solver) reaches(recv python.Expr, in *scope, family []*scope, of *file) bool {
	if owner := in.selfClass(recv); owner != nil {
		return slices.Contains(family, owner)
	}
	vals := s.expr(recv, in)
	return vals.any(unknown) || belongs(vals, family, of)
}

// surely is reaches for writes that name no attribute, and for those of code that
// only gets at an object by being given it: a receiver that is not known does not
// count, or every attribute would be in doubt.
func (s *solver) surely(recv python.Expr, in *scope, family []*scope, of *file) bool {
	if owner := in.selfClass(recv); owner != nil {
		return slices.Contains(family, owner)
	}
	return belongs(s.expr(recv, in), family, of)
}

func belongs(vals set, family []*scope, of *file) bool {
	return slices.ContainsFunc(vals, func(v value) bool {
		switch v.kind {
		case module:
			return family == nil && v.file == of
		case global:
			return family == nil && sameModule(v.text, of.module)
		case classVal, instance:
			return slices.Contains(family, v.scope)
		}
		return false
	})
}

// sameModule reports whether a dotted name that was not found can mean a module: the
// folder that its path starts from need not be the one that the import starts from.
func sameModule(dotted, module string) bool {
	return dotted == module || strings.HasSuffix(module, "."+dotted) || strings.HasSuffix(dotted, "."+module)
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

// relatives are a class, its ancestors, its descendants and theirs, in the sources;
// closed tells that every ancestor is there.
func (s *solver) relatives(c *scope) (family []*scope, closed bool) {
	known, ok := s.kin[c]
	if !ok && s.settled(func() { known = s.findRelatives(c) }) {
		s.kin[c] = known
	}
	return known.family, known.closed
}

// kin is the answer of relatives, which nobody may change.
type kin struct {
	family []*scope
	closed bool
}

func (s *solver) findRelatives(c *scope) kin {
	family, closed := []*scope{c}, true
	have := map[*scope]bool{c: true}
	add := func(k *scope) {
		if !have[k] {
			have[k] = true
			family = append(family, k)
		}
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
			if !have[d] {
				add(d)
				todo = append(todo, d)
			}
		}
	}
	seen := map[*scope]bool{}
	for _, d := range slices.Clone(family) {
		s.climb(d, seen, func(base value) {
			if base.kind == classVal {
				add(base.scope)
			}
		})
	}
	return kin{slices.Clip(family), closed}
}

// subclasses are the classes that name c as a base, under whichever name.
func (s *solver) subclasses(c *scope) []*scope {
	below, ok := s.below[c]
	if !ok && s.settled(func() { below = s.findSubclasses(c) }) {
		s.below[c] = below
	}
	return below
}

func (s *solver) findSubclasses(c *scope) []*scope {
	var out []*scope
	for _, u := range s.naming(c) {
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

// naming are the units that can name a class: by its own name, by one that it is
// assigned to, or by that of a function that returns it.
func (s *solver) naming(c *scope) []*unit {
	var all []*unit
	names := []string{c.class.Name}
	for i := 0; i < len(names) && i < mostNames; i++ {
		units, _ := s.prog.having(names[i], c.unit.file)
		for _, u := range units {
			if !slices.Contains(all, u) {
				all = append(all, u)
			}
			for _, r := range u.refs[names[i]] {
				for _, n := range namesFrom(r) {
					if !slices.Contains(names, n) {
						names = append(names, n)
					}
				}
			}
		}
	}
	return all
}

// mostNames bounds the names under which a class is looked for.
const mostNames = 64

// namesFrom are the names that lead to what a reference stands for: those that it is
// assigned to, and that of the function that returns it.
func namesFrom(r *site) []string {
	if r.role != asValue {
		return nil
	}
	names := namesOf(r.unit.assignedTo[r.expr])
	if f := r.scope.function(); f != nil && f.fn != nil && slices.Contains(f.returns, r.expr) {
		names = append(names, f.fn.Name)
	}
	return names
}

// isProperty reports whether reading the function as an attribute calls it.
func isProperty(f *python.FunctionDef) bool {
	return hasDecorator(f, "property", "cached_property", "classproperty", "lazy_property", "reify")
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
