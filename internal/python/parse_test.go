package python

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// parse parses a source that must be right.
func parse(t *testing.T, src string) *File {
	t.Helper()
	f, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return f
}

// value returns the expression that is a source's only statement.
func value(t *testing.T, src string) Expr {
	t.Helper()
	f := parse(t, src)
	s, ok := f.Body[0].(*ExprStmt)
	if !ok || len(f.Body) != 1 {
		t.Fatalf("%q is no expression", src)
	}
	return s.Value
}

func TestStringValues(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`'a'`, "a"},
		{`"it's"`, "it's"},
		{`'''a"'b'''`, `a"'b`},
		{`""`, ""},
		{`'a' "b" r'\n'`, `ab\n`},
		{`'\a\b\f\n\r\t\v\\\'\"'`, "\a\b\f\n\r\t\v\\'\""},
		{`'\x41\101\0\u00e9\U0001F600\777'`, "AA\x00é😀ǿ"},
		{`'\q\8'`, `\q\8`},
		{"'a\\\nb'", "ab"},
		{"'a\\\r\nb'", "ab"},
		{"'''a\r\nb\rc\nd'''", "a\nb\nc\nd"},
		{`'\N{DIGIT ONE}\N{latin small letter e with acute}'`, "1é"},
		{`'\N{BYTE ORDER MARK}'`, "\ufffd"},
		{`'\ud800'`, "\xed\xa0\x80"},
		{`b'\xff\u1\N{x}\400'`, "\xff\\u1\\N{x}\x00"},
		{`rb'\x'`, `\x`},
		{`u'é'`, "é"},
		{"# coding: latin-1\n'\xe9'", "é"},
		{"# coding: koi8-r\n'\xc1'", "а"},
		{"# coding: iso-8859-15\n'\xa4\x85'", "€\u0085"},
		{"# coding: euc-jp\n'\xa4\xa2'", "あ"},
		{"\xef\xbb\xbf'é'", "é"},
	} {
		switch s := value(t, c.src).(type) {
		case *Str:
			if s.Value != c.want {
				t.Errorf("%q: %q, want %q", c.src, s.Value, c.want)
			}
		case *Bytes:
			if s.Value != c.want {
				t.Errorf("%q: %q, want %q", c.src, s.Value, c.want)
			}
		default:
			t.Errorf("%q is a %T", c.src, s)
		}
	}
}

// format spells the values of an f-string, fields as {source!conversion:spec}.
func format(f *File, values []Expr) string {
	var b strings.Builder
	for _, v := range values {
		switch v := v.(type) {
		case *Str:
			fmt.Fprintf(&b, "%q", v.Value)
		case *FormattedValue:
			span := v.Value.Bounds()
			fmt.Fprintf(&b, "{%s", f.Text[span.Start:span.End])
			if v.Conversion != 0 {
				fmt.Fprintf(&b, "!%c", v.Conversion)
			}
			if v.Spec != nil {
				b.WriteString(":" + format(f, v.Spec.Values))
			}
			b.WriteString("}")
		}
	}
	return b.String()
}

func TestFormattedStrings(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`f''`, ``},
		{`f'a{{b}}'`, `"a{b}"`},
		{`f'{x}'`, `{x}`},
		{`f'a{x!r:>{n}}b' 'c' f"{y}"`, `"a"{x!r:">"{n}}"bc"{y}`},
		{`f'{ x = }'`, `" x = "{x}`},
		{`f'{x=!s:5}'`, `"x="{x!s:"5"}`},
		{`f'\x41{x}\N{DIGIT ONE}\{y}'`, `"A"{x}"1\\"{y}`},
		{`rf'\x{x}\{{'`, `"\\x"{x}"\\{"`},
		{`f'{d["a"]}{f'{x}'}'`, `{d["a"]}{f'{x}'}`},
		{`f'{x:{{1}}}'`, `{x:{{1}}}`},
		{`f'{(lambda: 1)()}{x != y}{a[1:2]}'`, `{(lambda: 1)()}{x != y}{a[1:2]}`},
		{"f'''{\nx # c\n}'''", `{x}`},
		{`t'a{x}'`, `"a"{x}`},
	} {
		f := parse(t, c.src)
		var values []Expr
		switch e := f.Body[0].(*ExprStmt).Value.(type) {
		case *JoinedStr:
			values = e.Values
		case *TemplateStr:
			values = e.Values
		}
		if got := format(f, values); got != c.want {
			t.Errorf("%s: %s, want %s", c.src, got, c.want)
		}
	}
}

