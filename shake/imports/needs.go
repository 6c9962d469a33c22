package imports

import (
	"slices"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// needs are the characters that a text must have for a regular expression to match it
// or a part of it: those which stand in it outside of what may be left out, in all of
// its alternatives. A host name is asked whether it is an IPv6 address by patterns that
// take a millisecond each to compile, and has no colon. Empty where it is not known: the
// expression is no text that can be worked out, has flags, or a form that is not read.
func (m *module) needs(e python.Expr) string {
	call, ok := e.(*python.Call)
	if !ok || len(call.Args) != 1 || len(call.Keywords) > 0 {
		return ""
	}
	text, ok := m.text(call.Args[0])
	if !ok {
		return ""
	}
	return required(text)
}

// required reads the pattern; characters that a pattern writes as they are, and no
// letters or digits.
func required(pattern string) string {
	p := &regex{rest: pattern}
	all := p.alternatives()
	if p.unread || p.rest != "" {
		return ""
	}
	slices.Sort(all)
	return string(slices.Compact(all))
}

// regex reads a regular expression in Python's syntax.
type regex struct {
	rest   string
	unread bool // there is something that it does not know
}

// alternatives are what A|B|… needs: what each of them does.
func (p *regex) alternatives() []rune {
	common := p.sequence()
	for p.take("|") {
		other := p.sequence()
		common = slices.DeleteFunc(common, func(c rune) bool { return !slices.Contains(other, c) })
	}
	return common
}

func (p *regex) take(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

// sequence is what one thing after another needs.
func (p *regex) sequence() []rune {
	var all []rune
	for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' && !p.unread {
		one := p.atom()
		if p.least() > 0 {
			all = append(all, one...)
		}
	}
	return all
}

// least is how often something must be there, as what follows it says.
func (p *regex) least() int {
	least := 1
	switch {
	case p.take("*"), p.take("?"):
		least = 0
	case p.take("+"):
	default:
		from, ok := p.braces()
		if !ok {
			return 1
		}
		least = from
	}
	if !p.take("?") {
		p.take("+")
	}
	if p.rest != "" && strings.ContainsRune("*+?", rune(p.rest[0])) {
		p.unread = true
	}
	return least
}

// braces reads {M}, {M,}, {,N} or {M,N}; others are characters.
func (p *regex) braces() (least int, ok bool) {
	inner, rest, closed := strings.Cut(strings.TrimPrefix(p.rest, "{"), "}")
	if p.rest == "" || p.rest[0] != '{' || !closed || inner == "" {
		return 0, false
	}
	from, to, several := strings.Cut(inner, ",")
	for _, n := range []string{from, to} {
		if _, err := strconv.ParseUint(n, 10, 16); err != nil && n != "" {
			return 0, false
		}
	}
	if from == "" && !several {
		return 0, false
	}
	p.rest = rest
	least, _ = strconv.Atoi("0" + from)
	return least, true
}

// atom is what is needed by something that may be followed by how often it is there.
func (p *regex) atom() []rune {
	switch c := p.rest[0]; {
	case c == '(':
		return p.group()
	case c == '[':
		p.class()
		return nil
	case c == '\\':
		return p.escape()
	case c == '.' || c == '^' || c == '$':
		p.rest = p.rest[1:]
		return nil
	case c == '*' || c == '+' || c == '?':
		p.unread = true
		return nil
	case c < 0x80 && !isWord(c):
		p.rest = p.rest[1:]
		return []rune{rune(c)}
	default: // a letter, which may have another case, or none of ASCII
		p.rest = p.rest[1:]
		return nil
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// group is (…); what is looked for and not taken is not counted.
func (p *regex) group() []rune {
	looks := false
	switch {
	case !strings.HasPrefix(p.rest, "(?"):
		p.take("(")
	case p.take("(?:"):
	case p.take("(?="), p.take("(?!"), p.take("(?<="), p.take("(?<!"):
		looks = true
	case p.take("(?P<"):
		_, p.rest, _ = strings.Cut(p.rest, ">")
	default: // flags, comments, conditions and what there is yet to come
		p.unread = true
		return nil
	}
	all := p.alternatives()
	p.unread = p.unread || !p.take(")")
	if looks {
		return nil
	}
	return all
}

// class passes over […].
func (p *regex) class() {
	p.take("[")
	p.take("^")
	for first := true; ; first = false {
		switch {
		case p.rest == "":
			p.unread = true
			return
		case p.rest[0] == ']' && !first:
			p.rest = p.rest[1:]
			return
		case p.rest[0] == '\\' && len(p.rest) > 1:
			p.rest = p.rest[2:]
		default:
			p.rest = p.rest[1:]
		}
	}
}

// escape is \. for a character, or \d for one of many.
func (p *regex) escape() []rune {
	if len(p.rest) < 2 || p.rest[1] >= 0x80 {
		p.unread = true
		return nil
	}
	c := p.rest[1]
	p.rest = p.rest[2:]
	switch {
	case !isWord(c):
		return []rune{rune(c)}
	case !strings.ContainsRune("dDsSwWbBAZ", rune(c)): // \x41, \1 and others have more to them
		p.unread = true
	}
	return nil
}
