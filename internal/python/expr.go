package python

// The precedences of the operators, loosest first.
const (
	precNone uint8 = iota
	precOr
	precAnd
	precNot
	precCompare
	precBitOr
	precBitXor
	precBitAnd
	precShift
	precSum
	precTerm
	precUnary
)

// binary has the precedence and the operator of each token that can stand
// between two operands, except that Is and Not may be half an operator.
var binary = [kindCount]struct {
	prec uint8
	op   Operator
}{
	kindOr:           {precOr, Or},
	kindAnd:          {precAnd, And},
	kindNot:          {precCompare, NotIn},
	kindIn:           {precCompare, In},
	kindIs:           {precCompare, Is},
	kindEqual:        {precCompare, Eq},
	kindNotEqual:     {precCompare, NotEq},
	kindLess:         {precCompare, Lt},
	kindLessEqual:    {precCompare, LtE},
	kindGreater:      {precCompare, Gt},
	kindGreaterEqual: {precCompare, GtE},
	kindPipe:         {precBitOr, BitOr},
	kindCaret:        {precBitXor, BitXor},
	kindAmpersand:    {precBitAnd, BitAnd},
	kindLeftShift:    {precShift, LShift},
	kindRightShift:   {precShift, RShift},
	kindPlus:         {precSum, Add},
	kindMinus:        {precSum, Sub},
	kindStar:         {precTerm, Mult},
	kindAt:           {precTerm, MatMult},
	kindSlash:        {precTerm, Div},
	kindDoubleSlash:  {precTerm, FloorDiv},
	kindPercent:      {precTerm, Mod},
}

// beginsExpr has the tokens that an expression, or * and an expression, can
// begin with.
var beginsExpr = [kindCount]bool{
	kindName: true, kindAsync: true, kindAwait: true, kindNumber: true, kindString: true,
	kindFStringStart: true, kindLeftParen: true, kindLeftBracket: true, kindLeftBrace: true,
	kindEllipsis: true, kindTilde: true, kindPlus: true, kindMinus: true, kindStar: true,
	kindFalse: true, kindLambda: true, kindNone: true, kindNot: true, kindTrue: true,
}

// expression parses what may stand between two commas.
func (p *parser) expression() Expr {
	if p.kind == kindLambda {
		return p.lambda((*parser).expression)
	}
	start := p.start()
	e := p.operation(precOr)
	if p.kind == kindIf {
		return p.conditional(start, e)
	}
	return e
}

// conditional parses the rest of "body if test else other".
func (p *parser) conditional(start uint32, body Expr) Expr {
	p.enter()
	p.next()
	test := p.operation(precOr)
	p.expect(kindElse, "else")
	other := p.expression()
	p.depth--
	return &IfExp{Span: p.span(start), Test: test, Body: body, Else: other}
}

// namedExpr parses an expression or name := expression. 3.8 allowed the name
// parentheses.
func (p *parser) namedExpr() Expr {
	start := p.start()
	e := p.expression()
	target, ok := e.(*Name)
	if !ok || p.kind != kindWalrus {
		return e
	}
	p.next()
	value := p.expression()
	return &NamedExpr{Span: p.span(start), Target: target, Value: value}
}

// starExpr parses an expression or *operand.
func (p *parser) starExpr() Expr {
	if p.kind == kindStar {
		return p.starred()
	}
	return p.expression()
}

// starNamedExpr parses a named expression or *operand.
func (p *parser) starNamedExpr() Expr {
	if p.kind == kindStar {
		return p.starred()
	}
	return p.namedExpr()
}

// starred parses * and an operand; a call's argument may be looser.
func (p *parser) starred() Expr {
	start := p.next().start
	value := p.operation(precBitOr)
	return &Starred{Span: p.span(start), Value: value}
}

// starExprs parses one expression, or several as a tuple without parentheses.
func (p *parser) starExprs() Expr {
	start := p.start()
	e := p.starExpr()
	if p.kind != kindComma {
		return e
	}
	mark := len(p.exprStack)
	p.push(e)
	for p.accept(kindComma) && beginsExpr[p.kind] {
		p.push(p.starExpr())
	}
	return p.tuple(start, mark)
}

func (p *parser) tuple(start uint32, mark int) Expr {
	t := p.tuples.one()
	t.Elts = p.takeExprs(mark)
	t.Span = p.span(start)
	return t
}

func (p *parser) yieldOrStarExprs() Expr {
	if p.kind == kindYield {
		return p.yield()
	}
	return p.starExprs()
}

