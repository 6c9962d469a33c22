package python

import (
	"bytes"
	"strings"
)

// permitted names the reason for which a difference is as it should be, or
// returns "". Nearly all are syntax that only other versions have.
func permitted(minor int, src []byte, difference string) string {
	f, err := Parse(src)
	switch {
	case minor == 6 && !strings.HasPrefix(difference, theyRefuse) && bytes.Contains(src, []byte("await")):
		return "3.6: await before a bracket reads as the keyword"
	case err != nil:
		return refusedHere(minor, err.Error())
	case strings.HasPrefix(difference, namesDiffer) && bytes.Contains(src, []byte(`\N{`)):
		return `\N{ALIAS} reads as U+FFFD`
	case !strings.HasPrefix(difference, theyRefuse):
		return ""
	}
	e := epochs{file: f, minor: minor}
	for _, s := range f.Body {
		Inspect(s, e.visit)
	}
	return e.reason
}

// refusedHere names what an old version's ast.parse accepts and this parser
// does not. None of it could run, or else the program is refused as a whole.
func refusedHere(minor int, message string) string {
	if minor <= 8 && strings.HasSuffix(message, "cannot use starred expression here") {
		return "3.8: (*a) and del *a parse, but cannot be compiled"
	}
	return ""
}

// epochs looks for syntax that a version does not have.
type epochs struct {
	file   *File
	minor  int
	reason string
}

// only notes syntax that exists from one version to another, 0 being the last.
func (e *epochs) only(found bool, since, last int, reason string) {
	if found && e.reason == "" && (e.minor < since || last > 0 && e.minor > last) {
		e.reason = reason
	}
}

func (e *epochs) text(s Span) string { return string(e.file.Text[s.Start:s.End]) }

func (e *epochs) visit(n Node) bool {
	if x, ok := n.(Expr); ok {
		e.expr(x)
	}
	switch n := n.(type) {
	case *Keyword:
		e.only(e.file.Text[n.Start] == '(', 0, 7, "3.7: a keyword argument's name in parentheses")
		e.name(n.Name)
	case *Param:
		_, star := n.Annotation.(*Starred)
		e.only(star, 11, 0, "3.11: a starred annotation")
		e.name(n.Name)
	case *TypeParam:
		e.only(true, 12, 0, "3.12: type parameters")
		e.name(n.Name)
		e.only(n.Default != nil, 13, 0, "3.13: defaults of type parameters")
	case *ExceptHandler:
		_, tuple := n.Type.(*Tuple)
		e.only(tuple && e.bare(n.Type), 14, 0, "3.14: exceptions without parentheses")
		e.name(n.Name)
	case *Alias:
		e.name(n.Name)
		e.name(n.AsName)
	case *MatchAs:
		e.name(n.Name)
	case *MatchStar:
		e.name(n.Name)
	case *MatchMapping:
		e.name(n.Rest)
	case *MatchClass:
		e.name(strings.Join(n.Names, "."))
	case Stmt:
		e.stmt(n)
	}
	return true
}

func (e *epochs) name(id string) {
	for _, part := range strings.Split(id, ".") {
		word := part == "async" || part == "await"
		e.only(word, 0, 6, "3.6: async and await as names")
		e.only(word && bytes.Contains(e.file.Text, []byte("async def")), 7, 0, "3.6: async and await as names in a coroutine")
	}
}

// bare tells whether a tuple has no parentheses. It may start with those of
// its first item.
func (e *epochs) bare(x Expr) bool {
	t, ok := x.(*Tuple)
	return ok && len(t.Elts) > 0 && (t.Start == t.Elts[0].Bounds().Start || e.file.Text[t.End-1] != ')')
}

// unpacks tells whether x is a tuple without parentheses that has a *.
func (e *epochs) unpacks(x Expr) bool { return e.bare(x) && hasStar(x) }

func hasStar(x Expr) bool {
	switch x := x.(type) {
	case *Starred:
		return true
	case *Tuple:
		for _, item := range x.Elts {
			if _, ok := item.(*Starred); ok {
				return true
			}
		}
	}
	return false
}

func hasNamed(x Expr) bool {
	switch x := x.(type) {
	case *NamedExpr:
		return true
	case *Tuple:
		for _, item := range x.Elts {
			if _, ok := item.(*NamedExpr); ok {
				return true
			}
		}
	}
	return false
}

func (e *epochs) expr(x Expr) {
	switch x := x.(type) {
	case *Name:
		e.name(x.ID)
	case *Attribute:
		e.name(x.Attr)
	case *NamedExpr:
		e.only(true, 8, 0, "3.8: :=")
		e.only(e.file.Text[x.Start] == '(', 8, 8, "3.8: := after a name in parentheses")
	case *Lambda:
		e.params(x.Params)
	case *Await:
		e.only(true, 7, 0, "3.7: await outside of a coroutine")
	case *TemplateStr:
		e.only(true, 14, 0, "3.14: t-strings")
	case *JoinedStr:
		e.formatted(x)
	case *Yield:
		e.only(x.Value != nil && e.unpacks(x.Value), 8, 0, "3.8: * in return and yield")
	case *Subscript:
		e.only(hasStar(x.Index), 11, 0, "3.11: * in a subscript")
		e.only(hasNamed(x.Index), 10, 0, "3.10: := in a subscript")
	case *Set:
		for _, item := range x.Elts {
			e.only(hasNamed(item), 9, 0, "3.9: := in a set")
		}
	case *Call:
		for _, argument := range x.Args {
			g, ok := argument.(*GeneratorExp)
			e.only(ok && e.file.Text[g.End-1] == ',', 0, 6, "3.6: a comma after a generator argument")
		}
	case *GeneratorExp:
		e.comprehension(x.Elt, x.Generators)
	case *ListComp:
		e.comprehension(x.Elt, x.Generators)
	case *SetComp:
		e.only(hasNamed(x.Elt), 9, 0, "3.9: := in a set")
		e.comprehension(x.Elt, x.Generators)
	case *DictComp:
		e.only(x.Value == nil, 15, 0, "3.15: unpacking in a comprehension")
		e.comprehension(x.Key, x.Generators)
	}
}

