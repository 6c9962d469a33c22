package python

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/runenames"
)

// string reads a string literal that begins at start and whose quote is at the
// present place.
func (l *lexer) string(start int, f flags) {
	quote := l.text[l.pos]
	if l.text[l.pos+1] == quote && l.text[l.pos+2] == quote {
		l.tripleQuoted(start, quote, f|flagTriple)
		return
	}
	pos := l.pos + 1
	for {
		switch c := l.text[pos]; c {
		case quote:
			l.pos = pos + 1
			l.emit(kindString, start, f)
			return
		case '\\':
			f |= flagEscape
			pos++
			if l.text[pos] == '\r' && l.text[pos+1] == '\n' {
				pos++
			}
		case '\n', '\r', 0:
			l.fail(start, "unterminated string literal")
		}
		pos++
	}
}

// tripleQuoted reads a literal in triple quotes.
func (l *lexer) tripleQuoted(start int, quote byte, f flags) {
	pos := l.pos + 3
	for {
		n := strings.IndexByte(l.text[pos:], quote)
		if n < 0 {
			l.fail(start, "unterminated triple-quoted string literal")
		}
		end := pos + n
		for pos < end {
			escape := strings.IndexByte(l.text[pos:end], '\\')
			if escape < 0 {
				break
			}
			f |= flagEscape
			pos += escape + 2
		}
		if pos > end {
			continue // the quote is escaped
		}
		pos = end + 1
		if l.text[pos] == quote && l.text[pos+1] == quote {
			l.pos = pos + 2
			l.emit(kindString, start, f)
			return
		}
	}
}

// literal returns the body of a string token, without prefix and quotes.
func literal(text string, f flags) string {
	body := text[strings.IndexAny(text, `"'`):]
	if f&flagTriple != 0 {
		return body[3 : len(body)-3]
	}
	return body[1 : len(body)-1]
}

// stringValue decodes the body of a string literal or the text of an f-string;
// at is where it stands.
func (p *parser) stringValue(body string, at uint32, f flags) string {
	if p.returns {
		body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	}
	if f&flagBytes != 0 {
		for i := range len(body) {
			if body[i] >= utf8.RuneSelf {
				p.failAt(at, "bytes can only contain ASCII literal characters")
			}
		}
	}
	if f&(flagRaw|flagEscape) != flagEscape {
		return body
	}
	d := decoder{body: body, bytes: f&flagBytes != 0}
	if message := d.decode(); message != "" {
		p.failAt(at, message)
	}
	return d.out.String()
}

// decoder undoes the escapes of a string or bytes literal.
type decoder struct {
	body  string
	bytes bool
	out   bytes.Buffer
}

// decode returns a message if an escape is broken.
func (d *decoder) decode() string {
	for {
		i := strings.IndexByte(d.body, '\\')
		if i < 0 {
			d.out.WriteString(d.body)
			return ""
		}
		d.out.WriteString(d.body[:i])
		d.body = d.body[i+1:]
		if message := d.escape(); message != "" {
			return message
		}
	}
}

// simpleEscapes has the escapes that stand for one byte.
var simpleEscapes = [256]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// escape decodes what follows a backslash.
func (d *decoder) escape() string {
	if d.body == "" {
		// Only the text of an f-string can end so: "{\{x}".
		d.out.WriteByte('\\')
		return ""
	}
	c := d.body[0]
	if simple := simpleEscapes[c]; simple != 0 {
		d.out.WriteByte(simple)
		d.body = d.body[1:]
		return ""
	}
	switch {
	case c == '\n':
		d.body = d.body[1:]
	case '0' <= c && c <= '7':
		d.octal()
	case c == 'x':
		return d.hex(2, `\xXX`)
	case c == 'u' && !d.bytes:
		return d.hex(4, `\uXXXX`)
	case c == 'U' && !d.bytes:
		return d.hex(8, `\UXXXXXXXX`)
	case c == 'N' && !d.bytes:
		return d.named()
	default:
		d.out.WriteByte('\\')
	}
	return ""
}

func (d *decoder) octal() {
	var r rune
	n := 0
	for n < 3 && n < len(d.body) && '0' <= d.body[n] && d.body[n] <= '7' {
		r = r<<3 | rune(d.body[n]-'0')
		n++
	}
	d.body = d.body[n:]
	d.write(r)
}

// hex decodes the letter and n digits.
func (d *decoder) hex(n int, form string) string {
	var r uint32
	for i := 1; i <= n; i++ {
		digit := -1
		if i < len(d.body) {
			digit = strings.IndexByte("0123456789abcdef", d.body[i]|0x20)
		}
		if digit < 0 {
			return "truncated " + form + " escape"
		}
		r = r<<4 | uint32(digit)
	}
	if r > utf8.MaxRune {
		return "illegal Unicode character"
	}
	d.body = d.body[n+1:]
	d.write(rune(r))
	return ""
}

// named decodes \N{NAME}. Names this Unicode version does not have, aliases
// among them, become U+FFFD: which names exist differs between Pythons.
func (d *decoder) named() string {
	end := strings.IndexByte(d.body, '}')
	if end < 3 || d.body[1] != '{' {
		return `malformed \N character escape`
	}
	r, ok := runesByName()[strings.ToUpper(d.body[2:end])]
	if !ok {
		r = utf8.RuneError
	}
	d.write(r)
	d.body = d.body[end+1:]
	return ""
}

var runesByName = sync.OnceValue(func() map[string]rune {
	names := make(map[string]rune, 1<<16)
	for r := range rune(utf8.MaxRune) {
		if name := runenames.Name(r); name != "" && name[0] != '<' {
			names[name] = r
		}
	}
	return names
})

// write adds a character, or a byte of a bytes literal. A lone surrogate is
// written as UTF-8 would encode it if it allowed that.
func (d *decoder) write(r rune) {
	switch {
	case d.bytes:
		d.out.WriteByte(byte(r))
	case 0xd800 <= r && r <= 0xdfff:
		d.out.Write([]byte{0xe0 | byte(r>>12), 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
	default:
		d.out.WriteRune(r)
	}
}
