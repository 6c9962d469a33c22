package imports

import (
	"bytes"
	"maps"

	"github.com/coldcut/coldcut/internal/python"
)

// use is a place where a global of the module is read.
type use struct {
	name *python.Name
	// path is the attributes that follow: x.y.z at x is [y z].
	path []string
	// deferred is true in bodies of functions and lambdas, which importing the
	// module does not run.
	deferred bool
	// covered is true where a guard before this place has always been passed.
	covered bool
	// fixed is why no guard can stand in this place, empty where one can.
	fixed string
	// stand is what may stand in for what is called here.
	stand string
}

// surface is what a module's scope binds and what its code does with that.
type surface struct {
	uses []use
	// bound counts the bindings of a name in the module's own scope. Statements
	// import x.a and import x.b bind x twice.
	bound map[string]int
	// barred are names that functions rebind or delete, with the reason.
	barred map[string]string
	// opaque is why nothing in the module can be deferred, empty where it can.
	opaque string
	// records are the data classes that may wait, each what is written anew of it.
	records [][]thunk
	// defaults are those of constructors that may wait.
	defaults []keptDefault
}

// scope is one level of names. A class's is seen by its own body alone.
type scope struct {
	parent  *scope
	class   bool
	bound   map[string]bool
	globals map[string]bool
}

// global reports whether a name read here is one of the module.
func (s *scope) global(name string) bool {
	for level := s; level != nil; level = level.parent {
		switch {
		case level.class && level != s:
			continue
		case level.globals[name]:
			return true
		case level.class: // bound or not, it may be the module's when it is read
			continue
		case level.bound[name]:
			return false
		}
	}
	return true
}

// reader walks a module with its scopes.
type reader struct {
	out       *surface
	text      []byte
	scope     *scope
	deferred  bool
	fixed     string
	postponed bool // from __future__ import annotations
	// sure are the globals that have been read whenever the present place is reached.
	// What was loaded once stays, so that functions made here are sure of them too.
	sure map[string]bool
	// imported are the names that imports at the top bind, with what they name.
	imported map[string]string
	// calls are those of which an expression is the function, but for those in f-strings.
	calls map[python.Expr]*python.Call
	// quoted says that the place is in an f-string, where a guard may have no quotes.
	quoted bool
}

// reflective names reach the module's globals in ways that no guard stands in.
var reflective = map[string]bool{"globals": true, "vars": true, "eval": true, "exec": true, "execfile": true, "__builtins__": true}

// readSurface finds all uses of a module's globals.
func readSurface(file *python.File) *surface {
	r := &reader{text: file.Text, sure: map[string]bool{}, imported: importedNames(file.Body), calls: map[python.Expr]*python.Call{}, out: &surface{bound: map[string]int{}, barred: map[string]string{}}, postponed: postponesAnnotations(file)}
	bindings(file.Body, func(name string) { r.out.bound[name]++ }, nil, nil)
	r.stmts(file.Body)
	for _, own := range []string{"__getattr__", "__dir__"} {
		if r.out.bound[own] > 0 {
			r.out.opaque = "it has a " + own + " of its own"
		}
	}
	return r.out
}

func postponesAnnotations(file *python.File) bool {
	for _, s := range file.Body {
		if from, ok := s.(*python.ImportFrom); ok && from.Module == "__future__" && from.Level == 0 {
			for _, a := range from.Names {
				if a.Name == "annotations" {
					return true
				}
			}
		}
	}
	return false
}