func (e *epochs) comprehension(elt Expr, generators []Comprehension) {
	e.only(hasStar(elt) && !isTuple(elt), 15, 0, "3.15: unpacking in a comprehension")
	for _, c := range generators {
		e.only(c.Async, 7, 0, "3.7: async for outside of a coroutine")
		for _, condition := range c.Ifs {
			_, lambda := condition.(*Lambda)
			e.only(lambda, 0, 8, "3.8: lambda as a condition")
		}
	}
}

func isTuple(x Expr) bool {
	_, ok := x.(*Tuple)
	return ok
}

func (e *epochs) params(p *Params) { e.only(p.PosOnly != nil, 8, 0, "3.8: positional-only parameters") }

// formatted looks at what the fields of an f-string hold.
func (e *epochs) formatted(j *JoinedStr) {
	for n, v := range j.Values {
		field, ok := v.(*FormattedValue)
		if !ok {
			continue
		}
		source := e.text(field.Span)
		e.only(strings.ContainsAny(source, "\\#\n\r"), 12, 0, "3.12: backslashes, comments and line ends in f-strings")
		e.only(strings.ContainsAny(source, `"'`), 12, 0, "3.12: nested quotes in f-strings")
		_, after, _ := strings.Cut(e.text(Span{field.Value.Bounds().End, field.End}), "!"+string(field.Conversion))
		e.only(field.Conversion != 0 && strings.HasPrefix(after, " "), 12, 0, "3.12: space after a conversion")
		e.only(hasStar(field.Value), 12, 0, "3.12: * in an f-string")
		if n > 0 {
			text, ok := j.Values[n-1].(*Str)
			e.only(ok && strings.HasSuffix(strings.TrimRight(text.Value, " "), "="), 8, 0, "3.8: {x=}")
		}
		if field.Spec != nil {
			for _, inner := range field.Spec.Values {
				nested, ok := inner.(*FormattedValue)
				e.only(ok && nested.Spec != nil && len(nested.Spec.Values) > 0, 12, 0, "3.12: deeper format specs")
			}
		}
	}
}

func (e *epochs) stmt(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		e.name(s.Name)
		e.params(s.Params)
		e.decorators(s.Decorators)
	case *ClassDef:
		e.name(s.Name)
		e.decorators(s.Decorators)
		for _, base := range s.Bases {
			if g, ok := base.(*GeneratorExp); ok {
				before := strings.TrimRight(string(e.file.Text[:g.Start]), " ")
				e.only(!strings.HasSuffix(before, "(") && !strings.HasSuffix(before, ","), 0, 6, "3.6: a generator as bases")
			}
		}
	case *Return:
		e.only(s.Value != nil && e.unpacks(s.Value), 8, 0, "3.8: * in return and yield")
	case *AnnAssign:
		_, yield := s.Value.(*Yield)
		_, from := s.Value.(*YieldFrom)
		e.only(yield || from || s.Value != nil && e.bare(s.Value), 8, 0, "3.8: a tuple or yield after an annotation")
		e.only(strings.HasPrefix(strings.ReplaceAll(e.text(s.Span), " ", ""), "(("), 8, 0, "3.8: an annotated target in two parentheses")
	case *TypeAlias:
		e.only(true, 12, 0, "3.12: the type statement")
	case *For:
		e.only(hasStar(s.Iter), 9, 0, "3.9: * in the iterable of a loop")
		e.only(s.Async, 7, 0, "3.7: async for outside of a coroutine")
	case *With:
		e.only(s.Async, 7, 0, "3.7: async with outside of a coroutine")
		text := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(e.text(s.Span), "async"), "with"), " ")
		e.only(strings.HasPrefix(text, "("), 9, 0, "3.9: parentheses around with items")
	case *Match:
		e.only(true, 10, 0, "3.10: the match statement")
		e.only(strings.Contains(e.text(s.Span), "+"), 15, 0, "3.15: a plus sign in a pattern")
	case *Try:
		e.only(s.Star, 11, 0, "3.11: except*")
	case *Import:
		e.only(s.Lazy, 15, 0, "3.15: lazy imports")
	case *ImportFrom:
		e.name(s.Module)
		e.only(s.Lazy, 15, 0, "3.15: lazy imports")
	case *Global:
		e.name(strings.Join(s.Names, "."))
	case *Nonlocal:
		e.name(strings.Join(s.Names, "."))
	}
}

// decorators looks for those that are no dotted name or call of one.
func (e *epochs) decorators(list []Expr) {
	for _, d := range list {
		if c, ok := d.(*Call); ok && e.file.Text[c.Start] != '(' {
			d = c.Func
		}
		for {
			a, ok := d.(*Attribute)
			if !ok {
				break
			}
			d = a.Value
		}
		_, name := d.(*Name)
		e.only(!name || strings.Contains(e.text(d.Bounds()), "("), 9, 0, "3.9: any expression as a decorator")
	}
}
