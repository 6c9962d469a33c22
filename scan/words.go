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
		if n.Attr == "__dict__" {
			c.add(storesOf(""))
		}
	case *python.Str:
		c.add(n.Value)
	case *python.FunctionDef:
		c.add(n.Name)
		c.params(n.Params)
	case *python.ClassDef:
		c.add(n.Name)
		c.keywords(n.Keywords)
	case *python.Call:
		c.keywords(n.Keywords)
		c.setattr(n)
		if isEvaluator(n.Func) {
			c.add(evaluation)
		}
		if basesOf(n) != nil {
			c.add(derivation)
		}
	case *python.Assign:
		for _, t := range n.Targets {
			c.stored(t)
		}
	case *python.AnnAssign:
		c.stored(n.Target)
	case *python.AugAssign:
		c.stored(n.Target)
	case *python.For:
		c.stored(n.Target)
	case *python.With:
		for _, it := range n.Items {
			c.stored(it.Target)
		}
	case *python.Import:
		c.aliases(n.Names)
	case *python.ImportFrom:
		c.dotted(n.Module)
		c.aliases(n.Names)
	case *python.Lambda:
		c.params(n.Params)
	}
}

// storesOf is the word that stands for a write to an attribute of that name; no
// identifier holds a sign.
func storesOf(attr string) string { return attr + "=" }

// evaluation is the word that stands for a call of eval, exec or compile.
const evaluation = "eval()"

// derivation is the word that stands for a call that makes a class of bases.
const derivation = "type(,)"

// basesOf returns the bases in type(name, bases, names) and new_class(name, bases);
// nil for any other call.
func basesOf(c *python.Call) python.Expr {
	name := lastName(c.Func)
	switch {
	case name != "type" && name != "new_class":
		return nil
	case name == "new_class" && keyword(c, "bases") != nil:
		return keyword(c, "bases")
	case len(c.Args) == 3, name == "new_class" && len(c.Args) > 1:
		return c.Args[1]
	}
	return nil
}

func isEvaluator(e python.Expr) bool {
	n, ok := e.(*python.Name)
	return ok && (n.ID == "eval" || n.ID == "exec" || n.ID == "compile")
}

// stored adds the attributes that an assignment's target writes to.
func (c wordSet) stored(t python.Expr) {
	switch t := t.(type) {
	case *python.Attribute:
		c.add(storesOf(t.Attr))
	case *python.Tuple:
		for _, e := range t.Elts {
			c.stored(e)
		}
	case *python.List:
		for _, e := range t.Elts {
			c.stored(e)
		}
	case *python.Starred:
		c.stored(t.Value)
	}
}

// setattr adds the attribute that setattr(x, "name", value) writes to. One whose
// name is not written there, and a write into __dict__, stand as the empty name.
func (c wordSet) setattr(call *python.Call) {
	switch lastName(call.Func) {
	case "vars":
		c.add(storesOf(""))
	case "setattr", "__setattr__":
		name := ""
		for _, a := range call.Args[:max(0, len(call.Args)-1)] {
			if lit, ok := a.(*python.Str); ok {
				name = lit.Value
			}
		}
		c.add(storesOf(name))
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
