package python

// file parses the whole file.
func (p *parser) file() []Stmt {
	for p.kind != kindEOF {
		p.statement()
	}
	return p.takeStmts(0)
}

func (p *parser) pushStmt(s Stmt) { p.stmtStack = append(p.stmtStack, s) }

// takeStmts ends a block that began when stmtStack was mark long.
func (p *parser) takeStmts(mark int) []Stmt {
	list := p.stmts.list(p.stmtStack[mark:])
	p.stmtStack = p.stmtStack[:mark]
	return list
}

// statement parses one compound statement or one line of simple ones.
func (p *parser) statement() {
	switch p.kind {
	case kindIf:
		p.pushStmt(p.ifStmt())
	case kindFor:
		p.pushStmt(p.forStmt(p.start(), false))
	case kindWhile:
		p.pushStmt(p.whileStmt())
	case kindTry:
		p.pushStmt(p.tryStmt())
	case kindWith:
		p.pushStmt(p.withStmt(p.start(), false))
	case kindDef:
		p.pushStmt(p.functionDef(p.start(), nil, false))
	case kindClass:
		p.pushStmt(p.classDef(nil))
	case kindAt:
		p.pushStmt(p.decorated())
	case kindAsync:
		p.asyncStmt()
	case kindIndent:
		p.fail("unexpected indent")
	case kindName:
		if p.atMatch() {
			p.pushStmt(p.matchStmt())
			return
		}
		p.simpleLine()
	default:
		p.simpleLine()
	}
}

// asyncStmt parses what follows async, or a line that begins with a name async.
func (p *parser) asyncStmt() {
	start := p.start()
	switch p.peek() {
	case kindDef:
		p.next()
		p.pushStmt(p.functionDef(start, nil, true))
	case kindFor:
		p.next()
		p.pushStmt(p.forStmt(start, true))
	case kindWith:
		p.next()
		p.pushStmt(p.withStmt(start, true))
	default:
		p.simpleLine()
	}
}

// block parses a colon and the statements it governs.
func (p *parser) block() []Stmt {
	p.expect(kindColon, ":")
	mark := len(p.stmtStack)
	if !p.accept(kindNewline) {
		p.simpleLine()
		return p.takeStmts(mark)
	}
	if !p.accept(kindIndent) {
		p.fail("expected an indented block")
	}
	for p.kind != kindDedent {
		p.statement()
	}
	p.next()
	return p.takeStmts(mark)
}

// simpleLine parses simple statements up to the end of the line.
func (p *parser) simpleLine() {
	for {
		p.pushStmt(p.simple())
		if p.accept(kindNewline) {
			return
		}
		if p.expect(kindSemicolon, ";"); p.accept(kindNewline) {
			return
		}
	}
}

func (p *parser) simple() Stmt {
	start := p.start()
	switch p.kind {
	case kindReturn:
		return p.returnStmt()
	case kindImport:
		return p.importStmt(start, false)
	case kindFrom:
		return p.importFrom(start, false)
	case kindRaise:
		return p.raiseStmt()
	case kindPass:
		p.next()
		return &Pass{p.span(start)}
	case kindBreak:
		p.next()
		return &Break{p.span(start)}
	case kindContinue:
		p.next()
		return &Continue{p.span(start)}
	case kindDel:
		return p.deleteStmt()
	case kindAssert:
		return p.assertStmt()
	case kindGlobal:
		names := p.nameList()
		return &Global{p.span(start), names}
	case kindNonlocal:
		names := p.nameList()
		return &Nonlocal{p.span(start), names}
	case kindName:
		return p.soft()
	}
	return p.expressionStmt()
}

// soft parses a statement that begins with a name, which may be a keyword here.
func (p *parser) soft() Stmt {
	switch k := p.peek(); {
	case k.isName() && p.atWord("type"):
		return p.typeAlias()
	case k == kindImport && p.atWord("lazy"):
		return p.importStmt(p.next().start, true)
	case k == kindFrom && p.atWord("lazy"):
		return p.importFrom(p.next().start, true)
	}
	return p.expressionStmt()
}

// expressionStmt parses an expression or any form of assignment.
func (p *parser) expressionStmt() Stmt {
	start := p.start()
	e := p.yieldOrStarExprs()
	switch {
	case p.kind == kindAssign:
		return p.assign(start, e)
	case p.kind == kindColon:
		return p.annotated(start, e)
	case p.kind.isAugmented():
		p.single(e)
		op := binary[p.next().kind-kindPlusAssign+kindPlus].op
		if op == 0 {
			op = Pow
		}
		value := p.yieldOrStarExprs()
		return &AugAssign{Span: p.span(start), Target: e, Op: op, Value: value}
	}
	s := p.exprStmts.one()
	s.Span, s.Value = p.span(start), e
	return s
}

