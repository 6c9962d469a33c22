package python

import "strings"

// atMatch tells whether a match statement begins here: the word match, on a
// line that ends in a colon, above an indented one.
func (p *parser) atMatch() bool {
	if !beginsExpr[p.peek()] || !p.atWord("match") {
		return false
	}
	i := p.pos + 1
	for p.tokens[i].kind != kindNewline {
		i++
	}
	return p.tokens[i-1].kind == kindColon && p.tokens[i+1].kind == kindIndent
}

func (p *parser) matchStmt() Stmt {
	start := p.next().start
	m := &Match{Subject: p.subject()}
	p.expect(kindColon, ":")
	p.expect(kindNewline, "end of line")
	p.expect(kindIndent, "indent")
	for p.kind != kindDedent {
		m.Cases = append(m.Cases, p.matchCase())
	}
	p.next()
	m.Span = p.span(start)
	return m
}

// subject parses what is matched, which may be a tuple without parentheses.
func (p *parser) subject() Expr {
	start := p.start()
	e := p.starNamedExpr()
	if p.kind != kindComma {
		if _, ok := e.(*Starred); ok {
			p.failAt(start, "cannot use starred expression here")
		}
		return e
	}
	mark := len(p.exprStack)
	p.push(e)
	for p.accept(kindComma) && beginsExpr[p.kind] {
		p.push(p.starNamedExpr())
	}
	return p.tuple(start, mark)
}

func (p *parser) matchCase() MatchCase {
	if !p.atWord("case") {
		p.fail("expected 'case'")
	}
	p.next()
	c := MatchCase{Pattern: p.patterns()}
	if p.accept(kindIf) {
		c.Guard = p.namedExpr()
	}
	c.Body = p.block()
	return c
}

// patterns parses a pattern, or a sequence of them without brackets.
func (p *parser) patterns() Pattern {
	start := p.start()
	first := p.starPattern()
	if p.kind != kindComma {
		if _, ok := first.(*MatchStar); ok {
			p.failAt(start, "cannot use starred pattern here")
		}
		return first
	}
	list := []Pattern{first}
	for p.accept(kindComma) && p.kind != kindColon && p.kind != kindIf {
		list = append(list, p.starPattern())
	}
	return &MatchSequence{Span: p.span(start), Patterns: list}
}

// starPattern parses a pattern or *name.
func (p *parser) starPattern() Pattern {
	if p.kind != kindStar {
		return p.pattern()
	}
	start := p.next().start
	name := p.name()
	if name == "_" {
		name = ""
	}
	return &MatchStar{Span: p.span(start), Name: name}
}

// pattern parses alternatives and the name they are bound to.
func (p *parser) pattern() Pattern {
	start := p.start()
	first := p.closedPattern()
	if p.kind == kindPipe {
		list := []Pattern{first}
		for p.accept(kindPipe) {
			list = append(list, p.closedPattern())
		}
		first = &MatchOr{Span: p.span(start), Patterns: list}
	}
	if !p.accept(kindAs) {
		return first
	}
	name := p.capture()
	return &MatchAs{Span: p.span(start), Pattern: first, Name: name}
}

// capture parses a name to bind, which _ is not.
func (p *parser) capture() string {
	at := p.start()
	name := p.name()
	if name == "_" {
		p.failAt(at, "cannot use '_' as a target")
	}
	return name
}

func (p *parser) closedPattern() Pattern {
	switch p.kind {
	case kindName, kindAsync, kindAwait:
		return p.namePattern()
	case kindLeftParen, kindLeftBracket:
		return p.sequencePattern()
	case kindLeftBrace:
		return p.mappingPattern()
	}
	start := p.start()
	value := p.literalPattern()
	return &MatchValue{Span: p.span(start), Value: value}
}

// namePattern parses a capture, the wildcard, a dotted value or a class.
func (p *parser) namePattern() Pattern {
	start := p.start()
	if p.atWord("_") {
		p.next()
		return &MatchAs{Span: p.span(start)}
	}
	value := p.dottedName()
	if p.kind == kindLeftParen {
		return p.classPattern(start, value)
	}
	if n, ok := value.(*Name); ok {
		return &MatchAs{Span: n.Span, Name: n.ID}
	}
	return &MatchValue{Span: p.span(start), Value: value}
}

