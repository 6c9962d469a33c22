package scan

import (
	"strconv"

	"github.com/coldcut/coldcut/internal/python"
)

// unpack follows the places of a tuple target, from the end where negative.
func (s *solver) unpack(vals set, at []int) set {
	for _, i := range at {
		vals = s.place(vals, i)
	}
	return vals
}

func (s *solver) place(vals set, i int) set {
	var out set
	for _, v := range vals {
		elts, exact := displayed(v.expr)
		switch {
		case v.kind == plain:
		case v.kind == answer || v.kind == unknown:
			out = out.join(v)
		case v.kind == additions:
			out = out.join(s.additions(v, view{})...)
		case v.kind == rest:
			out = out.join(s.restAt(v, i)...)
		case v.kind == row:
			out = out.join(s.column(v, i)...)
		case v.kind != sequence:
			out = out.join(unsure("it is unpacked from something that the scan does not follow"))
		case !exact:
			out = out.join(s.elements(set{v})...)
		default:
			if i < 0 {
				i += len(elts)
			}
			if i >= 0 && i < len(elts) {
				out = out.join(s.expr(elts[i], v.scope)...)
			}
		}
	}
	return out
}

// displayed returns the elements of a tuple or list display without stars.
func displayed(e python.Expr) (elts []python.Expr, exact bool) {
	switch e := e.(type) {
	case *python.Tuple:
		elts = e.Elts
	case *python.List:
		elts = e.Elts
	default:
		return nil, false
	}
	for _, x := range elts {
		if _, starred := x.(*python.Starred); starred {
			return nil, false
		}
	}
	return elts, true
}

// elements returns what iterating over any of vals gives.
func (s *solver) elements(vals set) set {
	var out set
	for _, v := range vals {
		out = out.join(s.elementsOf(v)...)
	}
	return out
}

func (s *solver) elementsOf(v value) set {
	switch v.kind {
	case sequence:
		return s.members(v, false)
	case mapping:
		return s.keys(v)
	case additions:
		return s.additions(v, view{keys: true})
	case rest:
		return s.restElements(v, false)
	case answer, resource: // a collection gives resources
		return set{v}
	case plain:
		return nil
	case unknown:
		return set{v}
	}
	return set{unsure("it comes from a loop over something that the scan does not follow")}
}

// members evaluates the elements of a display or comprehension; of a mapping, its values.
func (s *solver) members(v value, values bool) set {
	type question struct {
		of     value
		values bool
	}
	return s.answer(question{v, values}, func() set { return s.membersOf(v, values) })
}

func (s *solver) membersOf(v value, values bool) set {
	var out set
	switch e := v.expr.(type) {
	case *python.List:
		out = s.all(e.Elts, v.scope)
	case *python.Tuple:
		out = s.all(e.Elts, v.scope)
	case *python.Set:
		out = s.all(e.Elts, v.scope)
	case *python.ListComp:
		out = s.expr(e.Elt, v.scope.unit.inner[e])
	case *python.SetComp:
		out = s.expr(e.Elt, v.scope.unit.inner[e])
	case *python.GeneratorExp:
		out = s.expr(e.Elt, v.scope.unit.inner[e])
	case *python.Dict:
		out = s.dictValues(e, v.scope)
	case *python.DictComp:
		out = s.expr(e.Value, v.scope.unit.inner[e])
	case *python.Call:
		out = s.callElements(e, v.scope, values)
	case nil: // a generator function's
		for _, y := range v.scope.yields {
			out = out.join(s.expr(y, v.scope)...)
		}
		for _, d := range v.scope.delegates {
			out = out.join(s.elements(s.expr(d, v.scope))...)
		}
	}
	return out
}

func (s *solver) all(elts []python.Expr, in *scope) set {
	var out set
	for _, e := range elts {
		if out.full() {
			break
		}
		if star, ok := e.(*python.Starred); ok {
			out = out.join(s.elements(s.expr(star.Value, in))...)
			continue
		}
		out = out.join(s.expr(e, in)...)
	}
	return out
}