// bindings calls bind for each name that a block binds in its own scope, global for
// those that it declares so, and del for those that it deletes.
func bindings(body []python.Stmt, bind, global, del func(string)) {
	call := func(f func(string), name string) {
		if f != nil {
			f(name)
		}
	}
	var target func(python.Expr)
	target = func(e python.Expr) {
		switch e := e.(type) {
		case *python.Name:
			bind(e.ID)
		case *python.Tuple:
			for _, one := range e.Elts {
				target(one)
			}
		case *python.List:
			for _, one := range e.Elts {
				target(one)
			}
		case *python.Starred:
			target(e.Value)
		}
	}
	python.InspectAll(body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.FunctionDef:
			bind(n.Name)
			for _, part := range outside(n) {
				walrus(part, bind)
			}
			return false
		case *python.ClassDef:
			bind(n.Name)
			return false
		case *python.Lambda:
			return false
		case *python.Assign:
			for _, t := range n.Targets {
				target(t)
			}
		case *python.AugAssign:
			target(n.Target)
		case *python.AnnAssign:
			target(n.Target)
		case *python.TypeAlias:
			bind(n.Name.ID)
		case *python.For:
			target(n.Target)
		case *python.With:
			for _, item := range n.Items {
				target(item.Target)
			}
		case *python.ExceptHandler:
			if n.Name != "" {
				bind(n.Name)
			}
		case *python.NamedExpr:
			bind(n.Target.ID)
		case *python.MatchStar:
			bind(n.Name)
		case *python.MatchAs:
			bind(n.Name)
		case *python.MatchMapping:
			bind(n.Rest)
		case *python.Import:
			for _, a := range n.Names {
				bind(importedAs(a))
			}
		case *python.ImportFrom:
			for _, a := range n.Names {
				bind(own(a))
			}
		case *python.Global:
			for _, name := range n.Names {
				call(global, name)
			}
		case *python.Delete:
			for _, t := range n.Targets {
				target(t)
				if name, ok := t.(*python.Name); ok {
					call(del, name.ID)
				}
			}
		}
		return true
	})
}

// walrus calls bind for the targets of := in an expression.
func walrus(e python.Node, bind func(string)) {
	python.Inspect(e, func(n python.Node) bool {
		if named, ok := n.(*python.NamedExpr); ok {
			bind(named.Target.ID)
		}
		_, lambda := n.(*python.Lambda)
		return !lambda
	})
}

// outside are the expressions of a function that its definition evaluates.
func outside(f *python.FunctionDef) []python.Expr {
	parts := append([]python.Expr{}, f.Decorators...)
	for _, p := range params(f.Params) {
		parts = appendPresent(parts, p.Default, p.Annotation)
	}
	return appendPresent(parts, f.Returns)
}

func appendPresent(list []python.Expr, more ...python.Expr) []python.Expr {
	for _, e := range more {
		if e != nil {
			list = append(list, e)
		}
	}
	return list
}

func params(p *python.Params) []*python.Param {
	var all []*python.Param
	for _, group := range [][]python.Param{p.PosOnly, p.Args, p.KwOnly} {
		for i := range group {
			all = append(all, &group[i])
		}
	}
	for _, one := range []*python.Param{p.VarArg, p.KwArg} {
		if one != nil {
			all = append(all, one)
		}
	}
	return all
}

// own is the name that an alias of from … import binds.
func own(a python.Alias) string {
	if a.AsName != "" {
		return a.AsName
	}
	return a.Name
}

// importedAs is the name that an alias of import binds.
func importedAs(a python.Alias) string {
	if a.AsName != "" {
		return a.AsName
	}
	return first(a.Name)
}

func (r *reader) stmts(body []python.Stmt) {
	for _, s := range body {
		r.node(s)
	}
}

