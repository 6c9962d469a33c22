package python

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParse holds any input to this: no crash, and of a tree that every span
// lies in the text and in its parent's.
func FuzzParse(f *testing.F) {
	for _, c := range grammar {
		f.Add([]byte(c.src))
	}
	for _, src := range refusals {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := Parse(src)
		if err != nil {
			var e *SyntaxError
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Message == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		for _, s := range file.Body {
			checkSpans(t, file, s, Span{0, uint32(len(file.Text))})
		}
	})
}

// checkSpans checks n and what is below it.
func checkSpans(t *testing.T, file *File, n Node, parent Span) {
	t.Helper()
	span := n.Bounds()
	if span.Start > span.End || span.Start < parent.Start || span.End > parent.End {
		t.Fatalf("%T at %v is not within %v", n, span, parent)
	}
	if name, ok := n.(*Name); ok && len(name.ID) == 0 {
		t.Fatalf("name without a name at %v", span)
	}
	if _, ok := n.(*FunctionDef); ok {
		// Decorators stand before the span of what they decorate.
		span.Start = parent.Start
	}
	if _, ok := n.(*ClassDef); ok {
		span.Start = parent.Start
	}
	Inspect(n, func(child Node) bool {
		if child == n {
			return true
		}
		checkSpans(t, file, child, span)
		return false
	})
}

// TestDepth parses what is nested deeper than any program: it ends with a tree
// or an error, never with an exhausted stack.
func TestDepth(t *testing.T) {
	const n = 1_000_000
	for _, unit := range []struct{ before, middle, after string }{
		{"(", "x", ")"}, {"[", "", "]"}, {"{", "", "}"}, {"f(", "", ")"}, {"x[", "0", "]"},
		{"-", "x", ""}, {"not ", "x", ""}, {"x ** ", "x", ""}, {"lambda: ", "x", ""}, {"x if y else ", "z", ""},
		{"await ", "x", ""}, {"x = ", "x", ""}, {"x and ", "x", ""}, {"x < ", "y", ""}, {"[x for x in ", "y", "]"},
		{"", "x", ".y"}, {"", "x", "()"}, {"", "x", "[0]"}, {"", "x", " + y"}, {"", "x", " or y and z"}, {"", "'x'", " 'y'"},
		{"f'{", "x", "}'"}, {"f'{x:{", "x", "}}'"}, {"*", "x", ""}, {"", "if x: y\n", "elif x: y\n"},
		{"x, ", "y", ""}, {"", "x", ";x"}, {"@x\n", "def f(): pass", ""}, {"lambda x=", "0", ": 0"},
		{"", "match x:\n case x", " | x"}, {"match x:\n case ", "[", "]: pass"}, {"yield ", "x", ""},
		{"x: ", "y", ""}, {"\n", "x", "\n"}, {"a.", "b", ""}, {"async ", "x", ""}, {"\\\n", "x", ""},
	} {
		src := strings.Repeat(unit.before, n) + unit.middle + strings.Repeat(unit.after, n)
		file, err := Parse([]byte(src))
		if err != nil {
			continue
		}
		nodes := 0
		for _, s := range file.Body {
			Inspect(s, func(Node) bool { nodes++; return true })
		}
		if nodes == 0 {
			t.Errorf("%q gives an empty tree", unit.before+unit.middle+unit.after)
		}
	}
	var blocks strings.Builder
	for depth := range 200 {
		blocks.WriteString(strings.Repeat(" ", depth) + "if x:\n")
	}
	if _, err := Parse([]byte(blocks.String())); err == nil {
		t.Error("200 blocks are accepted")
	}
}
