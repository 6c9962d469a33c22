package imports

import (
	"slices"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// constants works out the texts that a module's top makes of literals, in the few ways
// in which the parts of a regular expression are put together.
type constants struct {
	m *module
	// seen are the uses of names that were followed.
	seen map[*python.Name]bool
	// shared are names of lists and dictionaries, which other code could change.
	shared map[string]bool
	// local is the text that the variable of a comprehension stands for.
	local map[string]string
	depth int
}

// text is the value of an expression, if it is a text that can be worked out.
func (m *module) text(e python.Expr) (string, bool) {
	c := &constants{m: m, seen: map[*python.Name]bool{}, shared: map[string]bool{}, local: map[string]string{}}
	text, ok := c.text(e)
	if !ok {
		return "", false
	}
	for _, u := range m.surface.uses {
		if c.shared[u.name.ID] && !c.seen[u.name] {
			return "", false
		}
	}
	return text, true
}

// assigned is what the only statement that binds a name binds it to.
func (c *constants) assigned(n *python.Name, shared bool) python.Expr {
	c.seen[n] = true
	if c.m.surface.bound[n.ID] != 1 || c.m.surface.barred[n.ID] != "" || c.depth > 20 {
		return nil
	}
	if shared {
		c.shared[n.ID] = true
	}
	for _, s := range c.m.file.Body {
		if a, ok := s.(*python.Assign); ok && len(a.Targets) == 1 && a.Start < n.Start {
			if target, ok := a.Targets[0].(*python.Name); ok && target.ID == n.ID {
				return a.Value
			}
		}
	}
	return nil
}

func (c *constants) text(e python.Expr) (string, bool) {
	c.depth++
	defer func() { c.depth-- }()
	switch e := e.(type) {
	case *python.Str:
		return e.Value, true
	case *python.Name:
		if text, ok := c.local[e.ID]; ok {
			return text, true
		}
		return c.text(c.assigned(e, false))
	case *python.BinOp:
		left, ok := c.text(e.Left)
		if !ok {
			return "", false
		}
		switch e.Op {
		case python.Add:
			right, ok := c.text(e.Right)
			return left + right, ok
		case python.Mod:
			values, ok := c.mapping(e.Right)
			if !ok {
				return "", false
			}
			return interpolated(left, values)
		}
	case *python.Subscript:
		return c.slice(e)
	case *python.Call:
		return c.call(e)
	}
	return "", false
}

// call is "…".format(NAME=…) or "…".join([…]).
func (c *constants) call(e *python.Call) (string, bool) {
	method, ok := e.Func.(*python.Attribute)
	if !ok {
		return "", false
	}
	of, ok := c.text(method.Value)
	if !ok {
		return "", false
	}
	switch {
	case method.Attr == "format" && len(e.Args) == 0:
		values := map[string]string{}
		for _, k := range e.Keywords {
			if values[k.Name], ok = c.text(k.Value); !ok || k.Name == "" {
				return "", false
			}
		}
		return formatted(of, values)
	case method.Attr == "join" && len(e.Args) == 1 && len(e.Keywords) == 0:
		list, ok := c.list(e.Args[0])
		return strings.Join(list, of), ok
	}
	return "", false
}

// slice is TEXT[1:-1].
func (c *constants) slice(e *python.Subscript) (string, bool) {
	text, ok := c.text(e.Value)
	part, sliced := e.Index.(*python.Slice)
	if !ok || !sliced || part.Step != nil {
		return "", false
	}
	runes := []rune(text)
	from, ok := bound(part.Lower, 0, len(runes))
	to, also := bound(part.Upper, len(runes), len(runes))
	if !ok || !also || from > to {
		return "", false
	}
	return string(runes[from:to]), true
}

// bound is an end of a slice.
func bound(e python.Expr, otherwise, length int) (int, bool) {
	if e == nil {
		return otherwise, true
	}
	sign := 1
	if minus, ok := e.(*python.UnaryOp); ok && minus.Op == python.USub {
		e, sign = minus.Operand, -1
	}
	number, ok := e.(*python.Num)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(number.Text)
	if err != nil {
		return 0, false
	}
	if sign < 0 {
		n = length - n
	}
	return n, n >= 0 && n <= length
}

// mapping is a dictionary of texts.
func (c *constants) mapping(e python.Expr) (map[string]string, bool) {
	if n, ok := e.(*python.Name); ok {
		e = c.assigned(n, true)
	}
	d, ok := e.(*python.Dict)
	if !ok {
		return nil, false
	}
	values := map[string]string{}
	for i, k := range d.Keys {
		name, ok := k.(*python.Str)
		if !ok {
			return nil, false
		}
		if values[name.Value], ok = c.text(d.Values[i]); !ok {
			return nil, false
		}
	}
	return values, true
}

// list is a list of texts, or one made of another.
func (c *constants) list(e python.Expr) ([]string, bool) {
	if n, ok := e.(*python.Name); ok {
		e = c.assigned(n, true)
	}
	var all []string
	switch e := e.(type) {
	case *python.List:
		for _, one := range e.Elts {
			text, ok := c.text(one)
			if !ok {
				return nil, false
			}
			all = append(all, text)
		}
		return all, true
	case *python.ListComp:
		return c.comprehension(e)
	}
	return nil, false
}

// comprehension is [TEXT for NAME in LIST].
func (c *constants) comprehension(e *python.ListComp) ([]string, bool) {
	g := e.Generators[0]
	name, ok := g.Target.(*python.Name)
	if !ok || len(e.Generators) != 1 || len(g.Ifs) > 0 || g.Async || len(c.local) > 0 {
		return nil, false
	}
	from, ok := c.list(g.Iter)
	if !ok {
		return nil, false
	}
	defer delete(c.local, name.ID)
	var all []string
	for _, one := range from {
		c.local[name.ID] = one
		text, ok := c.text(e.Elt)
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

// interpolated is TEXT % VALUES, of %(name)s and %% alone.
func interpolated(text string, values map[string]string) (string, bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		if rest, ok := strings.CutPrefix(after, "%"); ok {
			out.WriteByte('%')
			text = rest
			continue
		}
		name, rest, ok := strings.Cut(strings.TrimPrefix(after, "("), ")s")
		value, known := values[name]
		if !ok || !known || after[0] != '(' {
			return "", false
		}
		out.WriteString(value)
		text = rest
	}
}

// formatted is TEXT.format(**VALUES), of {name} alone.
func formatted(text string, values map[string]string) (string, bool) {
	if slices.ContainsFunc([]string{"{{", "}}"}, func(s string) bool { return strings.Contains(text, s) }) {
		return "", false
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String(), !strings.Contains(before, "}")
		}
		name, rest, ok := strings.Cut(after, "}")
		value, known := values[name]
		if !ok || !known || strings.Contains(before, "}") {
			return "", false
		}
		out.WriteString(value)
		text = rest
	}
}