// node visits a statement, an expression or a pattern in the present scope.
func (r *reader) node(n python.Node) {
	python.Inspect(n, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.FunctionDef:
			r.function(n)
			return false
		case *python.ClassDef:
			r.class(n)
			return false
		case *python.Lambda:
			r.lambda(n)
			return false
		case *python.ListComp:
			r.comprehension(n.Generators, n.Elt)
			return false
		case *python.SetComp:
			r.comprehension(n.Generators, n.Elt)
			return false
		case *python.GeneratorExp:
			r.comprehension(n.Generators, n.Elt)
			return false
		case *python.DictComp:
			r.comprehension(n.Generators, n.Key, n.Value)
			return false
		case *python.Call:
			if !r.quoted {
				r.calls[n.Func] = n
			}
		case *python.Attribute:
			return r.attribute(n)
		case *python.Name:
			r.read(n, n, nil)
		case *python.AnnAssign:
			r.annotated(n)
			return false
		case *python.Assign, *python.AugAssign, *python.For, *python.With, *python.NamedExpr:
			r.assigning(n)
			return false
		case *python.If, *python.While, *python.Try, *python.Match, *python.Assert, *python.IfExp, *python.BoolOp, *python.Compare:
			r.branching(n)
			return false
		case *python.TypeAlias, *python.TypeParam:
			return r.within("a guard cannot stand in a type alias", n)
		case *python.MatchValue, *python.MatchClass, *python.MatchMapping:
			return r.within("a guard cannot stand in a pattern", n)
		case *python.Global:
			for _, name := range n.Names {
				r.out.barred[name] = "a function declares it global"
			}
		case *python.Delete:
			for _, t := range n.Targets {
				if name, ok := t.(*python.Name); ok && r.scope.global(name.ID) {
					r.out.barred[name.ID] = "it is deleted"
				}
				r.target(t)
			}
			return false
		case *python.FormattedValue:
			if !r.quoted {
				r.quoted = true
				r.node(n)
				r.quoted = false
				return false
			}
			if r.shown(n) {
				return r.within("an f-string shows its text", n)
			}
		case *python.ImportFrom:
			if len(n.Names) == 1 && n.Names[0].Name == "*" {
				r.out.opaque = "it imports *"
			}
		}
		return true
	})
}

// shown reports whether {value=} shows the expression's text.
func (r *reader) shown(n *python.FormattedValue) bool {
	after := bytes.TrimLeft(r.text[n.Value.Bounds().End:], " \t\r\n)")
	return bytes.HasPrefix(after, []byte("="))
}

// assigning visits a node that has targets.
func (r *reader) assigning(n python.Node) {
	switch n := n.(type) {
	case *python.Assign:
		r.node(n.Value)
		for _, t := range n.Targets {
			r.target(t)
		}
	case *python.AugAssign:
		if name, ok := n.Target.(*python.Name); ok {
			r.within("it is assigned to", name)
		} else {
			r.node(n.Target)
		}
		r.node(n.Value)
	case *python.For:
		r.node(n.Iter)
		r.perhaps(func() {
			r.target(n.Target)
			r.stmts(n.Body)
		})
		r.perhaps(func() { r.stmts(n.Else) })
	case *python.With:
		for _, item := range n.Items {
			r.node(item.Context)
			if item.Target != nil {
				r.target(item.Target)
			}
		}
		r.perhaps(func() { r.stmts(n.Body) }) // it may swallow an exception
	case *python.NamedExpr:
		r.node(n.Value)
	}
}

// branching visits a node of which not all is run.
func (r *reader) branching(n python.Node) {
	switch n := n.(type) {
	case *python.If:
		r.node(n.Test)
		r.perhaps(func() { r.stmts(n.Body) })
		r.perhaps(func() { r.stmts(n.Else) })
	case *python.While:
		r.node(n.Test)
		r.perhaps(func() { r.stmts(n.Body) })
		r.perhaps(func() { r.stmts(n.Else) })
	case *python.Try:
		r.perhaps(func() {
			r.stmts(n.Body)
			r.stmts(n.Else)
		})
		for i := range n.Handlers {
			h := &n.Handlers[i]
			r.perhaps(func() {
				if h.Type != nil {
					r.node(h.Type)
				}
				r.stmts(h.Body)
			})
		}
		r.stmts(n.Finally)
	case *python.Match:
		r.node(n.Subject)
		for _, c := range n.Cases {
			r.perhaps(func() {
				r.node(c.Pattern)
				if c.Guard != nil {
					r.node(c.Guard)
				}
				r.stmts(c.Body)
			})
		}
	case *python.Assert:
		r.perhaps(func() { // -O leaves it out
			r.node(n.Test)
			if n.Msg != nil {
				r.node(n.Msg)
			}
		})
	case *python.IfExp:
		r.node(n.Test)
		r.perhaps(func() { r.node(n.Body) })
		r.perhaps(func() { r.node(n.Else) })
	case *python.BoolOp:
		r.node(n.Values[0])
		r.perhaps(func() {
			for _, v := range n.Values[1:] {
				r.node(v)
			}
		})
	case *python.Compare:
		r.node(n.Left)
		r.node(n.Comparators[0])
		r.perhaps(func() {
			for _, v := range n.Comparators[1:] {
				r.node(v)
			}
		})
	}
}

