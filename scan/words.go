package scan

import (
	"errors"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// words is the sorted set of a file's names and short strings, hashed. It
// answers "can this file concern X?" without keeping the file's tree.
type words []uint64

// longestWord bounds the strings that count: no name of AWS comes near it.
const longestWord = 128

// seed is of this process only: hashes never leave it, so no input can aim at them.
var seed = maphash.MakeSeed()

func hashWord(s string) uint64 { return maphash.String(seed, s) }

func (w words) has(h uint64) bool {
	_, ok := slices.BinarySearch(w, h)
	return ok
}

// wordsOfTree collects identifiers, attributes, keyword names, imported names
// and whole strings.
func wordsOfTree(f *python.File) words {
	c := wordSet{}
	for _, st := range f.Body {
		python.Inspect(st, func(n python.Node) bool {
			c.node(n)
			return true
		})
	}
	return c.sorted()
}

type wordSet map[uint64]struct{}

func (c wordSet) add(s string) {
	if s != "" && len(s) <= longestWord {
		c[hashWord(s)] = struct{}{}
	}
}

func (c wordSet) node(n python.Node) {
	switch n := n.(type) {
	case *python.Name:
		c.add(n.ID)
	case *python.Attribute:
		c.add(n.Attr)
	case *python.Str:
		c.add(n.Value)
	case *python.FunctionDef:
		c.add(n.Name)
	case *python.ClassDef:
		c.add(n.Name)
		c.keywords(n.Keywords)
	case *python.Call:
		c.keywords(n.Keywords)
	case *python.Import:
		c.aliases(n.Names)
	case *python.ImportFrom:
		c.dotted(n.Module)
		c.aliases(n.Names)
	case *python.Lambda:
		c.params(n.Params)
	}
	if f, ok := n.(*python.FunctionDef); ok {
		c.params(f.Params)
	}
}

func (c wordSet) keywords(ks []python.Keyword) {
	for _, k := range ks {
		c.add(k.Name)
	}
}

// aliases adds each imported name whole and in its parts.
func (c wordSet) aliases(as []python.Alias) {
	for _, a := range as {
		c.add(a.AsName)
		c.dotted(a.Name)
	}
}

func (c wordSet) dotted(name string) {
	for part := range strings.SplitSeq(name, ".") {
		c.add(part)
	}
}

func (c wordSet) params(ps *python.Params) {
	for _, p := range allParams(ps) {
		c.add(p.Name)
	}
}

func (c wordSet) sorted() words {
	w := make(words, 0, len(c))
	for h := range c {
		w = append(w, h)
	}
	slices.Sort(w)
	return w
}

// wordsOfText takes every run of name characters, and every run that a string
// could hold as a service's name ("sso-oidc"), from a text that does not parse.
func wordsOfText(src []byte) words {
	c := wordSet{}
	for _, extra := range []string{"", "-.", "-"} {
		start := -1
		for i := 0; i <= len(src); i++ {
			if i < len(src) && isWordByte(src[i], extra) {
				if start < 0 {
					start = i
				}
				continue
			}
			if start >= 0 {
				c.add(string(src[start:i]))
				start = -1
			}
		}
	}
	return c.sorted()
}

func isWordByte(b byte, extra string) bool {
	switch {
	case b == '_' || b >= 0x80, '0' <= b && b <= '9', 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z':
		return true
	}
	for i := range len(extra) {
		if extra[i] == b {
			return true
		}
	}
	return false
}

func asSyntaxError(err error) *python.SyntaxError {
	var se *python.SyntaxError
	if errors.As(err, &se) {
		return se
	}
	return &python.SyntaxError{Line: 1, Column: 1, Message: err.Error()}
}
