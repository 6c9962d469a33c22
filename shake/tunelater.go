package shake

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

//go:embed later.py
var laterSource string

// later puts off what a constructor keeps and may never use:
//
//	self.NAME = MODULE.CLASS(KEYWORD=...)    or a local name in the place of self.NAME
//
// Each client asks for credentials of containers and machines in turn, and makes for
// both a session of HTTP with a TLS context, before the first place that has some ends
// the search. The first context of a process costs 1.3 ms, and the client makes one
// for itself in any case; further ones cost 0.15 to 0.25 ms each.
//
// The arguments are worked out where they were. What is kept is an object of CLASS
// that makes itself when it is first touched, whoever touches it, so it does not matter
// here what is done with it. That this can wait follows from CLASS alone, see
// [constructor].
func (t *tuner) later(f *python.FunctionDef, a *python.Assign) {
	call, ok := a.Value.(*python.Call)
	if f.Name != "__init__" || len(a.Targets) != 1 || !ok || len(call.Args) > 0 || t.modules == nil {
		return
	}
	if slices.ContainsFunc(call.Keywords, func(k python.Keyword) bool { return k.Name == "" }) {
		return
	}
	kept, local := a.Targets[0].(*python.Attribute)
	if local && !is(kept.Value, "self") || !local && !onlyName(a.Targets[0]) {
		return
	}
	module, class, ok := t.classOf(call.Func)
	if !ok {
		return
	}
	made, ok := constructorOf(t.modules(module), class)
	if !ok || !made.costs {
		return
	}
	name := t.text(call.Func)
	open := call.Func.Bounds().End
	if t.file.Text[open] != '(' {
		return
	}
	source := strings.ReplaceAll(laterSource, "_COLDCUT_READ", made.reads())
	if !strings.Contains(t.end, source) {
		if strings.Contains(t.end, "def _coldcut_later(") {
			return // it reads other variables than a class before
		}
		t.end += source
	}
	text := "_coldcut_later(" + name
	if len(call.Keywords) > 0 {
		text += ", "
	}
	t.found = append(t.found, substitution{python.Span{Start: call.Func.Bounds().Start, End: open + 1}, text})
}

// classOf reads MODULE.CLASS, where the file imports the module under its full name
// and nothing else is bound to the name that it begins with.
func (t *tuner) classOf(e python.Expr) (module, class string, ok bool) {
	full := dotted(e)
	end := strings.LastIndexByte(full, '.')
	if end < 0 {
		return "", "", false
	}
	module, class = full[:end], full[end+1:]
	root, _, _ := strings.Cut(module, ".")
	imported := false
	python.InspectAll(t.file.Body, func(n python.Node) bool {
		if i, ok := n.(*python.Import); ok {
			imported = imported || slices.ContainsFunc(i.Names, func(a python.Alias) bool { return a.Name == module && a.AsName == "" })
		}
		return true
	})
	return module, class, imported && !bound(t.file.Body, root)
}

// constructor is what making an object of a class does, as its source says: it follows
// __init__ into the functions, methods and classes of the file. Whatever is not known
// to define nothing but the object itself makes it unfit.
type constructor struct {
	body []python.Stmt // of the file
	of   *python.ClassDef
	seen map[*python.FunctionDef]bool
	// costs says that TLS contexts are made, which is what there is to gain.
	costs bool
	// environment are the variables that are read.
	environment []string
	unfit       bool
}

// constructorOf reads the class; !ok where making it may be seen by others.
func constructorOf(source []byte, class string) (*constructor, bool) {
	file, err := python.Parse(source)
	if err != nil || source == nil {
		return nil, false
	}
	c := &constructor{body: file.Body, seen: map[*python.FunctionDef]bool{}}
	c.class(class)
	return c, !c.unfit
}

// reads is the tuple of the environment's variables.
func (c *constructor) reads() string {
	text := "("
	for _, name := range c.environment {
		text += strconv.Quote(name) + ", "
	}
	return strings.TrimSuffix(text, " ") + ")"
}

// class follows the constructor of a class. One that has a special method besides, or
// a base, may do anything when it is made or touched.
func (c *constructor) class(name string) {
	found, ok := definition[*python.ClassDef](c.body, func(d *python.ClassDef) bool { return d.Name == name })
	if !ok || len(found.Decorators)+len(found.Keywords) > 0 || len(found.Bases) > 1 || len(found.Bases) == 1 && !is(found.Bases[0], "object") {
		c.unfit = true
		return
	}
	for _, s := range found.Body {
		switch s := s.(type) {
		case *python.FunctionDef:
			c.unfit = c.unfit || s.Name != "__init__" && strings.HasPrefix(s.Name, "__")
		case *python.ExprStmt, *python.Pass:
		default:
			c.unfit = true
		}
	}
	outer := c.of
	c.of = found
	c.method("__init__")
	c.of = outer
}

// definition finds the only statement of the kind that a name may mean, among those of
// a body itself.
func definition[T python.Stmt](body []python.Stmt, is func(T) bool) (found T, ok bool) {
	n := 0
	for _, s := range body {
		if d, right := s.(T); right && is(d) {
			found = d
			n++
		}
	}
	return found, n == 1
}

func (c *constructor) method(name string) {
	f, ok := definition(c.of.Body, func(d *python.FunctionDef) bool { return d.Name == name })
	if !ok {
		c.unfit = true
		return
	}
	c.function(f)
}

// property reports whether to read an attribute calls a method.
func (c *constructor) property(name string) bool {
	_, ok := definition(c.of.Body, func(d *python.FunctionDef) bool { return d.Name == name && len(d.Decorators) > 0 })
	return ok
}

