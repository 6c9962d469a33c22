package shake

import (
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// The forms that the pass tune recognises.

// dotted is an expression such as a.b.c as it is written; empty if it is another.
func dotted(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		return e.ID
	case *python.Attribute:
		if before := dotted(e.Value); before != "" {
			return before + "." + e.Attr
		}
	}
	return ""
}

// importsOnly reports whether a name is bound by `import NAME` in a file, and by
// nothing else: every other use of it reads an attribute.
func importsOnly(file *python.File, name string) bool {
	imported, read, all := false, 0, 0
	python.InspectAll(file.Body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Import:
			imported = imported || slices.ContainsFunc(n.Names, func(a python.Alias) bool { return a.Name == name && a.AsName == "" })
		case *python.Attribute:
			if is(n.Value, name) {
				read++
			}
		case *python.Name:
			if n.ID == name {
				all++
			}
		}
		return true
	})
	return imported && read == all && !bound(file.Body, name)
}

// is reports whether an expression is the name.
func is(e python.Expr, name string) bool {
	n, ok := e.(*python.Name)
	return ok && n.ID == name
}

// bound reports whether anything in the statements may give the name another value.
// An import of it by its own name does not count.
func bound(body []python.Stmt, name string) bool {
	found := false
	python.InspectAll(body, func(n python.Node) bool {
		found = found || binds(n, name)
		return !found
	})
	return found
}

func binds(n python.Node, name string) bool {
	targets := func(all ...python.Expr) bool {
		return slices.ContainsFunc(all, func(e python.Expr) bool { return e != nil && targeted(e, name) })
	}
	switch n := n.(type) {
	case *python.Assign:
		return targets(n.Targets...)
	case *python.AugAssign:
		return targets(n.Target)
	case *python.AnnAssign:
		return targets(n.Target)
	case *python.NamedExpr:
		return n.Target.ID == name
	case *python.For:
		return targets(n.Target)
	case *python.With:
		return slices.ContainsFunc(n.Items, func(i python.WithItem) bool { return targets(i.Target) })
	case *python.Delete:
		return targets(n.Targets...)
	default:
		return declares(n, name)
	}
}

// declares is binds for what holds names as strings.
func declares(n python.Node, name string) bool {
	switch n := n.(type) {
	case *python.Global:
		return slices.Contains(n.Names, name)
	case *python.Nonlocal:
		return slices.Contains(n.Names, name)
	case *python.ExceptHandler:
		return n.Name == name
	case *python.FunctionDef:
		return n.Name == name
	case *python.ClassDef:
		return n.Name == name
	case *python.Param:
		return n.Name == name
	case *python.Alias:
		return n.AsName == name || n.AsName == "" && n.Name == "*"
	case *python.Match:
		return true // its captures are not looked at
	}
	return false
}

// targeted reports whether an assignment to the target gives the name a value. One to
// an attribute or an item does not.
func targeted(target python.Expr, name string) bool {
	any := func(all []python.Expr) bool {
		return slices.ContainsFunc(all, func(e python.Expr) bool { return targeted(e, name) })
	}
	switch e := target.(type) {
	case *python.Name:
		return e.ID == name
	case *python.Tuple:
		return any(e.Elts)
	case *python.List:
		return any(e.Elts)
	case *python.Starred:
		return targeted(e.Value, name)
	}
	return false
}

// usedOutside reports whether a name stands in the function but outside of the loop.
func usedOutside(f *python.FunctionDef, loop *python.For, names ...string) bool {
	found := false
	python.InspectAll(f.Body, func(n python.Node) bool {
		if n == python.Node(loop) {
			return false
		}
		if e, ok := n.(*python.Name); ok && slices.Contains(names, e.ID) {
			found = true
		}
		return !found && !slices.ContainsFunc(names, func(name string) bool { return declares(n, name) })
	})
	return found
}

// twoNames is the target `A, B`.
func twoNames(target python.Expr) (a, b string, ok bool) {
	pair, ok := target.(*python.Tuple)
	if !ok || len(pair.Elts) != 2 {
		return "", "", false
	}
	a, b = dotted(pair.Elts[0]), dotted(pair.Elts[1])
	_, first := pair.Elts[0].(*python.Name)
	_, second := pair.Elts[1].(*python.Name)
	return a, b, first && second && a != b
}