func TestPosition(t *testing.T) {
	f := parse(t, "a\r\nbé, c\rd = '''\n'''; f(x)\n")
	for want, name := range map[string]string{"1:1": "a", "2:1": "bé", "2:6": "c", "3:1": "d", "4:6": "f", "4:8": "x"} {
		found := false
		for _, s := range f.Body {
			Inspect(s, func(n Node) bool {
				if id, ok := n.(*Name); ok && id.ID == name {
					line, column := f.Position(id.Start)
					found = fmt.Sprintf("%d:%d", line, column) == want
				}
				return !found
			})
		}
		if !found {
			t.Errorf("%s is not at %s", name, want)
		}
	}
	if line, column := f.Position(uint32(len(f.Text))); line != 5 || column != 1 {
		t.Errorf("the end is at %d:%d", line, column)
	}
}

func TestSyntaxError(t *testing.T) {
	for src, want := range map[string]string{
		"a\nb c":             "line 2, column 3: expected ';'",
		"x = (\n":            "line 2, column 1: '(' was never closed",
		"é = 'a":             "line 1, column 6: unterminated string literal",
		"f(a for b in c, d)": "line 1, column 15: generator expression must be parenthesized",
		"a\n# \xff":          "line 2, column 3: invalid UTF-8",
		"a\x00":              "line 1, column 2: source code cannot contain null bytes",
	} {
		_, err := Parse([]byte(src))
		var e *SyntaxError
		if !errors.As(err, &e) || e.Error() != want {
			t.Errorf("%q: %v, want %s", src, err, want)
		}
	}
}

// TestNames holds the runes of identifiers to what Unicode says of a few, and
// names to their normal form.
func TestNames(t *testing.T) {
	for r, want := range map[rune][2]bool{
		'a': {true, true}, 'é': {true, true}, '·': {false, true}, '\u0300': {false, true}, '٠': {false, true},
		'ª': {true, true}, '℘': {true, true}, '\u037a': {false, false}, '\u0e33': {false, true}, '²': {false, false},
		'€': {false, false}, '\u200d': {false, false}, '\u00a0': {false, false}, utf8.RuneError: {false, false},
	} {
		if got := [2]bool{isNameRune(r, true), isNameRune(r, false)}; got != want {
			t.Errorf("%q: %v, want %v", r, got, want)
		}
	}
	if n := value(t, "ﬁ").(*Name); n.ID != "fi" || n.End != 3 {
		t.Errorf("ﬁ is %+v", n)
	}
}

// TestInspect counts the nodes of a source that has all the parts which a walk
// can forget.
func TestInspect(t *testing.T) {
	f := parse(t, `
@c()
def f[T: c() = c()](a: c() = c(), /, *b: c(), d=c(), **e: c()) -> c():
    with c() as x[c()]: pass
    for x[c()] in c(): pass
    match c():
        case {c.d: E(f, g=h)} if c(): c()
    try: pass
    except c() as g: c()
    else: c()
    finally: c()
    lambda a=c(): c()
    f'{c()!r:{c()}}'; t'{c()}'
    x[c():c():c()] = [c() for c[c()] in c() if c()]
    {c(): c(), **c()}; {c() for y in c()}; {**c() for y in c()}
    c(*c(), a=c(), **c())
    y: c() = c()
    y[c()] += c()
    del y[c()]
    assert c(), c()
    raise c() from c()
class C[U](c(), m=c()):
    type X[T] = c()
    c() if c() else c(); (yield c()), (yield from c()), (z := c()), await c(), not c(), c() < c(), c() or c(), c() + c()
    while c(): c()
    else: c()
    return c()
`)
	calls, written := 0, strings.Count(string(f.Text), "c(")
	for _, s := range f.Body {
		Inspect(s, func(n Node) bool {
			if _, ok := n.(*Call); ok {
				calls++
			}
			return true
		})
	}
	if calls != written {
		t.Errorf("%d calls of %d are visited", calls, written)
	}
}
