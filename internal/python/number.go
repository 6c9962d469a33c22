package python

import "strings"

// number reads a number. The check of what follows it is CPython's: a keyword
// that can follow a number may do so without a space, as in "1if x else 2".
func (l *lexer) number() {
	start := l.pos
	what := "decimal"
	if l.text[start] == '0' {
		what = l.zero()
	} else {
		l.decimal(start)
	}
	if isLetter(l.text[l.pos]) && !keywordFollows(l.text[l.pos:]) {
		l.fail(start, "invalid "+what+" literal")
	}
	l.emit(kindNumber, start, 0)
}

// zero reads a number that begins with 0 and returns what kind it is.
func (l *lexer) zero() string {
	start := l.pos
	switch l.text[start+1] | 0x20 {
	case 'x':
		l.based("0123456789abcdefABCDEF", "hexadecimal")
		return "hexadecimal"
	case 'o':
		l.based("01234567", "octal")
		return "octal"
	case 'b':
		l.based("01", "binary")
		return "binary"
	}
	l.decimal(start)
	// Only zeros may follow a leading zero, unless the number is not an integer.
	if isDigit(l.text[l.pos-1]) && strings.Trim(l.text[start:l.pos], "0123456789_") == "" &&
		strings.Trim(l.text[start:l.pos], "0_") != "" {
		l.fail(start, "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers")
	}
	return "decimal"
}

// based reads the digits of a number after its 0x, 0o or 0b.
func (l *lexer) based(digits, what string) {
	start := l.pos
	l.pos += 2
	for {
		if l.text[l.pos] == '_' {
			l.pos++
		}
		group := l.pos
		for strings.IndexByte(digits, l.text[l.pos]) >= 0 {
			l.pos++
		}
		if l.pos == group || isDigit(l.text[l.pos]) {
			l.fail(start, "invalid "+what+" literal")
		}
		if l.text[l.pos] != '_' {
			return
		}
	}
}

// decimal reads an integer, a float or an imaginary number.
func (l *lexer) decimal(start int) {
	if l.text[l.pos] != '.' {
		l.digits(start)
	}
	if l.text[l.pos] == '.' {
		l.pos++
		if isDigit(l.text[l.pos]) {
			l.digits(start)
		}
	}
	if l.text[l.pos]|0x20 == 'e' {
		l.exponent(start)
	}
	if l.text[l.pos]|0x20 == 'j' {
		l.pos++
	}
}

// digits reads digits that single underscores may divide.
func (l *lexer) digits(start int) {
	for {
		for isDigit(l.text[l.pos]) {
			l.pos++
		}
		if l.text[l.pos] != '_' {
			return
		}
		l.pos++
		if !isDigit(l.text[l.pos]) {
			l.fail(start, "invalid decimal literal")
		}
	}
}

// exponent reads an exponent if one is there; the e may begin "else" instead.
func (l *lexer) exponent(start int) {
	at := l.pos + 1
	if c := l.text[at]; c == '+' || c == '-' {
		if at++; !isDigit(l.text[at]) {
			l.fail(start, "invalid decimal literal")
		}
	}
	if isDigit(l.text[at]) {
		l.pos = at
		l.digits(start)
	}
}

// keywordFollows tells whether text begins as a keyword does that may follow a
// number. CPython looks no further than these prefixes.
func keywordFollows(text string) bool {
	for _, prefix := range [...]string{"and", "else", "for", "if", "in", "is", "not", "or"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}
