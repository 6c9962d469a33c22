package python

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unicodeName reads the rest of a name that is not all ASCII.
func (l *lexer) unicodeName(start int) {
	for {
		if wordBytes[l.text[l.pos]] {
			l.pos++
			continue
		}
		if l.text[l.pos] < utf8.RuneSelf {
			break
		}
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if !isNameRune(r, l.pos == start) {
			l.fail(l.pos, "invalid character in identifier")
		}
		l.pos += size
	}
	l.emit(kindName, start, flagNonASCII)
}

// isNameRune tells whether r is in XID_Start, or in XID_Continue where it is
// not the first of its name.
func isNameRune(r rune, first bool) bool {
	if unicode.Is(notXID, r) {
		return false
	}
	if unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start) && (!first || !unicode.Is(notXIDStart, r)) {
		return true
	}
	return !first && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
}

// The runes which identifiers may not hold or begin with because their NFKC
// forms could not stand there.
var (
	notXID = &unicode.RangeTable{R16: []unicode.Range16{
		{Lo: 0x037a, Hi: 0x037a, Stride: 1},
		{Lo: 0x2e2f, Hi: 0x2e2f, Stride: 1},
		{Lo: 0x309b, Hi: 0x309c, Stride: 1},
		{Lo: 0xfc5e, Hi: 0xfc63, Stride: 1},
		{Lo: 0xfdfa, Hi: 0xfdfb, Stride: 1},
		{Lo: 0xfe70, Hi: 0xfe7e, Stride: 2},
	}}
	notXIDStart = &unicode.RangeTable{R16: []unicode.Range16{
		{Lo: 0x0e33, Hi: 0x0e33, Stride: 1},
		{Lo: 0x0eb3, Hi: 0x0eb3, Stride: 1},
		{Lo: 0xff9e, Hi: 0xff9f, Stride: 1},
	}}
)

// identifier returns a name as Python compares it.
func identifier(text string, f flags) string {
	if f&flagNonASCII != 0 {
		return norm.NFKC.String(text)
	}
	return text
}
