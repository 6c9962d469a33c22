package python

import "strings"

// fstring is an f-string or t-string that the lexer is inside of.
type fstring struct {
	start int
	quote byte
	flags flags
	// fields has, for each replacement field the lexer is in (one, and those in
	// its format spec), how many brackets are open directly inside it.
	fields [maxFStringDepth]int
	depth  int
}

func (f *fstring) enter(brackets int) bool {
	if f.depth == len(f.fields) {
		return false
	}
	f.fields[f.depth] = brackets
	f.depth++
	return true
}

func (f *fstring) leave() { f.depth-- }

// atField tells whether the lexer is in a replacement field, outside of any
// bracket of its expression.
func (l *lexer) atField() bool {
	if len(l.fstrings) == 0 {
		return false
	}
	f := &l.fstrings[len(l.fstrings)-1]
	return f.depth > 0 && f.fields[f.depth-1] == len(l.brackets)
}

// formatted reads the beginning of an f-string or t-string, up to its first
// field. Its quote is at the present place.
func (l *lexer) formatted(start int, f flags) {
	quote := l.text[l.pos]
	if l.text[l.pos+1] == quote && l.text[l.pos+2] == quote {
		f |= flagTriple
		l.pos += 2
	}
	l.pos++
	l.emit(kindFStringStart, start, f)
	l.fstrings = append(l.fstrings, fstring{start: start, quote: quote, flags: f})
	l.formatText()
}

// formatText reads literal text and the ends of fields until an expression
// begins or the string ends.
func (l *lexer) formatText() {
	f := &l.fstrings[len(l.fstrings)-1]
	start, seen := l.pos, f.flags
	text := func() {
		if l.pos > start {
			l.emit(kindFStringText, start, seen)
		}
	}
	for {
		switch c := l.text[l.pos]; c {
		case f.quote:
			if !l.closesFormat(f) {
				l.pos++
				continue
			}
			text()
			l.endFormat(f)
			return
		case '{':
			if l.text[l.pos+1] == '{' && f.depth == 0 {
				l.pos += 2
				continue
			}
			text()
			l.open(c)
			if !f.enter(len(l.brackets)) {
				l.fail(l.pos, "f-string: expressions nested too deeply")
			}
			return
		case '}':
			if f.depth > 0 {
				text()
				l.close(c)
				return
			}
			if l.text[l.pos+1] != '}' {
				l.fail(l.pos, "f-string: single '}' is not allowed")
			}
			l.pos += 2
		case '\\':
			seen |= flagEscape
			l.skipEscape(f)
		case '\n', '\r':
			if f.flags&flagTriple == 0 {
				// A format spec ends at the end of the line; 3.12 allows the
				// field to go on.
				if f.depth == 0 {
					l.fail(f.start, "unterminated f-string literal")
				}
				text()
				return
			}
			l.pos++
		case 0:
			l.fail(f.start, "unterminated f-string literal")
		default:
			l.pos++
		}
	}
}

// closesFormat tells whether the quote at the present place ends f.
func (l *lexer) closesFormat(f *fstring) bool {
	return f.flags&flagTriple == 0 || l.text[l.pos+1] == f.quote && l.text[l.pos+2] == f.quote
}

func (l *lexer) endFormat(f *fstring) {
	if f.depth > 0 {
		l.fail(l.pos, "f-string: expecting '}'")
	}
	n := 1
	if f.flags&flagTriple != 0 {
		n = 3
	}
	l.fstrings = l.fstrings[:len(l.fstrings)-1]
	l.advance(kindFStringEnd, n)
}

// skipEscape steps over a backslash and what it escapes, which is never a brace
// except in \N{NAME}.
func (l *lexer) skipEscape(f *fstring) {
	l.pos++
	switch next := l.text[l.pos]; {
	case next == '{' || next == '}':
	case next == 'N' && f.flags&flagRaw == 0 && l.text[l.pos+1] == '{':
		if end := strings.IndexAny(l.text[l.pos:], "}\"'\n"); end > 0 && l.text[l.pos+end] == '}' {
			l.pos += end
		}
		l.pos++
	case next == '\r' && l.text[l.pos+1] == '\n':
		l.pos += 2
	case next != 0:
		l.pos++
	}
}

// stringParts gathers the values of a run of string literals. Neighbouring
// texts become one Str, as in CPython's tree.
type stringParts struct {
	values []Expr
	text   []byte
	span   Span
}

func (s *stringParts) addText(text string, span Span) {
	if len(s.text) == 0 {
		s.span.Start = span.Start
	}
	s.span.End = span.End
	s.text = append(s.text, text...)
}

