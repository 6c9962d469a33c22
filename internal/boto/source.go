package boto

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// entry is one item of a Python dictionary literal of strings; a key that is
// a tuple has several parts.
type entry struct {
	key   []string
	value string
}

// dict reads the dictionary literal that is assigned to name at the start of a
// line of a Python source. It knows just what botocore writes, string keys or
// tuples of strings and string values, and refuses everything else, for half a
// dictionary would pass for the whole. A source without the name yields none.
func dict(source []byte, name string) ([]entry, error) {
	start := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `[ \t]*=[ \t]*\{`).FindIndex(source)
	if start == nil {
		return nil, nil
	}
	r := literal{rest: source[start[1]:]}
	var all []entry
	for !r.take('}') {
		e := r.entry()
		if r.err != nil {
			line := 1 + bytes.Count(source[:len(source)-len(r.rest)], []byte("\n"))
			return nil, fmt.Errorf("line %d: cannot read the dictionary %s: %w", line, name, r.err)
		}
		all = append(all, e)
	}
	return all, nil
}

// literal reads tokens of a dictionary literal; the first error sticks.
type literal struct {
	rest []byte
	err  error
}

func (r *literal) entry() entry {
	var e entry
	if r.take('(') {
		for r.err == nil && !r.take(')') {
			e.key = append(e.key, r.text())
			if !r.take(',') && !r.peek(')') {
				r.fail("a tuple without commas")
			}
		}
	} else {
		e.key = []string{r.text()}
	}
	if !r.take(':') {
		r.fail("no colon after a key")
	}
	if r.take('(') { // formatters wrap a long value
		e.value = r.text()
		if !r.take(')') {
			r.fail("a value in parentheses that is not one string")
		}
	} else {
		e.value = r.text()
	}
	if !r.take(',') && !r.peek('}') {
		r.fail("no comma after a value")
	}
	return e
}

func (r *literal) fail(why string) {
	if r.err == nil {
		r.err = errors.New(why)
	}
}

// space skips blanks, line ends and comments.
func (r *literal) space() {
	for {
		r.rest = bytes.TrimLeft(r.rest, " \t\r\n")
		if len(r.rest) == 0 || r.rest[0] != '#' {
			return
		}
		_, r.rest, _ = bytes.Cut(r.rest, []byte("\n"))
	}
}

func (r *literal) peek(c byte) bool {
	r.space()
	return len(r.rest) > 0 && r.rest[0] == c
}

func (r *literal) take(c byte) bool {
	ok := r.peek(c)
	if ok {
		r.rest = r.rest[1:]
	}
	return ok
}

func (r *literal) text() string {
	if !r.peek('\'') && !r.peek('"') {
		r.fail("not a plain string")
		return ""
	}
	quote := r.rest[0]
	end := bytes.IndexByte(r.rest[1:], quote)
	if end < 1 {
		r.fail("an empty or unfinished string")
		return ""
	}
	s := string(r.rest[1 : 1+end])
	if strings.ContainsAny(s, "\\\n") {
		r.fail("a string with escapes")
		return ""
	}
	r.rest = r.rest[end+2:]
	return s
}

// readAliases reads SERVICE_NAME_ALIASES.
func readAliases(source []byte) (map[string]string, error) {
	entries, err := dict(source, "SERVICE_NAME_ALIASES")
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	aliases := make(map[string]string, len(entries))
	for _, e := range entries {
		if len(e.key) != 1 {
			return nil, errors.New("cannot read the dictionary SERVICE_NAME_ALIASES: a key is a tuple")
		}
		aliases[e.key[0]] = e.value
	}
	return aliases, nil
}
