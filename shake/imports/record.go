package imports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// thunk is an expression that is written as a lambda, since what it gives can be had
// later: head before it, tail behind.
type thunk struct {
	expr       python.Expr
	head, tail string
}

// record finds what can wait in a data class at the module's top. Python's own module
// dataclasses takes longer to import than most of what it is imported for, as it needs
// inspect, and that a parser. Making an object of a class all of whose fields have a
// default, without giving it any, does not need it:
//
//	@dataclass
//	class NAME:
//	    """…"""
//	    FIELD: str = "constant"
//	    FIELD: set = field(default_factory=set)
//
// Whatever else is asked of the class has it made as before, see runtime.py. Annotations
// must be of Python's own types: others, such as ClassVar, may be no fields at all.
func (r *reader) record(c *python.ClassDef) []thunk {
	if r.scope != nil || r.deferred || len(c.Decorators) != 1 || len(c.Bases)+len(c.Keywords)+len(c.TypeParams) > 0 {
		return nil
	}
	own := map[string]bool{}
	bindings(c.Body, func(name string) { own[name] = true }, nil, nil)
	decorator := c.Decorators[0]
	if r.origin(decorator, nil) != "dataclasses.dataclass" { // with arguments it does other things
		return nil
	}
	waits, fields := []thunk{{}}, []string{}
	for i, s := range c.Body {
		switch s := s.(type) {
		case *python.Pass:
		case *python.ExprStmt:
			if _, doc := s.Value.(*python.Str); !doc || i > 0 {
				return nil
			}
		case *python.AnnAssign:
			name, ok := s.Target.(*python.Name)
			if !ok || s.Value == nil || !r.builtinType(s.Annotation, own) || name.ID[0] == '_' {
				return nil
			}
			fields = append(fields, name.ID)
			if isConstant(s.Value) {
				continue
			}
			factory, ok := r.factory(s.Value, own)
			if !ok {
				return nil
			}
			waits = append(waits, thunk{s.Value, "_coldcut_names.field(lambda: ", fmt.Sprintf(", %s)", factory)})
		default:
			return nil
		}
	}
	waits[0] = thunk{decorator, "_coldcut_names.record(lambda: ", fmt.Sprintf(", %q)", strings.Join(fields, " "))}
	return waits
}

// origin is what an expression names as far as the imports of the top tell; empty where
// its name is bound otherwise, or among those of a class.
func (r *reader) origin(e python.Expr, class map[string]bool) string {
	switch e := e.(type) {
	case *python.Name:
		if r.out.bound[e.ID] == 1 && !class[e.ID] {
			return r.imported[e.ID]
		}
	case *python.Attribute:
		if base := r.origin(e.Value, class); base != "" {
			return base + "." + e.Attr
		}
	}
	return ""
}

// importedNames are the names that imports at a module's top bind, with what they name.
func importedNames(body []python.Stmt) map[string]string {
	names := map[string]string{}
	for _, s := range body {
		switch s := s.(type) {
		case *python.Import:
			for _, a := range s.Names {
				if a.AsName != "" {
					names[a.AsName] = a.Name
				} else {
					names[first(a.Name)] = first(a.Name)
				}
			}
		case *python.ImportFrom:
			for _, a := range s.Names {
				if s.Level == 0 {
					names[own(a)] = s.Module + "." + a.Name
				}
			}
		}
	}
	return names
}

// given reports whether a name is Python's own here.
func (r *reader) given(e python.Expr, class map[string]bool, names ...string) bool {
	n, ok := e.(*python.Name)
	return ok && slices.Contains(names, n.ID) && r.out.bound[n.ID] == 0 && !class[n.ID]
}

// builtinType reports whether an annotation is made of Python's own types.
func (r *reader) builtinType(e python.Expr, class map[string]bool) bool {
	switch e := e.(type) {
	case *python.Name:
		return r.given(e, class, "bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple")
	case *python.Singleton:
		return e.Text == "None"
	case *python.BinOp:
		return e.Op == python.BitOr && r.builtinType(e.Left, class) && r.builtinType(e.Right, class)
	case *python.Subscript:
		return r.builtinType(e.Value, class) && r.builtinType(e.Index, class)
	case *python.Tuple:
		return !slices.ContainsFunc(e.Elts, func(e python.Expr) bool { return !r.builtinType(e, class) })
	}
	return false
}

// factory is the type whose objects a field begins with: field(default_factory=set).
func (r *reader) factory(e python.Expr, class map[string]bool) (string, bool) {
	call, ok := e.(*python.Call)
	if !ok || len(call.Args) > 0 || len(call.Keywords) != 1 || call.Keywords[0].Name != "default_factory" {
		return "", false
	}
	made := call.Keywords[0].Value
	if r.origin(call.Func, class) != "dataclasses.field" || !r.given(made, class, "dict", "list", "set") {
		return "", false
	}
	return made.(*python.Name).ID, true
}

// isConstant reports whether an expression is a constant that data classes take as a
// default.
func isConstant(e python.Expr) bool {
	switch e := e.(type) {
	case *python.Str, *python.Bytes, *python.Num:
		return true
	case *python.Singleton:
		return e.Text != "..."
	}
	return false
}

// later visits an expression that becomes the body of a lambda.
func (r *reader) later(e python.Expr) {
	outer, deferred, fixed := r.scope, r.deferred, r.fixed
	r.scope, r.deferred, r.fixed = &scope{parent: outer, bound: map[string]bool{}}, true, ""
	r.perhaps(func() { r.node(e) })
	r.scope, r.deferred, r.fixed = outer, deferred, fixed
}

// waits reports whether an expression is one that is written as a lambda.
func (s *surface) waits(e python.Expr) bool {
	if slices.ContainsFunc(s.defaults, func(d keptDefault) bool { return d.expr == e }) {
		return true
	}
	return slices.ContainsFunc(s.records, func(waits []thunk) bool {
		return slices.ContainsFunc(waits, func(t thunk) bool { return t.expr == e })
	})
}

// records has data classes wait whose module does.
func (w *writer) records() {
	for _, waits := range w.m.surface.records {
		if !slices.ContainsFunc(waits, w.defers) {
			continue
		}
		for _, t := range waits {
			w.thunk(t)
		}
	}
}

// defers reports whether an expression needs a name that is deferred.
func (w *writer) defers(t thunk) bool {
	return slices.ContainsFunc(w.m.surface.uses, func(u use) bool {
		return within(u.name, t.expr) && w.m.lazy(u.name.ID) != nil
	})
}

// thunk makes a lambda of an expression.
func (w *writer) thunk(t thunk) {
	at := t.expr.Bounds()
	w.edits = append(w.edits, edit{python.Span{Start: at.Start, End: at.Start}, t.head}, edit{python.Span{Start: at.End, End: at.End}, t.tail})
}