func (s *stringParts) addField(f *FormattedValue) {
	s.values = append(s.finish(), f)
}

// finish returns the values so far.
func (s *stringParts) finish() []Expr {
	if len(s.text) > 0 {
		s.values = append(s.values, &Str{Span: s.span, Value: string(s.text)})
		s.text = s.text[:0]
	}
	return s.values
}

// strings parses a run of adjacent string literals.
func (p *parser) strings() Expr {
	t := p.token()
	if k := p.peek(); p.kind == kindString && k != kindString && k != kindFStringStart {
		p.next()
		return p.str(Span{t.start, t.end}, p.tokenValue(t), t.flags)
	}
	var parts stringParts
	formatted := false
	for p.kind == kindString || p.kind == kindFStringStart {
		if (t.flags^p.token().flags)&(flagBytes|flagTemplate) != 0 {
			p.fail("cannot mix bytes, template and other literals")
		}
		if p.kind == kindString {
			s := p.next()
			parts.addText(p.tokenValue(s), Span{s.start, s.end})
			continue
		}
		formatted = true
		p.next()
		p.formatParts(&parts, kindFStringEnd)
		p.next()
	}
	span := p.span(t.start)
	switch {
	case !formatted:
		return p.str(span, string(parts.text), t.flags)
	case t.flags&flagTemplate != 0:
		return &TemplateStr{Span: span, Values: parts.finish()}
	default:
		return &JoinedStr{Span: span, Values: parts.finish()}
	}
}

// str makes the node of a run without fields.
func (p *parser) str(span Span, value string, f flags) Expr {
	if f&flagBytes != 0 {
		return &Bytes{Span: span, Value: value}
	}
	s := p.strs.one()
	s.Span, s.Value = span, value
	return s
}

// tokenValue decodes a string token.
func (p *parser) tokenValue(t token) string {
	return p.stringValue(literal(p.text[t.start:t.end], t.flags), t.start, t.flags)
}

// formatParts parses text and fields up to a token of kind end.
func (p *parser) formatParts(parts *stringParts, end kind) {
	for p.kind != end {
		if p.kind == kindFStringText {
			t := p.token()
			text := p.text[t.start:t.end]
			p.next()
			parts.addText(p.formatValue(text, t), Span{t.start, t.end})
			continue
		}
		p.field(parts)
	}
}

// formatValue decodes literal text, where braces stand doubled except in
// \N{NAME}.
func (p *parser) formatValue(text string, t token) string {
	if strings.IndexByte(text, '}') < 0 && strings.IndexByte(text, '{') < 0 {
		return p.stringValue(text, t.start, t.flags)
	}
	var b strings.Builder
	named := t.flags&(flagRaw|flagEscape) == flagEscape
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '{' || c == '}':
			i++
			b.WriteByte(c)
		case named && strings.HasPrefix(text[i:], `\N{`) && strings.IndexByte(text[i:], '}') > 0:
			end := strings.IndexByte(text[i:], '}')
			b.WriteString(text[i : i+end+1])
			i += end
		case c == '\\' && i+1 < len(text) && text[i+1] != '{' && text[i+1] != '}':
			b.WriteString(text[i : i+2])
			i++
		default:
			b.WriteByte(c)
		}
	}
	return p.stringValue(b.String(), t.start, t.flags)
}

// field parses one replacement field.
func (p *parser) field(parts *stringParts) {
	start := p.start()
	p.expect(kindLeftBrace, "{")
	f := &FormattedValue{Value: p.yieldOrStarExprs()}
	if p.kind == kindAssign {
		// {x = } is the text "x = " and then the field.
		p.next()
		shown := Span{start + 1, p.start()}
		parts.addText(p.text[shown.Start:shown.End], shown)
	}
	if p.kind == kindExclamation {
		f.Conversion = p.conversion()
	}
	if p.kind == kindColon {
		f.Spec = p.formatSpec()
	}
	p.expect(kindRightBrace, "}")
	f.Span = p.span(start)
	parts.addField(f)
}

// conversion parses "!r" and its like; no space may stand inside it.
func (p *parser) conversion() byte {
	at := p.next().end
	t := p.token()
	if p.kind != kindName || t.start != at || t.end != at+1 || strings.IndexByte("sra", p.text[at]) < 0 {
		p.fail("f-string: invalid conversion character")
	}
	p.next()
	return p.text[at]
}

// formatSpec parses ":" and the format spec.
func (p *parser) formatSpec() *JoinedStr {
	start := p.next().end
	var parts stringParts
	p.formatParts(&parts, kindRightBrace)
	return &JoinedStr{Span: Span{start, p.start()}, Values: parts.finish()}
}