func (p *parser) yield() Expr {
	start := p.next().start
	if p.accept(kindFrom) {
		value := p.expression()
		return &YieldFrom{Span: p.span(start), Value: value}
	}
	y := &Yield{}
	if beginsExpr[p.kind] {
		y.Value = p.starExprs()
	}
	y.Span = p.span(start)
	return y
}

// operation parses operators down to precedence least.
func (p *parser) operation(least uint8) Expr {
	start := p.start()
	left := p.prefixed(least)
	if binary[p.kind].prec < least || binary[p.kind].prec == precNone {
		return left
	}
	return p.infix(start, left, least)
}

// infix parses the operators, down to precedence least, that follow left.
func (p *parser) infix(start uint32, left Expr, least uint8) Expr {
	for chain := 0; ; chain++ {
		operator := binary[p.kind]
		if operator.prec == precNone || operator.prec < least {
			return left
		}
		if chain > maxDepth {
			p.fail("too many operators")
		}
		switch {
		case operator.prec <= precAnd:
			left = p.boolOp(start, left, operator.op, operator.prec)
		case operator.prec == precCompare:
			left = p.comparison(start, left)
		default:
			p.next()
			b := p.binOps.one()
			b.Left, b.Op = left, operator.op
			b.Right = p.operation(operator.prec + 1)
			b.Span = p.span(start)
			left = b
		}
	}
}

// boolOp parses the rest of "a or b or c".
func (p *parser) boolOp(start uint32, left Expr, op Operator, prec uint8) Expr {
	mark := len(p.exprStack)
	p.push(left)
	for k := p.kind; p.accept(k); {
		p.push(p.operation(prec + 1))
	}
	values := p.takeExprs(mark)
	return &BoolOp{Span: p.span(start), Op: op, Values: values}
}

// comparison parses the rest of "a < b is not c".
func (p *parser) comparison(start uint32, left Expr) Expr {
	mark := len(p.exprStack)
	ops := make([]Operator, 0, 4)
	for binary[p.kind].prec == precCompare {
		ops = append(ops, p.comparisonOperator())
		p.push(p.operation(precBitOr))
	}
	c := p.compares.one()
	c.Left, c.Ops, c.Comparators = left, p.operators.list(ops), p.takeExprs(mark)
	c.Span = p.span(start)
	return c
}

func (p *parser) comparisonOperator() Operator {
	op := binary[p.next().kind].op
	switch op {
	case NotIn:
		p.expect(kindIn, "in")
	case Is:
		if p.accept(kindNot) {
			return IsNot
		}
	}
	return op
}

// prefixed parses an operand with the operators before it.
func (p *parser) prefixed(least uint8) Expr {
	start := p.start()
	var op Operator
	tightest := precUnary
	switch p.kind {
	case kindNot:
		if least > precNot {
			p.fail("'not' after an operator must be parenthesized")
		}
		op, tightest = Not, precNot
	case kindPlus:
		op = UAdd
	case kindMinus:
		op = USub
	case kindTilde:
		op = Invert
	default:
		return p.power()
	}
	p.enter()
	p.next()
	operand := p.operation(tightest)
	p.depth--
	return &UnaryOp{Span: p.span(start), Op: op, Operand: operand}
}

// power parses an operand that ** may follow.
func (p *parser) power() Expr {
	start := p.start()
	left := p.awaited()
	if p.kind != kindDoubleStar {
		return left
	}
	p.enter()
	p.next()
	right := p.operation(precUnary)
	p.depth--
	return &BinOp{Span: p.span(start), Left: left, Op: Pow, Right: right}
}

// awaited parses a primary that await may precede. Where no operand follows,
// await is a name, as 3.6 allows.
func (p *parser) awaited() Expr {
	if p.kind != kindAwait {
		return p.primary()
	}
	switch p.peek() {
	case kindName, kindAsync, kindAwait, kindNumber, kindString, kindFStringStart,
		kindLeftParen, kindLeftBracket, kindLeftBrace, kindEllipsis, kindFalse, kindNone, kindTrue:
		start := p.next().start
		value := p.primary()
		return &Await{Span: p.span(start), Value: value}
	}
	return p.primary()
}