// perhaps visits what may not be run.
func (r *reader) perhaps(visit func()) {
	sure := r.sure
	r.sure = maps.Clone(sure)
	visit()
	r.sure = sure
}

// target visits what assigning to a target reads.
func (r *reader) target(e python.Expr) {
	switch e := e.(type) {
	case *python.Name:
	case *python.Tuple:
		for _, one := range e.Elts {
			r.target(one)
		}
	case *python.List:
		for _, one := range e.Elts {
			r.target(one)
		}
	case *python.Starred:
		r.target(e.Value)
	default:
		r.node(e)
	}
}

// within visits what is below a node with uses there fixed.
func (r *reader) within(reason string, n python.Node) bool {
	if r.fixed != "" {
		return true
	}
	r.fixed = reason
	r.node(n)
	r.fixed = ""
	return false
}

// attribute visits x.y.z as one use of x.
func (r *reader) attribute(n *python.Attribute) bool {
	var path []string
	var e python.Expr = n
	for {
		a, ok := e.(*python.Attribute)
		if !ok {
			break
		}
		path = append([]string{a.Attr}, path...)
		e = a.Value
	}
	name, ok := e.(*python.Name)
	if !ok {
		return true
	}
	r.read(n, name, path)
	return false
}

// read notes that a name is read, by an expression with attributes of it.
func (r *reader) read(e python.Expr, n *python.Name, path []string) {
	if !r.scope.global(n.ID) {
		return
	}
	if reflective[n.ID] && r.out.bound[n.ID] == 0 {
		r.out.opaque = "it calls " + n.ID
	}
	if n.ID == "sys" && len(path) > 0 && path[0] == "modules" {
		r.out.opaque = "it reads sys.modules"
	}
	fixed := r.fixed
	if string(r.text[n.Start:n.End]) != n.ID {
		fixed = "its spelling is another in the source"
	}
	stand := r.standIn(e, n.ID, path)
	r.out.uses = append(r.out.uses, use{n, path, r.deferred, r.sure[n.ID], fixed, stand})
	if r.deferred && fixed == "" && stand == "" {
		r.sure[n.ID] = true
	}
}

// annotated visits name: annotation = value. In functions annotations are not
// evaluated.
func (r *reader) annotated(n *python.AnnAssign) {
	r.target(n.Target)
	if r.scope == nil || r.scope.class {
		r.node(n.Annotation)
	}
	switch {
	case n.Value == nil:
	case r.out.waits(n.Value):
		r.later(n.Value)
	default:
		r.node(n.Value)
	}
}