func (s *solver) dictValues(e *python.Dict, in *scope) set {
	var out set
	for i, k := range e.Keys {
		if out.full() {
			break
		}
		if k == nil {
			out = out.join(s.valuesOf(s.expr(e.Values[i], in))...)
			continue
		}
		out = out.join(s.expr(e.Values[i], in)...)
	}
	return out
}

// keys evaluates the keys of a mapping.
func (s *solver) keys(v value) set {
	type question struct{ keysOf value }
	return s.answer(question{v}, func() set { return s.keysOf(v) })
}

func (s *solver) keysOf(v value) set {
	switch e := v.expr.(type) {
	case *python.Dict:
		var out set
		for i, k := range e.Keys {
			if out.full() {
				break
			}
			if k == nil {
				out = out.join(s.elements(s.expr(e.Values[i], v.scope))...)
				continue
			}
			out = out.join(s.expr(k, v.scope)...)
		}
		return out
	case *python.DictComp:
		return s.expr(e.Key, v.scope.unit.inner[e])
	case *python.Call: // dict(...)
		out := s.keywordNames(e, v.scope)
		for _, a := range e.Args {
			out = out.join(s.elements(s.expr(a, v.scope))...)
		}
		return out
	}
	return set{unsure("the scan does not follow how the dictionary is made")}
}

// valuesOf returns the values that any of the mappings or sequences hold.
func (s *solver) valuesOf(vals set) set {
	var out set
	for _, v := range vals {
		switch v.kind {
		case mapping, sequence:
			out = out.join(s.members(v, true)...)
		case additions:
			out = out.join(s.additions(v, view{})...)
		case rest:
			out = out.join(s.restElements(v, true)...)
		case answer:
			out = out.join(v)
		case plain:
		case unknown:
			out = out.join(v)
		default:
			out = out.join(unsure("it is looked up in something that the scan does not follow"))
		}
	}
	return out
}

// holds reports whether a container is in the set; whatever operator joins two, the
// result holds nothing else.
func holds(s set) bool { return s.any(sequence) || s.any(mapping) || s.any(rest) }

// subscript evaluates x[i] as any of the values that x holds, or the one at a
// constant key that only a display writes.
func (s *solver) subscript(e *python.Subscript, in *scope) set {
	if of := viewOf(e.Value); of != nil {
		return s.viewed(of, e.Index, in)
	}
	if isNamespace(e.Value) {
		return s.ofNamespace(e.Index, in)
	}
	base := s.expr(e.Value, in)
	if _, slice := e.Index.(*python.Slice); slice && holds(base) && !base.any(text) {
		return base
	}
	at, index := place(e.Index)
	var out set
	for _, v := range base {
		switch v.kind {
		case mapping:
			out = out.join(s.item(v, s.expr(e.Index, in))...)
		case additions:
			out = out.join(s.additions(v, viewAt(s.expr(e.Index, in)))...)
		case rest, sequence:
			if index {
				out = out.join(s.place(set{v}, at)...)
			} else {
				out = out.join(s.item(v, s.expr(e.Index, in))...)
			}
		case answer:
			out = out.join(v)
		case global:
			out = out.join(s.ofGlobal(v.text, e.Index, in)...)
		case text:
			out = out.join(unsure("it is a part of a string"))
		default:
			out = out.join(s.valuesOf(set{v})...)
		}
	}
	return out
}

// isNamespace reports whether an expression is the dictionary of names around it.
func isNamespace(e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok || len(c.Args) > 0 {
		return false
	}
	n, ok := c.Func.(*python.Name)
	return ok && (n.ID == "globals" || n.ID == "locals" || n.ID == "vars")
}

// ofNamespace evaluates globals()["name"].
func (s *solver) ofNamespace(name python.Expr, in *scope) set {
	var out set
	for _, n := range s.expr(name, in) {
		b := in.lookup(n.text)
		if n.kind != text || b == nil {
			out = out.join(unsure("it is a name that the scan does not follow"))
			continue
		}
		out = out.join(s.binding(b)...)
	}
	return out
}

