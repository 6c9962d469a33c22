package python

import "strings"

// CPython's own limits on nesting.
const (
	maxIndents      = 100
	maxBrackets     = 200
	maxFStringDepth = 3 // replacement fields in the format specs of others
)

// A class is what a byte begins.
type class uint8

const (
	classInvalid class = iota
	classEnd
	classSpace
	classNewline
	classComment
	classLetter
	classDigit
	classQuote
	classDot
	classBackslash
	classOpen
	classClose
	classOperator
)

var classes = buildClasses()

func buildClasses() (table [256]class) {
	set := func(c class, bytes string) {
		for _, b := range []byte(bytes) {
			table[b] = c
		}
	}
	for b := range table {
		if isLetter(byte(b)) {
			table[b] = classLetter
		}
	}
	set(classEnd, "\x00")
	set(classSpace, " \t\f")
	set(classNewline, "\r\n")
	set(classComment, "#")
	set(classDigit, "0123456789")
	set(classQuote, `"'`)
	set(classDot, ".")
	set(classBackslash, `\`)
	set(classOpen, "([{")
	set(classClose, ")]}")
	set(classOperator, "!%&*+,-/:;<=>@^|~")
	return table
}

func isLetter(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b >= 0x80
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// wordBytes holds the ASCII bytes of identifiers.
var wordBytes = func() (table [256]bool) {
	for b := range 0x80 {
		table[b] = isLetter(byte(b)) || isDigit(byte(b))
	}
	return table
}()

// keywordLengths has, for each first letter, the lengths of the keywords that
// begin with it as a bit set: nearly every other name is told apart by it.
var keywordLengths = [256]uint16{
	'a': 1<<2 | 1<<3 | 1<<5 | 1<<6, 'b': 1 << 5, 'c': 1<<5 | 1<<8, 'd': 1 << 3,
	'e': 1<<4 | 1<<6, 'f': 1<<3 | 1<<4 | 1<<7, 'g': 1 << 6, 'i': 1<<2 | 1<<6,
	'l': 1 << 6, 'n': 1<<3 | 1<<8, 'o': 1 << 2, 'p': 1 << 4, 'r': 1<<5 | 1<<6,
	't': 1 << 3, 'w': 1<<4 | 1<<5, 'y': 1 << 5,
	'F': 1 << 5, 'N': 1 << 4, 'T': 1 << 4,
}

// lexer turns a text into tokens, all at once: the parser can then look ahead
// as far as it needs for nothing. Its text ends in a newline and a zero byte,
// and has no other zero byte, so no loop needs to watch for the end.
type lexer struct {
	text     string
	returns  bool // the text has carriage returns
	pos      int
	tokens   []token
	indents  []indent
	brackets []byte
	fstrings []fstring
	comments *[]Span // collects the comments, where it is set
}

// indent is a column of indentation, counted with tabs of eight columns and of
// one: where the two orders disagree the indentation is ambiguous.
type indent struct{ wide, narrow int }

// lex appends the tokens of text to buffer.
func lex(text string, buffer []token, comments *[]Span) []token {
	l := lexer{
		comments: comments,
		text:     text,
		returns:  strings.IndexByte(text, '\r') >= 0,
		tokens:   buffer,
		indents:  make([]indent, 1, 16),
	}
	l.indentation()
	for l.pos < len(text)-1 {
		l.token()
	}
	l.finish()
	return l.tokens
}

// token reads one token, or a stretch of space.
func (l *lexer) token() {
	switch c := l.text[l.pos]; classes[c] {
	case classSpace:
		l.pos++
	case classLetter:
		l.word()
	case classDigit:
		l.number()
	case classQuote:
		l.string(l.pos, 0)
	case classOperator:
		l.operator(c)
	case classDot:
		l.dot()
	case classOpen:
		l.open(c)
	case classClose:
		l.close(c)
	case classNewline:
		l.newline()
	case classComment:
		l.comment()
	case classBackslash:
		l.continuation()
	default:
		l.fail(l.pos, "invalid character")
	}
}

func (l *lexer) fail(pos int, message string) { panic(failure{uint32(pos), message}) }

// emit adds the token from start to the present place.
func (l *lexer) emit(k kind, start int, f flags) {
	l.tokens = append(l.tokens, token{uint32(start), uint32(l.pos), k, f})
}

// layout adds a token that has a place but no extent.
func (l *lexer) layout(k kind) {
	var end uint32
	if n := len(l.tokens); n > 0 {
		end = l.tokens[n-1].end
	}
	l.tokens = append(l.tokens, token{uint32(l.pos), end, k, 0})
}

// advance emits the token of the next n bytes.
func (l *lexer) advance(k kind, n int) {
	start := l.pos
	l.pos += n
	l.emit(k, start, 0)
}

// comment steps over a comment, up to the line end.
func (l *lexer) comment() {
	start := l.pos
	if l.returns {
		l.pos += strings.IndexAny(l.text[l.pos:], "\r\n")
	} else {
		l.pos += strings.IndexByte(l.text[l.pos:], '\n')
	}
	if l.comments != nil {
		*l.comments = append(*l.comments, Span{uint32(start), uint32(l.pos)})
	}
}

func (l *lexer) newline() {
	if len(l.brackets) == 0 {
		l.layout(kindNewline)
		l.skipNewline()
		l.indentation()
		return
	}
	l.skipNewline()
}

// skipNewline steps over one line end, of any of the three forms.
func (l *lexer) skipNewline() {
	if l.text[l.pos] == '\r' && l.text[l.pos+1] == '\n' {
		l.pos++
	}
	l.pos++
}

// continuation steps over a backslash and the line end after it.
func (l *lexer) continuation() {
	switch l.text[l.pos+1] {
	case '\n', '\r':
	default:
		l.fail(l.pos, "unexpected character after line continuation character")
	}
	l.pos++
	l.skipNewline()
	if l.text[l.pos] == 0 {
		l.fail(l.pos-1, "unexpected end of file after line continuation character")
	}
}

// indentation measures the next line that has a token and emits what its
// indentation means.
func (l *lexer) indentation() {
	for {
		found := l.measure()
		switch l.text[l.pos] {
		case '#':
			l.comment()
			l.skipNewline()
		case '\n', '\r':
			l.skipNewline()
		case 0:
			return
		default:
			l.indent(found)
			return
		}
	}
}

// measure steps over the white space that begins a line. An indentation that a
// backslash splits counts as far as its first line, unless that has none.
func (l *lexer) measure() indent {
	var at indent
	split := 0
	for {
		switch l.text[l.pos] {
		case ' ':
			at.wide++
			at.narrow++
		case '\t':
			at.wide = (at.wide/8 + 1) * 8
			at.narrow++
		case '\f':
			at = indent{}
		case '\\':
			if split == 0 {
				split = at.wide
			}
			l.continuation()
			continue
		default:
			if split != 0 {
				return indent{split, split}
			}
			return at
		}
		l.pos++
	}
}

// indent compares an indentation with those around it.
func (l *lexer) indent(at indent) {
	top := l.indents[len(l.indents)-1]
	switch {
	case at == top:
	case at.wide > top.wide:
		if at.narrow <= top.narrow {
			l.fail(l.pos, "inconsistent use of tabs and spaces in indentation")
		}
		if len(l.indents) == maxIndents {
			l.fail(l.pos, "too many levels of indentation")
		}
		l.indents = append(l.indents, at)
		l.layout(kindIndent)
	default:
		l.dedent(at)
	}
}

func (l *lexer) dedent(at indent) {
	n := len(l.indents) - 1
	for n > 0 && at.wide < l.indents[n].wide {
		n--
		l.layout(kindDedent)
	}
	switch top := l.indents[n]; {
	case at.wide != top.wide:
		l.fail(l.pos, "unindent does not match any outer indentation level")
	case at.narrow != top.narrow:
		l.fail(l.pos, "inconsistent use of tabs and spaces in indentation")
	}
	l.indents = l.indents[:n+1]
}

// finish closes what the end of the file closes.
func (l *lexer) finish() {
	if len(l.fstrings) > 0 {
		l.fail(l.pos, "unterminated f-string literal")
	}
	if len(l.brackets) > 0 {
		l.fail(l.pos, "'"+string(l.brackets[len(l.brackets)-1])+"' was never closed")
	}
	for range l.indents[1:] {
		l.layout(kindDedent)
	}
	l.layout(kindEOF)
}

// word reads a name, a keyword or a string that has a prefix.
func (l *lexer) word() {
	start, pos := l.pos, l.pos
	for wordBytes[l.text[pos]] {
		pos++
	}
	first, n := l.text[start], pos-start
	l.pos = pos
	switch next := l.text[pos]; {
	case next >= 0x80:
		l.unicodeName(start)
	case (next == '"' || next == '\'') && n <= 2 && l.prefixed(start):
	case n < 16 && keywordLengths[first]&(1<<n) != 0:
		l.emit(keyword(l.text[start:pos]), start, 0)
	default:
		l.emit(kindName, start, 0)
	}
}

// prefixed reads the string that begins at start if what stands there is a
// string prefix.
func (l *lexer) prefixed(start int) bool {
	var f flags
	var formatted, plain bool
	for _, b := range []byte(l.text[start:l.pos]) {
		switch b | 0x20 {
		case 'r':
			f |= flagRaw
		case 'b':
			f |= flagBytes
		case 't':
			f |= flagTemplate
			formatted = true
		case 'f':
			formatted = true
		case 'u':
			plain = true
		default:
			return false
		}
	}
	// Of two letters exactly one is r, and u stands alone.
	if l.pos-start == 2 && (plain || f&flagRaw == 0 || l.text[start]|0x20 == l.text[start+1]|0x20) {
		return false
	}
	if formatted {
		l.formatted(start, f)
	} else {
		l.string(start, f)
	}
	return true
}

// open reads an opening bracket.
func (l *lexer) open(c byte) {
	k := kindLeftParen
	switch c {
	case '[':
		k = kindLeftBracket
	case '{':
		k = kindLeftBrace
	}
	if len(l.brackets) == maxBrackets {
		l.fail(l.pos, "too many nested parentheses")
	}
	l.brackets = append(l.brackets, c)
	l.advance(k, 1)
}

// close reads a closing bracket, which may end a replacement field too.
func (l *lexer) close(c byte) {
	n := len(l.brackets)
	if n == 0 {
		l.fail(l.pos, "unmatched '"+string(c)+"'")
	}
	k, opening := kindRightParen, byte('(')
	switch c {
	case ']':
		k, opening = kindRightBracket, '['
	case '}':
		k, opening = kindRightBrace, '{'
	}
	if l.brackets[n-1] != opening {
		l.fail(l.pos, "closing parenthesis '"+string(c)+"' does not match opening parenthesis '"+string(l.brackets[n-1])+"'")
	}
	field := l.atField()
	l.brackets = l.brackets[:n-1]
	l.advance(k, 1)
	if field {
		l.fstrings[len(l.fstrings)-1].leave()
		l.formatText()
	}
}

func (l *lexer) dot() {
	switch {
	case isDigit(l.text[l.pos+1]):
		l.number()
	case l.text[l.pos+1] == '.' && l.text[l.pos+2] == '.':
		l.advance(kindEllipsis, 3)
	default:
		l.advance(kindDot, 1)
	}
}

// operator reads what is neither a bracket nor a dot.
func (l *lexer) operator(c byte) {
	next := l.text[l.pos+1]
	switch c {
	case ',':
		l.advance(kindComma, 1)
	case ':':
		l.colon(next)
	case '=':
		l.withEqual(next, kindAssign, kindEqual)
	case ';':
		l.advance(kindSemicolon, 1)
	case '~':
		l.advance(kindTilde, 1)
	case '-':
		if next == '>' {
			l.advance(kindArrow, 2)
			return
		}
		l.withEqual(next, kindMinus, kindMinusAssign)
	case '*':
		l.doubled(c, next, kindStar, kindStarAssign, kindDoubleStar, kindDoubleStarAssign)
	case '/':
		l.doubled(c, next, kindSlash, kindSlashAssign, kindDoubleSlash, kindDoubleSlashAssign)
	case '<':
		l.doubled(c, next, kindLess, kindLessEqual, kindLeftShift, kindLeftShiftAssign)
	case '>':
		l.doubled(c, next, kindGreater, kindGreaterEqual, kindRightShift, kindRightShiftAssign)
	case '+':
		l.withEqual(next, kindPlus, kindPlusAssign)
	case '%':
		l.withEqual(next, kindPercent, kindPercentAssign)
	case '@':
		l.withEqual(next, kindAt, kindAtAssign)
	case '|':
		l.withEqual(next, kindPipe, kindPipeAssign)
	case '&':
		l.withEqual(next, kindAmpersand, kindAmpersandAssign)
	case '^':
		l.withEqual(next, kindCaret, kindCaretAssign)
	case '!':
		if next != '=' && !l.atField() {
			l.fail(l.pos, "invalid syntax")
		}
		l.withEqual(next, kindExclamation, kindNotEqual)
	}
}

// withEqual reads an operator that "=" may follow.
func (l *lexer) withEqual(next byte, plain, equal kind) {
	if next == '=' {
		l.advance(equal, 2)
	} else {
		l.advance(plain, 1)
	}
}

// doubled reads an operator that "=" or itself may follow.
func (l *lexer) doubled(c, next byte, plain, equal, double, doubleEqual kind) {
	switch {
	case next != c:
		l.withEqual(next, plain, equal)
	case l.text[l.pos+2] == '=':
		l.advance(doubleEqual, 3)
	default:
		l.advance(double, 2)
	}
}

// colon reads ":" or ":=". In a replacement field, outside of any bracket, it
// begins the format spec.
func (l *lexer) colon(next byte) {
	switch {
	case l.atField():
		l.advance(kindColon, 1)
		l.formatText()
	case next == '=':
		l.advance(kindWalrus, 2)
	default:
		l.advance(kindColon, 1)
	}
}