// assign parses the rest of "a = b = value".
func (p *parser) assign(start uint32, value Expr) Stmt {
	mark := len(p.exprStack)
	for p.kind == kindAssign {
		p.assignable(value)
		p.push(value)
		p.next()
		value = p.yieldOrStarExprs()
	}
	a := p.assigns.one()
	a.Targets, a.Value = p.takeExprs(mark), value
	a.Span = p.span(start)
	return a
}

// annotated parses the rest of "target: annotation = value".
func (p *parser) annotated(start uint32, target Expr) Stmt {
	p.single(target)
	p.next()
	a := &AnnAssign{Target: target, Annotation: p.expression()}
	if p.accept(kindAssign) {
		a.Value = p.yieldOrStarExprs()
	}
	a.Span = p.span(start)
	return a
}

func (p *parser) typeAlias() Stmt {
	start := p.next().start
	t := &TypeAlias{Name: p.nameExpr(), TypeParams: p.typeParams()}
	p.expect(kindAssign, "=")
	t.Value = p.expression()
	t.Span = p.span(start)
	return t
}

func (p *parser) returnStmt() Stmt {
	start := p.next().start
	r := p.returnStmts.one()
	if beginsExpr[p.kind] {
		r.Value = p.starExprs()
	}
	r.Span = p.span(start)
	return r
}

func (p *parser) raiseStmt() Stmt {
	start := p.next().start
	r := &Raise{Exc: p.optional(beginsExpr[p.kind])}
	if r.Exc != nil && p.accept(kindFrom) {
		r.Cause = p.expression()
	}
	r.Span = p.span(start)
	return r
}

func (p *parser) deleteStmt() Stmt {
	start := p.next().start
	mark := len(p.exprStack)
	for {
		if p.kind == kindStar {
			p.fail("cannot use starred expression here")
		}
		e := p.operation(precBitOr)
		p.deletable(e)
		p.push(e)
		if !p.accept(kindComma) || !beginsExpr[p.kind] {
			break
		}
	}
	return &Delete{Span: p.span(start), Targets: p.takeExprs(mark)}
}

func (p *parser) assertStmt() Stmt {
	start := p.next().start
	a := &Assert{Test: p.expression()}
	if p.accept(kindComma) {
		a.Msg = p.expression()
	}
	a.Span = p.span(start)
	return a
}

// nameList parses the names of global and nonlocal.
func (p *parser) nameList() []string {
	p.next()
	names := []string{p.name()}
	for p.accept(kindComma) {
		names = append(names, p.name())
	}
	return names
}

// importStmt parses "import a.b as c, d".
func (p *parser) importStmt(start uint32, lazy bool) Stmt {
	p.next()
	names := []Alias{p.alias(true)}
	for p.accept(kindComma) {
		names = append(names, p.alias(true))
	}
	return &Import{Span: p.span(start), Names: names, Lazy: lazy}
}

// alias parses "name as other".
func (p *parser) alias(dotted bool) Alias {
	start := p.start()
	a := Alias{Name: p.moduleName(dotted)}
	if p.accept(kindAs) {
		a.AsName = p.name()
	}
	a.Span = p.span(start)
	return a
}

func (p *parser) moduleName(dotted bool) string {
	name := p.name()
	for dotted && p.accept(kindDot) {
		name += "." + p.name()
	}
	return name
}

// importFrom parses "from .a import b as c".
func (p *parser) importFrom(start uint32, lazy bool) Stmt {
	p.next()
	s := &ImportFrom{Lazy: lazy}
	for p.kind == kindDot || p.kind == kindEllipsis {
		t := p.next()
		s.Level += int(t.end - t.start)
	}
	if s.Level == 0 || p.kind != kindImport {
		s.Module = p.moduleName(true)
	}
	p.expect(kindImport, "import")
	s.Names = p.importedNames()
	s.Span = p.span(start)
	return s
}

// importedNames parses what stands after import in "from a import".
func (p *parser) importedNames() []Alias {
	if p.kind == kindStar {
		t := p.next()
		return []Alias{{Span: Span{t.start, t.end}, Name: "*"}}
	}
	parentheses := p.accept(kindLeftParen)
	names := []Alias{p.alias(false)}
	for p.accept(kindComma) && (!parentheses || p.kind != kindRightParen) {
		names = append(names, p.alias(false))
	}
	if parentheses {
		p.expect(kindRightParen, ")")
	}
	return names
}
