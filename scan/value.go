package scan

import (
	"fmt"
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// kind is what the solver knows about a value.
type kind uint8

const (
	unknown   kind = iota // could be anything; text says why
	text                  // the string text
	plain                 // something that can be neither a string nor made by boto
	global                // a name outside the sources: text is its dotted path
	module                // a module of the sources
	funcVal               // a function of the sources, by its scope
	classVal              // a class of the sources, by its scope
	instance              // an instance of that class
	session               // a boto3, botocore, aioboto3 or aiobotocore session
	client                // a client of the service text; "" where that is not known
	resource              // likewise a resource, or anything reached through one
	sequence              // what a display, comprehension or generator holds
	mapping               // likewise for a dictionary
	row                   // one step of a loop over items(), enumerate() or zip(), the call expr
	additions             // whatever is added to a container of the name text, bound in scope
	answer                // what an operation gave back: data, never the name of a thing in the sources
	rest                  // what callers pass for the *args or **kwargs called text of the function
)

// value is one possibility for an expression. Values are compared with ==.
type value struct {
	kind  kind
	text  string
	file  *file
	scope *scope
	expr  python.Expr
}

func unsure(format string, args ...any) value {
	return value{kind: unknown, text: fmt.Sprintf(format, args...)}
}

// A set is bounded: past mostTexts strings, or mostValues values of any kind,
// the expression is unknown. One reason for doubt is as good as many.
const (
	mostTexts  = 64
	mostValues = 96
	mostDoubts = 2
)

// overflow stands for the strings that a set has lost.
var overflow = unsure("it can be any of more than %d strings", mostTexts)

// set is a small set of values, in the order in which they were found. Sets share
// their memory, so nothing changes one in place.
type set []value

func (s set) has(v value) bool {
	for i := range s {
		if s[i].kind == v.kind && s[i].text == v.text && s[i] == v {
			return true
		}
	}
	return false
}

// join adds another set to s. Most questions have one source, so that most answers
// are that source's, and cost nothing.
func (s set) join(vs ...value) set {
	if len(s) == 0 {
		return slices.Clip(set(vs))
	}
	if s.same(vs) || s.full() {
		return s
	}
	for _, v := range vs {
		s = s.add(v)
	}
	return s
}

// full reports whether nothing can be added any more, so that whoever joins can stop.
func (s set) full() bool { return len(s) >= mostValues && s.has(overflow) }

// same reports whether two sets are one in memory.
func (s set) same(o set) bool { return len(s) == len(o) && (len(s) == 0 || &s[0] == &o[0]) }

func (s set) add(v value) set {
	switch {
	case s.has(v):
		return s
	case v == overflow:
		return append(s.without(text), v)
	case v.kind == unknown && s.count(unknown) >= mostDoubts:
		return s
	case v.kind == text && s.has(overflow):
		return s
	case v.kind == text && s.count(text) >= mostTexts:
		return append(s.without(text), overflow)
	case len(s) >= mostValues:
		return s.add(overflow)
	}
	return append(s, v)
}

func (s set) count(k kind) (n int) {
	for i := range s {
		if s[i].kind == k {
			n++
		}
	}
	return n
}

// without returns a copy that lacks the values of a kind.
func (s set) without(k kind) set {
	var out set
	for _, v := range s {
		if v.kind != k {
			out = append(out, v)
		}
	}
	return out
}

// any reports whether a value of that kind is in the set.
func (s set) any(k kind) bool { return s.count(k) > 0 }