func (p *parser) dottedName() Expr {
	start := p.start()
	var e Expr = p.nameExpr()
	for p.accept(kindDot) {
		a := p.attributes.one()
		a.Value, a.Attr = e, p.name()
		a.Span = p.span(start)
		e = a
	}
	return e
}

// literalPattern parses a number, a string or a singleton.
func (p *parser) literalPattern() Expr {
	start := p.start()
	switch p.kind {
	case kindString, kindFStringStart, kindNone, kindTrue, kindFalse:
		return p.atom()
	}
	real := p.signedNumber()
	if p.kind != kindPlus && p.kind != kindMinus {
		return real
	}
	if imaginary(p.text[p.tokens[p.pos-1].start:p.tokens[p.pos-1].end]) {
		p.fail("real number required in complex literal")
	}
	op := binary[p.next().kind].op
	t := p.token()
	if p.kind != kindNumber || !imaginary(p.text[t.start:t.end]) {
		p.fail("imaginary number required in complex literal")
	}
	return &BinOp{Left: real, Op: op, Right: p.atom(), Span: p.span(start)}
}

func imaginary(number string) bool { return strings.HasSuffix(strings.ToLower(number), "j") }

// signedNumber parses a number and its sign. A plus (3.15) leaves no node.
func (p *parser) signedNumber() Expr {
	start := p.start()
	minus := p.accept(kindMinus)
	if !minus {
		p.accept(kindPlus)
	}
	if p.kind != kindNumber {
		p.fail("expected a pattern")
	}
	number := p.atom()
	if minus {
		return &UnaryOp{Span: p.span(start), Op: USub, Operand: number}
	}
	return number
}

// sequencePattern parses a sequence in brackets, or a pattern in parentheses.
func (p *parser) sequencePattern() Pattern {
	end := kindRightParen
	if p.kind == kindLeftBracket {
		end = kindRightBracket
	}
	start := p.next().start
	s := &MatchSequence{}
	comma := end == kindRightBracket
	for p.kind != end {
		s.Patterns = append(s.Patterns, p.starPattern())
		if !p.accept(kindComma) {
			break
		}
		comma = true
	}
	p.expect(end, "closing bracket")
	s.Span = p.span(start)
	if !comma && len(s.Patterns) == 1 {
		if _, ok := s.Patterns[0].(*MatchStar); ok {
			p.failAt(start, "cannot use starred pattern here")
		}
		return s.Patterns[0]
	}
	return s
}

func (p *parser) mappingPattern() Pattern {
	start := p.next().start
	m := &MatchMapping{}
	for p.kind != kindRightBrace {
		if p.accept(kindDoubleStar) {
			m.Rest = p.capture()
			p.accept(kindComma)
			break
		}
		m.Keys = append(m.Keys, p.mappingKey())
		p.expect(kindColon, ":")
		m.Patterns = append(m.Patterns, p.pattern())
		if !p.accept(kindComma) {
			break
		}
	}
	p.expect(kindRightBrace, "}")
	m.Span = p.span(start)
	return m
}

// mappingKey parses a literal or a dotted name.
func (p *parser) mappingKey() Expr {
	if !p.kind.isName() {
		return p.literalPattern()
	}
	key := p.dottedName()
	if _, ok := key.(*Name); ok {
		p.failAt(key.Bounds().Start, "mapping pattern keys are literals or dotted names")
	}
	return key
}

// classPattern parses the parentheses of a class pattern.
func (p *parser) classPattern(start uint32, class Expr) Pattern {
	p.next()
	c := &MatchClass{Class: class}
	for p.kind != kindRightParen {
		switch {
		case p.kind.isName() && p.peek() == kindAssign:
			c.Names = append(c.Names, p.name())
			p.next()
			c.Values = append(c.Values, p.pattern())
		case len(c.Names) > 0:
			p.fail("positional patterns follow keyword patterns")
		default:
			c.Patterns = append(c.Patterns, p.pattern())
		}
		if !p.accept(kindComma) {
			break
		}
	}
	p.expect(kindRightParen, ")")
	c.Span = p.span(start)
	return c
}
