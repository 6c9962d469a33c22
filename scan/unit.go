package scan

import (
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// unit is one file's tree with its scopes, and an index of what the solver asks
// for: calls, references, attribute stores and strings, each by name.
type unit struct {
	file   *file
	parsed *python.File
	module *scope
	calls  []*site
	// nameless are the calls whose callee is neither a name nor an attribute.
	nameless []*site
	refs     map[string][]*site
	stores   map[string][]store
	strings  map[string][]*python.Str
	classes  []*scope
	inner    map[python.Expr]*scope // of lambdas and comprehensions
	// nonlocals are bound last, when it is known which function binds the name.
	nonlocals []nonlocal
	// assignedTo holds, for the value of an assignment, the names and attributes
	// that it is bound to.
	assignedTo map[python.Expr][]python.Expr
	// viewedItems are what is read by item from vars(x), x.__dict__ and globals().
	viewedItems []*site
	// heldBy holds, for a name or attribute in a list, tuple or dictionary display,
	// that display; loops, for a display, the targets of the loops over it.
	heldBy map[python.Expr]python.Expr
	loops  map[python.Expr][]python.Expr
	// varsGiven holds, for a call of vars(), the call that takes what it returns;
	// varsWritten those whose result is written into on the spot.
	varsGiven   map[python.Expr]*python.Call
	varsWritten map[*python.Call]bool
	// importedAs holds, for an imported name, the other names that it is given here.
	importedAs map[string][]string
	// exported marks the strings that stand in __all__.
	exported map[*python.Str]bool
}

// scopeKind is what opens a scope.
type scopeKind uint8

const (
	moduleScope scopeKind = iota
	classScope
	functionScope
	comprehensionScope
)

// scope is a region in which names are bound.
type scope struct {
	kind   scopeKind
	unit   *unit
	parent *scope
	class  *python.ClassDef    // classScope
	fn     *python.FunctionDef // functionScope, nil for a lambda
	names  map[string]*binding
	stars  []string // modules imported with *
	// outer maps names declared global or nonlocal to the scope that binds them.
	outer map[string]*scope
	// nonlocals are the names declared so: others bind them.
	nonlocals map[string]bool
	// returns, yields and delegates (of yield from) are what a function hands out.
	returns, yields, delegates []python.Expr
}

// binding is a name in a scope, with everything that is ever bound to it.
type binding struct {
	scope *scope
	name  string
	defs  []def
}

// nonlocal is what a function binds to a name of a function around it.
type nonlocal struct {
	scope *scope
	name  string
	def   def
}

// defKind is how a name comes to its value.
type defKind uint8

const (
	assigned  defKind = iota // = value, unpacked along path
	iterated                 // for name in value, unpacked along path
	entered                  // with value as name
	augmented                // += value
	parameter
	function
	class
	imported // import module, or from module import name
	opaque   // except, match, type parameters: never a service
)

// def is one thing that is bound to a name.
type def struct {
	kind  defKind
	value python.Expr
	path  []int
	scope *scope // in which value is evaluated; for function and class, their own scope
	param int    // parameter: its place, counted over all of them
	node  python.Node
	// module and name of an import; an empty name binds the module itself.
	module, name string
}

// role is what a reference is used for.
type role uint8

const (
	asValue    role = iota
	asCallee        // f(...)
	asReceiver      // x.attr
	asArgument      // g(x)
	asItem          // x[...]
	asType          // an annotation, a base, the C of isinstance(x, C): calls nothing
)

// site is one reference to a name or attribute, or one call, in its scope.
type site struct {
	unit  *unit
	scope *scope
	expr  python.Expr
	role  role
	call  *python.Call // asCallee: this call; asArgument: the call that takes it
}

// store is a write to an attribute, or into the container base: by item or by append.
type store struct {
	target *python.Attribute
	base   python.Expr
	key    python.Expr // of a write into a container, where it has one
	value  python.Expr
	path   []int
	scope  *scope
	opaque bool // by a loop, a with statement or an operator: the value is not the expression
	spread bool // value's elements are written, not value itself
}

func newUnit(f *file, parsed *python.File) *unit {
	u := &unit{
		file: f, parsed: parsed,
		refs: map[string][]*site{}, stores: map[string][]store{}, strings: map[string][]*python.Str{},
		inner: map[python.Expr]*scope{}, assignedTo: map[python.Expr][]python.Expr{},
		heldBy: map[python.Expr]python.Expr{}, loops: map[python.Expr][]python.Expr{},
		varsGiven: map[python.Expr]*python.Call{}, varsWritten: map[*python.Call]bool{},
		importedAs: map[string][]string{}, exported: map[*python.Str]bool{},
	}
	u.module = &scope{kind: moduleScope, unit: u, names: map[string]*binding{}}
	b := &binder{unit: u}
	b.block(parsed.Body, u.module)
	b.bindNonlocals()
	return u
}

// pos turns an offset into a place.
func (u *unit) pos(n python.Node) Pos {
	line, column := u.parsed.Position(n.Bounds().Start)
	return Pos{File: u.file.name, Line: line, Column: column}
}

func (s *scope) child(kind scopeKind) *scope {
	return &scope{kind: kind, unit: s.unit, parent: s, names: map[string]*binding{}}
}

// bind records that d is bound to name in s, or in the scope that s declares it for.
func (s *scope) bind(name string, d def) {
	if o := s.outer[name]; o != nil {
		s = o
	}
	if s.nonlocals[name] {
		s.unit.nonlocals = append(s.unit.nonlocals, nonlocal{s, name, d})
		return
	}
	b := s.names[name]
	if b == nil {
		b = &binding{scope: s, name: name}
		s.names[name] = b
	}
	b.defs = append(b.defs, d)
}

// lookup finds the binding that a name refers to in s; nil for a builtin, or
// for a name that only a star import can bring.
func (s *scope) lookup(name string) *binding {
	for at := s; at != nil; at = at.parent {
		if at != s && at.kind == classScope {
			continue // the body of a class is not seen from its methods
		}
		if o := at.outer[name]; o != nil {
			at = o
		}
		if b := at.names[name]; b != nil {
			return b
		}
	}
	return nil
}

// top is the module's scope.
func (s *scope) top() *scope { return s.unit.module }

// function returns the nearest function or lambda around s, nil at module level.
func (s *scope) function() *scope {
	for at := s; at != nil; at = at.parent {
		if at.kind == functionScope {
			return at
		}
	}
	return nil
}

// enclosingClass returns the class in whose method s lies, or nil.
func (s *scope) enclosingClass() *scope {
	for at := s; at != nil; at = at.parent {
		if at.kind == classScope {
			return at
		}
	}
	return nil
}

// binder walks a tree once and fills the unit.
type binder struct {
	unit *unit
	// typing counts the annotations and bases that the walk is in.
	typing int
}

func (b *binder) block(body []python.Stmt, s *scope) {
	declare(body, s)
	for _, st := range body {
		b.stmt(st, s)
	}
}

// declare finds the global and nonlocal statements of a scope before anything is
// bound in it; they hold for the whole scope, wherever they stand.
func declare(body []python.Stmt, s *scope) {
	for _, st := range body {
		switch st := st.(type) {
		case *python.Global:
			s.declareOuter(st.Names, s.top())
		case *python.Nonlocal:
			s.declareNonlocal(st.Names)
		case *python.FunctionDef, *python.ClassDef:
		default:
			for _, inner := range blocksOf(st) {
				declare(inner, s)
			}
		}
	}
}

func (s *scope) declareOuter(names []string, to *scope) {
	if to == s {
		return
	}
	if s.outer == nil {
		s.outer = map[string]*scope{}
	}
	for _, n := range names {
		s.outer[n] = to
	}
}

func (s *scope) declareNonlocal(names []string) {
	if s.nonlocals == nil {
		s.nonlocals = map[string]bool{}
	}
	for _, n := range names {
		s.nonlocals[n] = true
	}
}

// bindNonlocals binds each nonlocal name in the nearest function around that has it.
func (b *binder) bindNonlocals() {
	todo := b.unit.nonlocals
	b.unit.nonlocals = nil
	for _, n := range todo {
		if at := n.scope.lookup(n.name); at != nil {
			at.defs = append(at.defs, n.def)
		}
	}
}

// blocksOf lists the statement lists inside a compound statement that opens no scope.
func blocksOf(st python.Stmt) [][]python.Stmt {
	switch st := st.(type) {
	case *python.If:
		return [][]python.Stmt{st.Body, st.Else}
	case *python.For:
		return [][]python.Stmt{st.Body, st.Else}
	case *python.While:
		return [][]python.Stmt{st.Body, st.Else}
	case *python.With:
		return [][]python.Stmt{st.Body}
	case *python.Try:
		bodies := [][]python.Stmt{st.Body, st.Else, st.Finally}
		for _, h := range st.Handlers {
			bodies = append(bodies, h.Body)
		}
		return bodies
	case *python.Match:
		var bodies [][]python.Stmt
		for _, c := range st.Cases {
			bodies = append(bodies, c.Body)
		}
		return bodies
	}
	return nil
}

func (b *binder) stmts(body []python.Stmt, s *scope) {
	for _, st := range body {
		b.stmt(st, s)
	}
}

func (b *binder) stmt(st python.Stmt, s *scope) {
	switch st := st.(type) {
	case *python.FunctionDef:
		b.function(st, s)
	case *python.ClassDef:
		b.class(st, s)
	case *python.Import:
		b.importNames(st, s)
	case *python.ImportFrom:
		b.importFrom(st, s)
	case *python.Assign:
		b.expr(st.Value, s, asValue)
		for _, t := range st.Targets {
			b.target(t, def{kind: assigned, value: st.Value, scope: s}, s)
			b.bound(t, st.Value)
		}
	case *python.AnnAssign:
		b.annAssign(st, s)
	case *python.AugAssign:
		b.expr(st.Value, s, asValue)
		b.target(st.Target, def{kind: augmented, value: st.Value, scope: s}, s)
		b.exports(st.Target, st.Value)
	case *python.For:
		b.expr(st.Iter, s, asValue)
		b.unit.loops[st.Iter] = append(b.unit.loops[st.Iter], st.Target)
		b.target(st.Target, def{kind: iterated, value: st.Iter, scope: s}, s)
	case *python.With:
		for _, it := range st.Items {
			b.expr(it.Context, s, asValue)
			if it.Target != nil {
				b.target(it.Target, def{kind: entered, value: it.Context, scope: s}, s)
			}
		}
	case *python.Return:
		b.optional(st.Value, s)
		if f := s.function(); f != nil && st.Value != nil {
			f.returns = append(f.returns, st.Value)
		}
	case *python.TypeAlias:
		s.bind(st.Name.ID, def{kind: opaque, scope: s})
	case *python.Match:
		b.match(st, s)
		return
	case *python.Try:
		for i := range st.Handlers {
			h := &st.Handlers[i]
			b.typed(h.Type, s)
			if h.Name != "" {
				s.bind(h.Name, def{kind: opaque, scope: s})
			}
		}
	default:
		b.simple(st, s)
	}
	for _, inner := range blocksOf(st) {
		b.stmts(inner, s)
	}
}

// simple walks the statements that bind nothing.
func (b *binder) simple(st python.Stmt, s *scope) {
	switch st := st.(type) {
	case *python.ExprStmt:
		b.expr(st.Value, s, asValue)
	case *python.If:
		b.expr(st.Test, s, asValue)
	case *python.While:
		b.expr(st.Test, s, asValue)
	case *python.Raise:
		b.optional(st.Exc, s)
		b.optional(st.Cause, s)
	case *python.Assert:
		b.expr(st.Test, s, asValue)
		b.optional(st.Msg, s)
	case *python.Delete:
		for _, t := range st.Targets {
			b.expr(t, s, asValue)
		}
	}
}

func (b *binder) annAssign(st *python.AnnAssign, s *scope) {
	b.typed(st.Annotation, s)
	b.optional(st.Value, s)
	d := def{kind: assigned, value: st.Value, scope: s}
	if st.Value == nil {
		if s.kind != classScope {
			return // a bare annotation binds nothing
		}
		d.kind = opaque // a field: its value comes from a constructor
	}
	b.target(st.Target, d, s)
	b.bound(st.Target, st.Value)
	if s.kind == classScope && st.Value != nil {
		b.target(st.Target, def{kind: opaque, node: st, scope: s}, s)
	}
}

func (b *binder) function(st *python.FunctionDef, s *scope) {
	for _, d := range st.Decorators {
		b.expr(d, s, asValue)
	}
	b.typed(st.Returns, s)
	inner := s.child(functionScope)
	inner.fn = st
	s.bind(st.Name, def{kind: function, scope: inner, node: st})
	b.params(st.Params, s, inner)
	b.typeParams(st.TypeParams, inner)
	b.block(st.Body, inner)
}

// params binds the parameters; their defaults and annotations belong to the scope outside.
func (b *binder) params(ps *python.Params, outside, inner *scope) {
	for i, p := range allParams(ps) {
		b.optional(p.Default, outside)
		b.typed(p.Annotation, outside)
		inner.bind(p.Name, def{kind: parameter, value: p.Default, scope: inner, param: i})
	}
}

func (b *binder) typeParams(ps []python.TypeParam, s *scope) {
	for _, p := range ps {
		b.typed(p.Bound, s)
		b.optional(p.Default, s)
		s.bind(p.Name, def{kind: opaque, scope: s})
	}
}

func (b *binder) class(st *python.ClassDef, s *scope) {
	for _, d := range st.Decorators {
		b.expr(d, s, asValue)
	}
	for _, base := range st.Bases {
		b.typed(base, s)
	}
	for _, k := range st.Keywords {
		b.expr(k.Value, s, asValue)
	}
	inner := s.child(classScope)
	inner.class = st
	b.typeParams(st.TypeParams, inner)
	b.unit.classes = append(b.unit.classes, inner)
	s.bind(st.Name, def{kind: class, scope: inner, node: st})
	b.block(st.Body, inner)
}

func (b *binder) importNames(st *python.Import, s *scope) {
	for _, a := range st.Names {
		if a.AsName != "" {
			s.bind(a.AsName, def{kind: imported, module: a.Name, scope: s})
			continue
		}
		first, _, _ := strings.Cut(a.Name, ".")
		s.bind(first, def{kind: imported, module: first, scope: s})
	}
}

func (b *binder) importFrom(st *python.ImportFrom, s *scope) {
	module := b.unit.absolute(st.Module, st.Level)
	for _, a := range st.Names {
		if a.Name == "*" {
			s.stars = append(s.stars, module)
			continue
		}
		name := a.AsName
		if name == "" {
			name = a.Name
		}
		s.bind(name, def{kind: imported, module: module, name: a.Name, scope: s})
		if name != a.Name {
			b.unit.importedAs[a.Name] = append(b.unit.importedAs[a.Name], name)
		}
	}
}

// absolute turns the module of a from-import into a dotted name from the root.
func (u *unit) absolute(module string, level int) string {
	if level == 0 {
		return module
	}
	parts := strings.Split(u.file.module, ".")
	if u.file.isInit {
		level--
	}
	if level > len(parts) {
		return module
	}
	parts = parts[:len(parts)-level]
	if module != "" {
		parts = append(parts, module)
	}
	return strings.Join(parts, ".")
}

// target binds what d describes to the names in an assignment's target.
func (b *binder) target(t python.Expr, d def, s *scope) {
	switch t := t.(type) {
	case *python.Name:
		s.bind(t.ID, d)
		if d.kind == augmented {
			b.ref(t.ID, t, s, asItem, nil)
		}
	case *python.Attribute:
		b.expr(t.Value, s, asReceiver)
		b.unit.stores[t.Attr] = append(b.unit.stores[t.Attr], store{target: t, value: d.value, path: d.path, scope: s, opaque: d.kind != assigned})
	case *python.Subscript:
		b.expr(t, s, asValue)
		b.write(t.Value, store{key: t.Index, value: d.value, path: d.path, scope: s, opaque: d.kind != assigned})
	case *python.Tuple:
		b.unpack(t.Elts, d, s)
	case *python.List:
		b.unpack(t.Elts, d, s)
	case *python.Starred:
		d.kind, d.value = opaque, nil
		b.target(t.Value, d, s)
	}
}

// bound notes the name or attribute that a value is assigned to.
func (b *binder) bound(target, value python.Expr) {
	if lastName(target) != "" && value != nil {
		b.unit.assignedTo[value] = append(b.unit.assignedTo[value], target)
	}
	b.exports(target, value)
}

// exports notes the strings of __all__: naming a function there calls nothing.
func (b *binder) exports(target, value python.Expr) {
	if lastName(target) != "__all__" {
		return
	}
	python.Inspect(value, func(n python.Node) bool {
		if lit, ok := n.(*python.Str); ok {
			b.unit.exported[lit] = true
		}
		return true
	})
}

// itemsOf is the key under which writes into the container of that name stand;
// no identifier holds a bracket.
func itemsOf(name string) string { return name + "[]" }

func (b *binder) unpack(elts []python.Expr, d def, s *scope) {
	starred := -1
	for i, e := range elts {
		if _, ok := e.(*python.Starred); ok {
			starred = i
		}
	}
	for i, e := range elts {
		at := i
		if starred >= 0 && i > starred {
			at = i - len(elts) // from the end
		}
		inner := d
		inner.path = append(append([]int(nil), d.path...), at)
		b.target(e, inner, s)
	}
}

func (b *binder) match(st *python.Match, s *scope) {
	b.expr(st.Subject, s, asValue)
	for _, c := range st.Cases {
		python.Inspect(c.Pattern, func(n python.Node) bool {
			b.capture(n, s)
			return true
		})
		b.optional(c.Guard, s)
		b.stmts(c.Body, s)
	}
}

// capture binds the names that a pattern captures.
func (b *binder) capture(n python.Node, s *scope) {
	name := ""
	switch n := n.(type) {
	case *python.MatchAs:
		name = n.Name
	case *python.MatchStar:
		name = n.Name
	case *python.MatchMapping:
		name = n.Rest
	case *python.MatchValue:
		b.expr(n.Value, s, asValue)
	}
	if name != "" {
		s.bind(name, def{kind: opaque, scope: s})
	}
}

func (b *binder) optional(e python.Expr, s *scope) {
	if e != nil {
		b.expr(e, s, asValue)
	}
}

// typed walks what only names types.
func (b *binder) typed(e python.Expr, s *scope) {
	b.typing++
	b.optional(e, s)
	b.typing--
}

func (b *binder) ref(name string, e python.Expr, s *scope, r role, call *python.Call) {
	if r == asItem && b.typing > 0 || r == asValue && b.typing > 0 || r == asArgument && takesTypes(call) {
		r = asType
	}
	b.unit.refs[name] = append(b.unit.refs[name], &site{unit: b.unit, scope: s, expr: e, role: r, call: call})
}

// takesTypes reports whether a call only compares or names the classes it is given.
func takesTypes(c *python.Call) bool {
	n, ok := c.Func.(*python.Name)
	return ok && (n.ID == "isinstance" || n.ID == "issubclass" || n.ID == "super" || n.ID == "cast")
}

// expr walks an expression that is used in the given role.
func (b *binder) expr(e python.Expr, s *scope, r role) { b.exprIn(e, s, r, nil) }

func (b *binder) exprIn(e python.Expr, s *scope, r role, call *python.Call) {
	switch e := e.(type) {
	case *python.Name:
		b.ref(e.ID, e, s, r, call)
	case *python.Attribute:
		b.ref(e.Attr, e, s, r, call)
		b.expr(e.Value, s, asReceiver)
		if r != asCallee && isMutator(e.Attr) {
			b.write(e.Value, store{scope: s, opaque: true}) // whoever calls it writes
		}
	case *python.Call:
		b.call(e, s)
	case *python.Str:
		if len(e.Value) <= longestWord && b.typing == 0 {
			b.unit.strings[e.Value] = append(b.unit.strings[e.Value], e)
		}
	case *python.Lambda:
		inner := s.child(functionScope)
		b.unit.inner[e] = inner
		b.params(e.Params, s, inner)
		inner.returns = append(inner.returns, e.Body)
		b.expr(e.Body, inner, asValue)
	case *python.NamedExpr:
		b.expr(e.Value, s, asValue)
		b.bound(e.Target, e.Value)
		b.walrusScope(s).bind(e.Target.ID, def{kind: assigned, value: e.Value, scope: s})
	case *python.Subscript:
		if viewOf(e.Value) != nil || isNamespace(e.Value) {
			b.unit.viewedItems = append(b.unit.viewedItems, &site{unit: b.unit, scope: s, expr: e})
		}
		b.expr(e.Value, s, asItem)
		b.expr(e.Index, s, asValue)
	case *python.ListComp:
		b.comprehension(e, e.Generators, s, e.Elt)
	case *python.SetComp:
		b.comprehension(e, e.Generators, s, e.Elt)
	case *python.GeneratorExp:
		b.comprehension(e, e.Generators, s, e.Elt)
	case *python.DictComp:
		b.comprehension(e, e.Generators, s, e.Key, e.Value)
	case *python.Yield:
		b.optional(e.Value, s)
		if f := s.function(); f != nil && e.Value != nil {
			f.yields = append(f.yields, e.Value)
		}
	case *python.YieldFrom:
		b.expr(e.Value, s, asValue)
		if f := s.function(); f != nil {
			f.delegates = append(f.delegates, e.Value)
		}
	case *python.List:
		b.display(e, e.Elts, s)
	case *python.Tuple:
		b.display(e, e.Elts, s)
	case *python.Dict:
		b.display(e, e.Values, s)
	default:
		b.children(e, s)
	}
}

// display walks a display and notes which names it holds.
func (b *binder) display(e python.Expr, holds []python.Expr, s *scope) {
	for _, held := range holds {
		if lastName(held) != "" {
			b.unit.heldBy[held] = e
		}
	}
	b.children(e, s)
}

// walrusScope is where := binds: never in a comprehension.
func (b *binder) walrusScope(s *scope) *scope {
	for s.kind == comprehensionScope {
		s = s.parent
	}
	return s
}

// children walks the direct parts of an expression that has no rule of its own.
func (b *binder) children(e python.Expr, s *scope) {
	python.Inspect(e, func(n python.Node) bool {
		if n == python.Node(e) {
			return true
		}
		if inner, ok := n.(python.Expr); ok {
			b.expr(inner, s, asValue)
			return false
		}
		return true
	})
}

func (b *binder) call(c *python.Call, s *scope) {
	at := &site{unit: b.unit, scope: s, expr: c, call: c}
	b.unit.calls = append(b.unit.calls, at)
	if lastName(c.Func) == "" {
		b.unit.nameless = append(b.unit.nameless, at)
	}
	b.exprIn(c.Func, s, asCallee, c)
	b.mutation(c, s)
	for _, a := range c.Args {
		b.exprIn(a, s, asArgument, c)
		if inner, ok := a.(*python.Call); ok && lastName(inner.Func) == "vars" {
			b.unit.varsGiven[inner] = c
		}
	}
	for _, k := range c.Keywords {
		if k.Name == "" {
			b.expr(k.Value, s, asValue) // a copy is handed on, not the dictionary
		} else {
			b.exprIn(k.Value, s, asArgument, c)
		}
	}
}

// mutation records x.append(value) and its kin as writes into x.
func (b *binder) mutation(c *python.Call, s *scope) {
	f, ok := c.Func.(*python.Attribute)
	if !ok {
		return
	}
	switch f.Attr {
	case "append", "add", "appendleft":
		for _, a := range c.Args {
			b.write(f.Value, store{value: a, scope: s})
		}
	case "insert", "setdefault", "__setitem__":
		if len(c.Args) == 2 {
			b.write(f.Value, store{key: c.Args[0], value: c.Args[1], scope: s})
		}
	case "extend", "update", "extendleft":
		for _, a := range c.Args {
			b.write(f.Value, store{value: a, scope: s, spread: true})
		}
		for _, k := range c.Keywords {
			key := &python.Str{Span: k.Span, Value: k.Name}
			b.write(f.Value, store{key: key, value: k.Value, scope: s, spread: k.Name == ""})
		}
	}
}

// isMutator reports whether a method, or a function of the standard library that takes
// a container first, puts its arguments into the container.
func isMutator(name string) bool {
	switch name {
	case "append", "add", "appendleft", "insert", "setdefault", "__setitem__", "extend", "update", "extendleft",
		"setitem", "iadd", "heappush", "heappushpop", "heapreplace", "insort", "insort_left", "insort_right":
		return true
	}
	return false
}

// write records a write into a container under its name. One into what another
// container holds is recorded for that, as something that is not followed.
func (b *binder) write(base python.Expr, st store) {
	st.base = base
	for lastName(st.base) == "" {
		switch e := st.base.(type) {
		case *python.Subscript:
			st.base, st.opaque = e.Value, true
		case *python.Call:
			if lastName(e.Func) == "vars" {
				b.unit.varsWritten[e] = true
			}
			st.base, st.opaque = e.Func, true
			if recv := receiver(e.Func); recv != nil {
				st.base = recv
			}
		default:
			return
		}
	}
	key := itemsOf(lastName(st.base))
	b.unit.stores[key] = append(b.unit.stores[key], st)
}

func (b *binder) comprehension(e python.Expr, gens []python.Comprehension, s *scope, parts ...python.Expr) {
	inner := s.child(comprehensionScope)
	b.unit.inner[e] = inner
	for i, g := range gens {
		outside := inner
		if i == 0 {
			outside = s // evaluated before the comprehension's own scope opens
		}
		b.expr(g.Iter, outside, asValue)
		b.target(g.Target, def{kind: iterated, value: g.Iter, scope: outside}, inner)
		for _, cond := range g.Ifs {
			b.expr(cond, inner, asValue)
		}
	}
	for _, p := range parts {
		b.optional(p, inner)
	}
}

// lastName is the name at the end of x, a.x or self.x; empty for anything else.
func lastName(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		return e.ID
	case *python.Attribute:
		return e.Attr
	}
	return ""
}

// receiver is x in x.attr; nil for anything else.
func receiver(e python.Expr) python.Expr {
	if a, ok := e.(*python.Attribute); ok {
		return a.Value
	}
	return nil
}

// longestSource bounds what is shown of an expression.
const longestSource = 60

// source is the text of an expression on one line, shortened for people.
func (u *unit) source(e python.Expr) string {
	at := e.Bounds()
	s := strings.Join(strings.Fields(string(u.parsed.Text[at.Start:at.End])), " ")
	if len(s) > longestSource {
		s = strings.ToValidUTF8(s[:longestSource], "") + "…"
	}
	return s
}

// mention is the first place where a word stands in the unit, as a name or a string.
func (u *unit) mention(w string) (Pos, string) {
	if rs := u.refs[w]; len(rs) > 0 {
		return u.pos(rs[0].expr), "the name " + w
	}
	if ls := u.strings[w]; len(ls) > 0 {
		return u.pos(ls[0]), "the string " + strconv.Quote(w)
	}
	return Pos{File: u.file.name, Line: 1, Column: 1}, "the name " + w
}