// isItems recognises X.items(), and six.iteritems(X) where Python 2 was supported.
func isItems(e python.Expr) bool {
	call, ok := e.(*python.Call)
	if !ok || len(call.Keywords) > 0 {
		return false
	}
	if dotted(call.Func) == "six.iteritems" {
		return len(call.Args) == 1 && dotted(call.Args[0]) != ""
	}
	method, ok := call.Func.(*python.Attribute)
	return ok && method.Attr == "items" && len(call.Args) == 0 && dotted(method.Value) != ""
}

// split is the statement PARTS = TEXT.split('.').
type split struct{ parts, text, separator string }

func splitting(s python.Stmt) (split, bool) {
	assign, ok := s.(*python.Assign)
	if !ok || len(assign.Targets) != 1 {
		return split{}, false
	}
	parts, ok := assign.Targets[0].(*python.Name)
	if !ok {
		return split{}, false
	}
	receiver, separator, ok := method(assign.Value, "split")
	if !ok {
		return split{}, false
	}
	text, isName := receiver.(*python.Name)
	sep, isText := separator.(*python.Str)
	if !isName || !isText || sep.Value == "" {
		return split{}, false
	}
	return split{parts.ID, text.ID, sep.Value}, true
}

// method is the call X.NAME(ARGUMENT).
func method(e python.Expr, name string) (receiver, argument python.Expr, ok bool) {
	call, ok := e.(*python.Call)
	if !ok || len(call.Args) != 1 || len(call.Keywords) > 0 {
		return nil, nil, false
	}
	f, ok := call.Func.(*python.Attribute)
	if !ok || f.Attr != name {
		return nil, nil, false
	}
	return f.Value, call.Args[0], true
}

// skips recognises the statement by which a turn of the loop of searched ends where
// the text does not hold the key.
func (s split) skips(stmt python.Stmt, key string) bool {
	outer, ok := stmt.(*python.If)
	if !ok || len(outer.Body) != 1 || len(outer.Else) != 1 {
		return false
	}
	separator, in := contains(outer.Test, python.NotIn)
	sep, isText := separator.(*python.Str)
	if !isText || sep.Value != s.separator || !is(in, key) || !s.raises(outer.Body[0], key) {
		return false
	}
	inner, ok := outer.Else[0].(*python.If)
	if !ok || !onlyContinue(inner.Else) {
		return false
	}
	looked, in := contains(inner.Test, python.In)
	return is(looked, key) && is(in, s.text)
}

// raises recognises the search for the key among the parts, which goes on to the next
// where it is none of them.
func (s split) raises(stmt python.Stmt, key string) bool {
	try, ok := stmt.(*python.Try)
	if !ok || try.Star || len(try.Body) != 1 || len(try.Handlers) != 1 || len(try.Else)+len(try.Finally) > 0 {
		return false
	}
	assign, ok := try.Body[0].(*python.Assign)
	if !ok || len(assign.Targets) != 1 || !onlyName(assign.Value) {
		return false
	}
	place, ok := assign.Targets[0].(*python.Subscript)
	if !ok || !is(place.Value, s.parts) {
		return false
	}
	receiver, sought, ok := method(place.Index, "index")
	h := try.Handlers[0]
	return ok && is(receiver, s.parts) && is(sought, key) && h.Name == "" && h.Type != nil && is(h.Type, "ValueError") && onlyContinue(h.Body)
}

// onlyName: to read a name has no other effect.
func onlyName(e python.Expr) bool {
	_, ok := e.(*python.Name)
	return ok
}

// contains is the comparison X OP Y.
func contains(e python.Expr, op python.Operator) (x, y python.Expr) {
	c, ok := e.(*python.Compare)
	if !ok || len(c.Ops) != 1 || c.Ops[0] != op {
		return nil, nil
	}
	return c.Left, c.Comparators[0]
}

func onlyContinue(body []python.Stmt) bool {
	if len(body) != 1 {
		return false
	}
	_, ok := body[0].(*python.Continue)
	return ok
}