// viewOf is x in vars(x) and x.__dict__; nil for anything else.
func viewOf(e python.Expr) python.Expr {
	switch e := e.(type) {
	case *python.Attribute:
		if e.Attr == "__dict__" {
			return e.Value
		}
	case *python.Call:
		if lastName(e.Func) == "vars" && len(e.Args) == 1 {
			return e.Args[0]
		}
	}
	return nil
}

// viewed evaluates vars(x)["name"]: x.name, without what only reading an attribute does.
func (s *solver) viewed(of, name python.Expr, in *scope) set {
	var out set
	for _, n := range s.expr(name, in) {
		if n.kind != text {
			out = out.join(unsure("it is read as an attribute by a name that the scan does not follow"))
			continue
		}
		for _, v := range s.expr(of, in) {
			out = out.join(s.attributeOf(v, n.text, in.unit.file)...)
		}
	}
	return out
}

// ofGlobal evaluates an item of what is outside the sources: sys.modules holds the
// modules of the sources and boto's.
func (s *solver) ofGlobal(dotted string, index python.Expr, in *scope) set {
	if dotted != "sys.modules" {
		return set{unsure("it is read from %s", dotted)}
	}
	if n, ok := index.(*python.Name); ok && n.ID == "__name__" {
		return set{{kind: module, file: in.unit.file}}
	}
	var out set
	for _, key := range s.expr(index, in) {
		if key.kind == text {
			out = out.join(s.moduleValue(key.text, in.unit.file)...)
		} else {
			out = out.join(unsure("it is read from sys.modules by a name that the scan does not follow"))
		}
	}
	return out
}

// place reads an index that is written as a number.
func place(e python.Expr) (int, bool) {
	n, ok := e.(*python.Num)
	if !ok {
		return 0, false
	}
	at, err := strconv.Atoi(n.Text)
	return at, err == nil
}

// viewAt asks for the values under the one key that is known.
func viewAt(keys set) view {
	if len(keys) == 1 && keys[0].kind == text {
		return view{key: keys[0].text}
	}
	return view{}
}

// item looks constant keys up in a display; any other key may be any value.
func (s *solver) item(v value, keys set) set {
	if v.kind == rest {
		return s.restItem(v, keys)
	}
	var out set
	d, ok := v.expr.(*python.Dict)
	if !ok {
		return s.itemOfCall(v, keys)
	}
	for i, k := range d.Keys {
		switch {
		case k == nil:
			out = out.join(s.spread(d.Values[i], v.scope, viewAt(keys).key)...)
		case s.mayEqual(s.expr(k, v.scope), keys):
			out = out.join(s.expr(d.Values[i], v.scope)...)
		}
	}
	return out
}

// spread evaluates what a dictionary that is spread in a display with ** holds under
// a key; under any, where the key is not known.
func (s *solver) spread(e python.Expr, in *scope, key string) set {
	type question struct {
		spread python.Expr
		key    string
	}
	return s.answer(question{e, key}, func() set {
		if key == "" {
			return s.valuesOf(s.expr(e, in))
		}
		return s.entry(e, in, key)
	})
}

// itemOfCall looks constant keys up in dict(key=value).
func (s *solver) itemOfCall(v value, keys set) set {
	type question struct {
		in  value
		key string
	}
	c, ok := v.expr.(*python.Call)
	key := viewAt(keys).key
	if !ok || v.kind != mapping || key == "" {
		return s.valuesOf(set{v})
	}
	return s.answer(question{v, key}, func() set {
		if e := keyword(c, key); e != nil {
			return s.expr(e, v.scope)
		}
		var out set
		for _, k := range c.Keywords {
			if k.Name == "" {
				out = out.join(s.entry(k.Value, v.scope, key)...)
			}
		}
		for _, a := range c.Args {
			out = out.join(s.entry(a, v.scope, key)...)
		}
		return out
	})
}

// mayEqual reports whether two sets can have a value in common.
func (s *solver) mayEqual(a, b set) bool {
	for _, v := range a {
		if v.kind != text || b.has(v) {
			return true
		}
	}
	for _, v := range b {
		if v.kind != text {
			return true
		}
	}
	return false
}
