package python

// ifStmt parses if or elif. An elif is an If in its parent's Else.
func (p *parser) ifStmt() Stmt {
	p.enter()
	start := p.next().start
	s := p.ifs.one()
	s.Test = p.namedExpr()
	s.Body = p.block()
	if p.kind == kindElif {
		mark := len(p.stmtStack)
		p.pushStmt(p.ifStmt())
		s.Else = p.takeStmts(mark)
	} else {
		s.Else = p.elseBlock()
	}
	p.depth--
	s.Span = p.span(start)
	return s
}

// elseBlock parses an else clause if one is there.
func (p *parser) elseBlock() []Stmt {
	if !p.accept(kindElse) {
		return nil
	}
	return p.block()
}

func (p *parser) whileStmt() Stmt {
	start := p.next().start
	s := &While{Test: p.namedExpr()}
	s.Body = p.block()
	s.Else = p.elseBlock()
	s.Span = p.span(start)
	return s
}

// forStmt parses a loop from for on; start is where async stands, if it does.
func (p *parser) forStmt(start uint32, async bool) Stmt {
	p.next()
	s := &For{Async: async, Target: p.targets()}
	p.expect(kindIn, "in")
	s.Iter = p.starExprs()
	s.Body = p.block()
	s.Else = p.elseBlock()
	s.Span = p.span(start)
	return s
}

func (p *parser) tryStmt() Stmt {
	start := p.next().start
	s := &Try{Body: p.block()}
	for p.kind == kindExcept {
		star := p.peek() == kindStar
		if len(s.Handlers) > 0 && star != s.Star {
			p.fail("cannot have both 'except' and 'except*' on the same 'try'")
		}
		s.Star = star
		s.Handlers = append(s.Handlers, p.handler())
	}
	if len(s.Handlers) > 0 {
		s.Else = p.elseBlock()
	}
	if p.accept(kindFinally) {
		s.Finally = p.block()
	} else if len(s.Handlers) == 0 {
		p.fail("expected 'except' or 'finally' block")
	}
	s.Span = p.span(start)
	return s
}

// handler parses one except clause.
func (p *parser) handler() ExceptHandler {
	start := p.next().start
	var h ExceptHandler
	star := p.accept(kindStar)
	if star || p.kind != kindColon {
		h.Type = p.caught()
		if _, tuple := h.Type.(*Tuple); p.accept(kindAs) {
			if tuple && p.text[h.Type.Bounds().Start] != '(' {
				p.fail("multiple exception types must be parenthesized when using 'as'")
			}
			h.Name = p.name()
		}
	}
	h.Body = p.block()
	h.Span = p.span(start)
	return h
}

// caught parses an exception type, or several with or without parentheses.
func (p *parser) caught() Expr {
	start := p.start()
	e := p.expression()
	if p.kind != kindComma {
		return e
	}
	mark := len(p.exprStack)
	p.push(e)
	for p.accept(kindComma) && beginsExpr[p.kind] {
		p.push(p.expression())
	}
	if p.kind == kindAs {
		p.fail("multiple exception types must be parenthesized when using 'as'")
	}
	return p.tuple(start, mark)
}

// withStmt parses a with statement from with on.
func (p *parser) withStmt(start uint32, async bool) Stmt {
	p.next()
	s := &With{Async: async}
	if p.atWithItems() {
		p.next()
		for p.kind != kindRightParen {
			s.Items = append(s.Items, p.withItem())
			if !p.accept(kindComma) {
				break
			}
		}
		p.expect(kindRightParen, ")")
	} else {
		s.Items = p.withItems()
	}
	s.Body = p.block()
	s.Span = p.span(start)
	return s
}

// withItems parses items without parentheses. A tuple that stands alone is the
// parenthesized form too, since 3.9.
func (p *parser) withItems() []WithItem {
	items := []WithItem{p.withItem()}
	for p.accept(kindComma) {
		items = append(items, p.withItem())
	}
	t, ok := items[0].Context.(*Tuple)
	if !ok || len(items) > 1 || items[0].Target != nil || len(t.Elts) == 0 {
		return items
	}
	split := make([]WithItem, len(t.Elts))
	for i, e := range t.Elts {
		switch e.(type) {
		case *Starred, *NamedExpr:
			return items
		}
		split[i].Context = e
	}
	return split
}

func (p *parser) withItem() WithItem {
	item := WithItem{Context: p.expression()}
	if p.accept(kindAs) {
		item.Target = p.targetOperand()
	}
	return item
}

// atWithItems tells whether a parenthesis that encloses all items begins here:
// one that a colon follows and that has an as of its own.
func (p *parser) atWithItems() bool {
	if p.kind != kindLeftParen {
		return false
	}
	depth, as := 0, false
	for i := p.pos; ; i++ {
		switch p.tokens[i].kind {
		case kindLeftParen, kindLeftBracket, kindLeftBrace:
			depth++
		case kindRightParen, kindRightBracket, kindRightBrace:
			if depth--; depth == 0 {
				return as && p.tokens[i+1].kind == kindColon
			}
		case kindAs:
			as = as || depth == 1
		}
	}
}

// decorated parses decorators and what they decorate.
func (p *parser) decorated() Stmt {
	mark := len(p.exprStack)
	for p.accept(kindAt) {
		p.push(p.namedExpr())
		if !p.accept(kindNewline) {
			p.fail("expected a line end after a decorator")
		}
	}
	decorators := p.takeExprs(mark)
	start := p.start()
	if p.kind == kindClass {
		return p.classDef(decorators)
	}
	return p.functionDef(start, decorators, p.accept(kindAsync))
}

// functionDef parses a function from def on.
func (p *parser) functionDef(start uint32, decorators []Expr, async bool) Stmt {
	p.expect(kindDef, "def")
	f := &FunctionDef{Name: p.name(), Decorators: decorators, Async: async}
	f.TypeParams = p.typeParams()
	p.expect(kindLeftParen, "(")
	f.Params = p.parameters(kindRightParen, true)
	p.expect(kindRightParen, ")")
	if p.accept(kindArrow) {
		f.Returns = p.expression()
	}
	f.Body = p.block()
	f.Span = p.span(start)
	return f
}

func (p *parser) classDef(decorators []Expr) Stmt {
	start := p.next().start
	c := &ClassDef{Name: p.name(), Decorators: decorators}
	c.TypeParams = p.typeParams()
	if p.kind == kindLeftParen {
		c.Bases, c.Keywords = p.arguments()
	}
	c.Body = p.block()
	c.Span = p.span(start)
	return c
}

// typeParams parses type parameters in brackets, if they are there.
func (p *parser) typeParams() []TypeParam {
	if !p.accept(kindLeftBracket) {
		return nil
	}
	list := []TypeParam{p.typeParam()}
	for p.accept(kindComma) && p.kind != kindRightBracket {
		list = append(list, p.typeParam())
	}
	p.expect(kindRightBracket, "]")
	return list
}

func (p *parser) typeParam() TypeParam {
	start := p.start()
	var t TypeParam
	switch {
	case p.accept(kindStar):
		t.Stars = 1
	case p.accept(kindDoubleStar):
		t.Stars = 2
	}
	t.Name = p.name()
	if t.Stars == 0 && p.accept(kindColon) {
		t.Bound = p.expression()
	}
	if p.accept(kindAssign) {
		if t.Stars == 1 {
			t.Default = p.starExpr()
		} else {
			t.Default = p.expression()
		}
	}
	t.Span = p.span(start)
	return t
}