func (r *reader) function(f *python.FunctionDef) {
	r.decorators(f.Decorators)
	for _, p := range params(f.Params) {
		switch {
		case p.Default == nil:
		case r.out.waits(p.Default):
			r.later(p.Default)
		default:
			r.node(p.Default)
		}
		r.annotation(p.Annotation)
	}
	r.annotation(f.Returns)
	for i := range f.TypeParams {
		r.within("a guard cannot stand in a type parameter", &f.TypeParams[i])
	}
	s := &scope{parent: r.scope, bound: map[string]bool{}, globals: map[string]bool{}}
	for _, p := range params(f.Params) {
		s.bound[p.Name] = true
	}
	for _, p := range f.TypeParams {
		s.bound[p.Name] = true
	}
	fixed := r.fixed
	if f.Name == "__del__" {
		fixed = "__del__ may run when nothing can be imported any more"
	}
	r.enter(s, f.Body, fixed)
}

// enter visits the body of a function.
func (r *reader) enter(s *scope, body []python.Stmt, fixed string) {
	bindings(body, func(name string) { s.bound[name] = true }, func(name string) { s.globals[name] = true }, nil)
	for name := range s.globals {
		delete(s.bound, name)
	}
	outer := *r
	r.scope, r.deferred, r.fixed = s, true, fixed
	r.perhaps(func() { r.stmts(body) })
	r.scope, r.deferred, r.fixed = outer.scope, outer.deferred, outer.fixed
}

// annotation visits one of a function. Whoever evaluates a postponed one looks its
// names up in the module's globals.
func (r *reader) annotation(e python.Expr) {
	if e == nil {
		return
	}
	if !r.postponed {
		r.node(e)
		return
	}
	deferred := r.deferred
	r.deferred = false
	r.node(e)
	r.deferred = deferred
}

// decorators are a dotted name with arguments before Python 3.9.
func (r *reader) decorators(list []python.Expr) {
	for _, d := range list {
		if r.within("a guard cannot stand in a decorator", d) {
			r.node(d)
		}
	}
}

func (r *reader) class(c *python.ClassDef) {
	if waits := r.record(c); waits != nil {
		r.out.records = append(r.out.records, waits)
		r.later(c.Decorators[0])
	} else {
		r.decorators(c.Decorators)
	}
	r.out.defaults = append(r.out.defaults, r.defaultsOf(c)...)
	for _, b := range c.Bases {
		r.node(b)
	}
	for i := range c.Keywords {
		r.node(c.Keywords[i].Value)
	}
	for i := range c.TypeParams {
		r.within("a guard cannot stand in a type parameter", &c.TypeParams[i])
	}
	s := &scope{parent: r.scope, class: true, bound: map[string]bool{}, globals: map[string]bool{}}
	bindings(c.Body, func(name string) { s.bound[name] = true }, func(name string) { s.globals[name] = true }, nil)
	outer := r.scope
	r.scope = s
	r.stmts(c.Body)
	r.scope = outer
}

func (r *reader) lambda(l *python.Lambda) {
	for _, p := range params(l.Params) {
		if p.Default != nil {
			r.node(p.Default)
		}
	}
	s := &scope{parent: r.scope, bound: map[string]bool{}}
	for _, p := range params(l.Params) {
		s.bound[p.Name] = true
	}
	outer, deferred := r.scope, r.deferred
	r.scope, r.deferred = s, true
	r.perhaps(func() { r.node(l.Body) })
	r.scope, r.deferred = outer, deferred
}

// comprehension has a scope of its own; the first iterable is outside of it.
func (r *reader) comprehension(generators []python.Comprehension, parts ...python.Expr) {
	r.node(generators[0].Iter)
	s := &scope{parent: r.scope, bound: map[string]bool{}}
	for _, g := range generators {
		bindings([]python.Stmt{&python.For{Target: g.Target}}, func(name string) { s.bound[name] = true }, nil, nil)
	}
	outer, sure := r.scope, r.sure
	r.scope, r.sure = s, maps.Clone(sure)
	for i, g := range generators {
		r.target(g.Target)
		if i > 0 {
			r.node(g.Iter)
		}
		for _, cond := range g.Ifs {
			r.node(cond)
		}
	}
	for _, e := range parts {
		if e != nil {
			r.node(e)
		}
	}
	r.scope, r.sure = outer, sure
}