func (c *constructor) function(f *python.FunctionDef) {
	if c.seen[f] || c.unfit {
		return
	}
	c.seen[f] = true
	c.unfit = f.Async || len(f.Decorators) > 0
	python.InspectAll(f.Body, func(n python.Node) bool { return !c.unfit && c.node(f, n) })
}

// node looks at what a function does; false where it need not go below.
func (c *constructor) node(f *python.FunctionDef, n python.Node) bool {
	switch n := n.(type) {
	case *python.Call:
		return c.call(f, n)
	case *python.Assign:
		for _, target := range n.Targets {
			c.stores(f, target)
		}
	case *python.AugAssign:
		c.stores(f, n.Target)
	case *python.For:
		c.stores(f, n.Target)
	case *python.Attribute:
		c.unfit = c.unfit || n.Attr == "environ" || n.Attr == "getenv" || is(n.Value, "self") && c.property(n.Attr)
	case *python.FunctionDef: // called below, or it would not be there
		c.unfit = c.unfit || n.Async || len(n.Decorators) > 0
	case *python.Return, *python.If, *python.ExprStmt, *python.Pass, *python.Keyword, *python.Param:
	case python.Stmt, *python.Lambda, *python.Await, *python.Yield, *python.YieldFrom, *python.NamedExpr, *python.ExceptHandler, *python.Alias:
		c.unfit = true // raises, imports, deletes, or is not looked at
	}
	return true
}

// stores: what is written must be the object's own, or made on the way.
func (c *constructor) stores(f *python.FunctionDef, target python.Expr) {
	switch e := target.(type) {
	case *python.Name:
	case *python.Tuple:
		for _, part := range e.Elts {
			c.stores(f, part)
		}
	case *python.Attribute:
		c.unfit = c.unfit || !is(e.Value, "self") && !c.fresh(f, e.Value)
	case *python.Subscript:
		c.unfit = c.unfit || !c.fresh(f, e.Value)
	default:
		c.unfit = true
	}
}

// fresh reports whether an object was made on the way, and is nobody else's: NAME or
// self.NAME that is given nothing but new dictionaries, lists and harmless classes.
func (c *constructor) fresh(f *python.FunctionDef, e python.Expr) bool {
	body, name := f.Body, dotted(e)
	if rest, own := strings.CutPrefix(name, "self."); own {
		body = c.of.Body
		if strings.Contains(rest, ".") {
			return false
		}
	} else if strings.Contains(name, ".") || name == "" {
		return false
	}
	made, other := false, false
	python.InspectAll(body, func(n python.Node) bool {
		a, ok := n.(*python.Assign)
		if ok && slices.ContainsFunc(a.Targets, func(target python.Expr) bool { return dotted(target) == name }) {
			made = true
			other = other || !c.isNew(a.Value)
		} else if !ok && binds(n, name) {
			other = true
		}
		return true
	})
	return made && !other
}

func (c *constructor) isNew(e python.Expr) bool {
	switch e := e.(type) {
	case *python.Dict, *python.List:
		return true
	case *python.Call:
		return slices.Contains(harmlessClasses, dotted(e.Func))
	}
	return false
}

// What is called without being followed.
var (
	// harmless are functions of Python that do nothing to what they are given.
	harmless = []string{"isinstance", "getattr", "hasattr", "len", "str", "bool"}
	// harmlessMethods ask dictionaries, changingMethods change them and TLS contexts.
	harmlessMethods = []string{"get", "items", "copy"}
	changingMethods = []string{"update", "set_ciphers"}
	// harmlessClasses, of urllib3 and of the standard library, keep what they are given.
	harmlessClasses = []string{"PoolManager", "Timeout", "SSLContext"}
)

// call follows a call; false where it has looked below itself.
func (c *constructor) call(f *python.FunctionDef, call *python.Call) bool {
	switch fn := call.Func.(type) {
	case *python.Name:
		c.named(f, fn.ID)
	case *python.Attribute:
		if dotted(fn) == "os.environ.get" {
			return c.environ(call)
		}
		if is(fn.Value, "self") {
			c.method(fn.Attr)
			break
		}
		own := slices.Contains(changingMethods, fn.Attr) && c.fresh(f, fn.Value)
		c.unfit = c.unfit || !own && !slices.Contains(harmlessMethods, fn.Attr)
	default:
		c.unfit = true
	}
	return true
}

func (c *constructor) environ(call *python.Call) bool {
	if len(call.Args) == 1 && len(call.Keywords) == 0 {
		if name, ok := call.Args[0].(*python.Str); ok {
			c.environment = append(c.environment, name.Value)
			return false
		}
	}
	c.unfit = true
	return false
}

// named follows a call of NAME.
func (c *constructor) named(f *python.FunctionDef, name string) {
	is := func(d *python.FunctionDef) bool { return d.Name == name }
	if _, ok := definition(f.Body, is); ok {
		return // its body is looked at where it stands
	}
	if called, ok := definition(c.body, is); ok {
		c.function(called)
		return
	}
	if _, ok := definition(c.body, func(d *python.ClassDef) bool { return d.Name == name }); ok {
		c.class(name)
		return
	}
	switch {
	case c.rebound(name):
		c.unfit = true
	case slices.Contains(harmlessClasses, name):
		c.costs = c.costs || name == "SSLContext"
	case !slices.Contains(harmless, name):
		c.unfit = true
	}
}

// rebound reports whether the file gives a name another meaning than what it imports
// under it.
func (c *constructor) rebound(name string) bool {
	found := false
	python.InspectAll(c.body, func(n python.Node) bool {
		_, imported := n.(*python.Alias)
		found = found || !imported && binds(n, name)
		return !found
	})
	return found
}
