package python

// atom parses an operand without operators.
func (p *parser) atom() Expr {
	switch p.kind {
	case kindName, kindAsync, kindAwait:
		return p.nameExpr()
	case kindNumber:
		t := p.next()
		n := p.nums.one()
		n.Span, n.Text = Span{t.start, t.end}, p.text[t.start:t.end]
		return n
	case kindString, kindFStringStart:
		return p.strings()
	case kindTrue, kindFalse, kindNone, kindEllipsis:
		t := p.next()
		s := p.singletons.one()
		s.Span, s.Text = Span{t.start, t.end}, p.text[t.start:t.end]
		return s
	case kindLeftParen:
		return p.parenthesized()
	case kindLeftBracket:
		return p.list()
	case kindLeftBrace:
		return p.braces()
	}
	p.fail("expected an expression")
	return nil
}

func (p *parser) nameExpr() *Name {
	t := p.token()
	n := p.names.one()
	n.ID = p.name()
	n.Span = Span{t.start, t.end}
	return n
}

// parenthesized parses a tuple, a generator or an expression in parentheses,
// which keeps its own span.
func (p *parser) parenthesized() Expr {
	start := p.next().start
	if p.kind == kindYield {
		e := p.yield()
		p.expect(kindRightParen, ")")
		return e
	}
	mark := len(p.exprStack)
	if p.accept(kindRightParen) {
		return p.tuple(start, mark)
	}
	e := p.starNamedExpr()
	switch {
	case p.atFor():
		generators := p.generators()
		p.expect(kindRightParen, ")")
		return &GeneratorExp{Span: p.span(start), Elt: e, Generators: generators}
	case p.kind == kindComma:
		p.push(e)
		p.restOfDisplay(kindRightParen, ")")
		return p.tuple(start, mark)
	}
	if _, ok := e.(*Starred); ok {
		p.failAt(e.Bounds().Start, "cannot use starred expression here")
	}
	p.expect(kindRightParen, ")")
	return e
}

// restOfDisplay parses the items of a tuple, list or set from a comma on.
func (p *parser) restOfDisplay(end kind, spelling string) {
	for p.accept(kindComma) && p.kind != end {
		p.push(p.starNamedExpr())
	}
	p.expect(end, spelling)
}

// list parses a list or a list comprehension.
func (p *parser) list() Expr {
	start := p.next().start
	if p.accept(kindRightBracket) {
		return &List{Span: p.span(start)}
	}
	e := p.starNamedExpr()
	if p.atFor() {
		generators := p.generators()
		p.expect(kindRightBracket, "]")
		return &ListComp{Span: p.span(start), Elt: e, Generators: generators}
	}
	mark := len(p.exprStack)
	p.push(e)
	p.restOfDisplay(kindRightBracket, "]")
	return &List{Span: p.span(start), Elts: p.takeExprs(mark)}
}

// braces parses a dictionary, a set or a comprehension of either.
func (p *parser) braces() Expr {
	start := p.next().start
	if p.accept(kindRightBrace) {
		return &Dict{Span: p.span(start)}
	}
	if p.kind == kindDoubleStar {
		return p.dict(start, nil)
	}
	named := p.kind == kindStar || p.peek() == kindWalrus
	e := p.starNamedExpr()
	if p.kind == kindColon && !named {
		return p.dict(start, e)
	}
	if p.atFor() {
		generators := p.generators()
		p.expect(kindRightBrace, "}")
		return &SetComp{Span: p.span(start), Elt: e, Generators: generators}
	}
	mark := len(p.exprStack)
	p.push(e)
	p.restOfDisplay(kindRightBrace, "}")
	return &Set{Span: p.span(start), Elts: p.takeExprs(mark)}
}

// dict parses a dictionary or its comprehension from its first ** on, or from
// the colon after its first key.
func (p *parser) dict(start uint32, key Expr) Expr {
	value, loose := p.dictValue(key)
	if p.atFor() {
		return p.dictComp(start, key, value)
	}
	// Keys and values alternate on the stack.
	mark := len(p.exprStack)
	p.exprStack = append(p.exprStack, key, value)
	for !loose && p.accept(kindComma) && p.kind != kindRightBrace {
		key = p.optional(p.kind != kindDoubleStar)
		value, loose = p.dictValue(key)
		p.exprStack = append(p.exprStack, key, value)
	}
	if loose {
		p.fail("invalid double starred expression")
	}
	p.expect(kindRightBrace, "}")
	items := p.exprStack[mark:]
	keys, values := make([]Expr, len(items)/2), make([]Expr, len(items)/2)
	for i := range keys {
		keys[i], values[i] = items[2*i], items[2*i+1]
	}
	p.exprStack = p.exprStack[:mark]
	return &Dict{Span: p.span(start), Keys: keys, Values: values}
}

// dictValue parses : and a value, or ** and a mapping where key is nil. Only a
// comprehension may unpack a mapping that is a loose expression.
func (p *parser) dictValue(key Expr) (value Expr, loose bool) {
	if key != nil {
		p.expect(kindColon, ":")
		return p.expression(), false
	}
	p.next()
	start := p.start()
	value = p.operation(precBitOr)
	if binary[p.kind].prec != precNone {
		loose = true
		value = p.infix(start, value, precOr)
	}
	if p.kind == kindIf {
		loose = true
		value = p.conditional(start, value)
	}
	return value, loose
}

// dictComp parses the rest of a dictionary comprehension. Where it unpacks
// mappings (3.15), Key is the mapping and Value nil.
func (p *parser) dictComp(start uint32, key, value Expr) Expr {
	if key == nil {
		key, value = value, nil
	}
	generators := p.generators()
	p.expect(kindRightBrace, "}")
	return &DictComp{Span: p.span(start), Key: key, Value: value, Generators: generators}
}

// atFor tells whether a comprehension begins.
func (p *parser) atFor() bool {
	return p.kind == kindFor || p.kind == kindAsync && p.peek() == kindFor
}

// generators parses the for clauses of a comprehension.
func (p *parser) generators() []Comprehension {
	var list []Comprehension
	for p.atFor() {
		c := Comprehension{Async: p.accept(kindAsync)}
		p.next()
		c.Target = p.targets()
		p.expect(kindIn, "in")
		c.Iter = p.operation(precOr)
		mark := len(p.exprStack)
		for p.accept(kindIf) {
			p.push(p.condition())
		}
		c.Ifs = p.takeExprs(mark)
		list = append(list, c)
	}
	return list
}
