package scan

import (
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// Two of the ways in which Python formats strings, as far as they insert values
// unchanged: "%s" and "%(key)s" of the operator %, and "{}", "{0}" and "{name}" of
// str.format. Widths, conversions and attributes are not followed.

// piece is one part of a format: a literal, or the value to insert at a key, which
// is a place or a name.
type piece struct {
	literal string
	key     string
}

// percentOf evaluates left % right, where left may be a string.
func (s *solver) percentOf(left, right set) set {
	var out set
	for _, l := range left {
		if l.kind == text {
			out = out.join(s.percent(l.text, right)...)
			continue
		}
		out = out.join(l)
	}
	return out
}

// percent evaluates template % args.
func (s *solver) percent(template string, args set) set {
	pieces, ok := percentPieces(template)
	if !ok {
		return set{formatted}
	}
	return s.fill(pieces, func(key string) set {
		if at, err := strconv.Atoi(key); err == nil {
			return s.percentArgument(args, at, countKeys(pieces))
		}
		return s.percentItem(args, key)
	})
}

// percentArgument is the argument at a place: of a tuple its element, and where
// there is but one place, whatever is no tuple is the argument itself.
func (s *solver) percentArgument(args set, at, places int) set {
	var out set
	for _, v := range args {
		elts, exact := displayed(v.expr)
		_, tuple := v.expr.(*python.Tuple)
		switch {
		case tuple && exact && len(elts) == places:
			out = out.join(s.expr(elts[at], v.scope)...)
		case v.kind == text && places == 1 || v.kind == unknown:
			out = out.join(v)
		default:
			out = out.join(formatted)
		}
	}
	return out
}

func (s *solver) percentItem(args set, key string) set {
	var out set
	for _, v := range args {
		switch v.kind {
		case mapping:
			out = out.join(s.item(v, set{{kind: text, text: key}})...)
		case additions:
			out = out.join(s.additions(v, view{key: key})...)
		case unknown:
			out = out.join(v)
		default:
			out = out.join(formatted)
		}
	}
	return out
}

// percentPieces reads a format of the operator %; !ok where it does more than insert.
func percentPieces(template string) (pieces []piece, ok bool) {
	places := 0
	for {
		before, after, more := strings.Cut(template, "%")
		pieces = append(pieces, piece{literal: before})
		if !more {
			return pieces, true
		}
		key := strconv.Itoa(places)
		if named, rest, ok := strings.Cut(after, ")"); ok && strings.HasPrefix(named, "(") {
			key, after = named[1:], rest
		}
		switch {
		case key == "":
			return nil, false
		case strings.HasPrefix(after, "%"):
			pieces = append(pieces, piece{literal: "%"})
		case strings.HasPrefix(after, "s"):
			pieces = append(pieces, piece{key: key})
			places++
		default:
			return nil, false
		}
		template = after[1:]
	}
}

// format evaluates template.format(...).
func (s *solver) format(template string, c *python.Call, in *scope) set {
	pieces, ok := formatPieces(template)
	if !ok || unpacks(c) {
		return set{formatted}
	}
	return s.fill(pieces, func(key string) set {
		if at, err := strconv.Atoi(key); err == nil && at < len(c.Args) {
			return s.expr(c.Args[at], in)
		}
		if e := keyword(c, key); e != nil {
			return s.expr(e, in)
		}
		return set{formatted}
	})
}

// formatPieces reads a format of str.format; !ok where it does more than insert.
func formatPieces(template string) (pieces []piece, ok bool) {
	places := 0
	for {
		i := strings.IndexAny(template, "{}")
		if i < 0 {
			return append(pieces, piece{literal: template}), true
		}
		pieces = append(pieces, piece{literal: template[:i]})
		brace, rest := template[i:i+1], template[i+1:]
		if strings.HasPrefix(rest, brace) {
			pieces, template = append(pieces, piece{literal: brace}), rest[1:]
			continue
		}
		key, after, closed := strings.Cut(rest, "}")
		if brace == "}" || !closed || strings.ContainsAny(key, "{!:.[") {
			return nil, false
		}
		if key == "" {
			key = strconv.Itoa(places)
			places++
		}
		pieces, template = append(pieces, piece{key: key}), after
	}
}

// fill joins the pieces, with everything that a key's value can be.
func (s *solver) fill(pieces []piece, at func(key string) set) set {
	out := set{{kind: text}}
	for _, p := range pieces {
		if p.key == "" {
			out = concat(out, set{{kind: text, text: p.literal}})
			continue
		}
		out = concat(out, at(p.key))
	}
	return out
}

func countKeys(pieces []piece) int {
	n := 0
	for _, p := range pieces {
		if p.key != "" {
			n++
		}
	}
	return n
}

// formatted is the answer where a format is not followed.
var formatted = unsure("it is formatted in a way that the scan does not follow")

// joined evaluates an f-string.
func (s *solver) joined(e *python.JoinedStr, in *scope) set {
	out := set{{kind: text}}
	for _, part := range e.Values {
		var piece set
		switch p := part.(type) {
		case *python.FormattedValue:
			if p.Spec != nil || p.Conversion != 0 && p.Conversion != 's' {
				return set{formatted}
			}
			piece = s.expr(p.Value, in)
		default:
			piece = s.expr(part, in)
		}
		out = concat(out, piece)
	}
	return out
}

// binary follows + over strings and over containers.
func (s *solver) binary(e *python.BinOp, in *scope) set {
	left, right := s.expr(e.Left, in), s.expr(e.Right, in)
	if e.Op == python.Mod && left.any(text) {
		return s.percentOf(left, right)
	}
	if holds(left) || holds(right) {
		return left.join(right...)
	}
	if e.Op != python.Add {
		if left.without(plain) == nil && right.without(plain) == nil {
			return set{{kind: plain}}
		}
		return set{unsure("it is computed in a way that the scan does not follow")}
	}
	return concat(left, right)
}

// longestJoined bounds the strings that are put together: a few lines of code can
// double one until no memory holds it.
const longestJoined = 1 << 16

var tooLarge = unsure("it is put together to a string of more than %d bytes", longestJoined)

// concat joins every string on the left with every one on the right.
func concat(left, right set) set {
	var out set
	for _, l := range left {
		for _, r := range right {
			switch {
			case l.kind == unknown:
				out = out.join(l)
			case r.kind == unknown:
				out = out.join(r)
			case l.kind == text && r.kind == text && len(l.text)+len(r.text) > longestJoined:
				out = out.join(tooLarge)
			case l.kind == text && r.kind == text:
				out = out.join(value{kind: text, text: l.text + r.text})
			case l.kind == text || r.kind == text:
				out = out.join(unsure("it is put together from parts that the scan does not follow"))
			default:
				out = out.join(value{kind: plain})
			}
		}
	}
	return out
}