// primary parses an atom with the attributes, calls and subscripts after it.
func (p *parser) primary() Expr {
	start := p.start()
	e := p.atom()
	for chain := 0; ; chain++ {
		if chain > maxDepth {
			p.fail("too many attributes, calls or subscripts")
		}
		switch p.kind {
		case kindDot:
			p.next()
			a := p.attributes.one()
			a.Value, a.Attr = e, p.name()
			a.Span = p.span(start)
			e = a
		case kindLeftParen:
			c := p.calls.one()
			c.Func = e
			c.Args, c.Keywords = p.arguments()
			c.Span = p.span(start)
			e = c
		case kindLeftBracket:
			p.next()
			s := p.subscripts.one()
			s.Value, s.Index = e, p.index()
			p.expect(kindRightBracket, "]")
			s.Span = p.span(start)
			e = s
		default:
			return e
		}
	}
}

// lambda parses a lambda whose body is what body parses.
func (p *parser) lambda(body func(*parser) Expr) Expr {
	p.enter()
	start := p.next().start
	params := p.parameters(kindColon, false)
	p.expect(kindColon, ":")
	value := body(p)
	p.depth--
	return &Lambda{Span: p.span(start), Params: params, Body: value}
}

// condition parses the condition of a comprehension, which has no "if" of its
// own; up to 3.8 a lambda could stand there.
func (p *parser) condition() Expr {
	if p.kind == kindLambda {
		return p.lambda((*parser).condition)
	}
	return p.operation(precOr)
}

// index parses what stands between the brackets of a subscript.
func (p *parser) index() Expr {
	start := p.start()
	e := p.slice()
	if p.kind != kindComma {
		return e
	}
	mark := len(p.exprStack)
	p.push(e)
	for p.accept(kindComma) && p.kind != kindRightBracket {
		p.push(p.slice())
	}
	return p.tuple(start, mark)
}

// slice parses one part of an index.
func (p *parser) slice() Expr {
	switch {
	case p.kind == kindStar:
		return p.starArgument()
	case p.kind.isName() && p.peek() == kindWalrus:
		return p.namedExpr()
	}
	start := p.start()
	lower := p.optional(p.kind != kindColon)
	if p.kind != kindColon {
		return lower
	}
	p.next()
	s := &Slice{Lower: lower}
	s.Upper = p.optional(beginsExpr[p.kind])
	if p.accept(kindColon) {
		s.Step = p.optional(beginsExpr[p.kind])
	}
	s.Span = p.span(start)
	return s
}

// optional parses an expression if it is there.
func (p *parser) optional(there bool) Expr {
	if !there {
		return nil
	}
	return p.expression()
}

// starArgument parses the *value of a call or an index.
func (p *parser) starArgument() Expr {
	start := p.next().start
	value := p.expression()
	return &Starred{Span: p.span(start), Value: value}
}

// arguments parses a call's arguments with their parentheses.
func (p *parser) arguments() ([]Expr, []Keyword) {
	open := p.next().start
	args, keywords := len(p.exprStack), len(p.keywordStack)
	unpacked := false
	for p.kind != kindRightParen {
		switch {
		case p.kind == kindDoubleStar:
			unpacked = true
			start := p.next().start
			p.keyword(start, "")
		case p.kind.isName() && p.peek() == kindAssign:
			start := p.start()
			name := p.name()
			p.next()
			p.keyword(start, name)
		case unpacked || p.kind != kindStar && len(p.keywordStack) > keywords:
			p.fail("positional argument follows keyword argument")
		default:
			p.positional(open, len(p.exprStack) == args && len(p.keywordStack) == keywords)
		}
		if !p.accept(kindComma) {
			break
		}
	}
	p.expect(kindRightParen, ")")
	words := p.keywords.list(p.keywordStack[keywords:])
	p.keywordStack = p.keywordStack[:keywords]
	return p.takeExprs(args), words
}

// positional parses one argument. A generator without parentheses of its own
// has the call's, which it must have for itself alone; 3.6 allowed it a comma.
func (p *parser) positional(open uint32, first bool) {
	start := p.start()
	var e Expr
	if p.kind == kindStar {
		e = p.starArgument()
	} else {
		e = p.namedExpr()
	}
	if name, ok := e.(*Name); ok && p.kind == kindAssign {
		// Up to 3.7 a keyword could stand in parentheses.
		p.next()
		p.keyword(start, name.ID)
		return
	}
	if p.atFor() {
		generators := p.generators()
		if !first || p.kind != kindRightParen && (p.kind != kindComma || p.peek() != kindRightParen) {
			p.fail("generator expression must be parenthesized")
		}
		e = &GeneratorExp{Span: Span{open, p.token().end}, Elt: e, Generators: generators}
	}
	p.push(e)
}

// keyword parses the value of a keyword argument that began at start.
func (p *parser) keyword(start uint32, name string) {
	value := p.expression()
	p.keywordStack = append(p.keywordStack, Keyword{p.span(start), name, value})
}
