package python

import "testing"

// A case is a source and the first and last minor version that accept it; a
// zero is no limit.
type grammarCase struct {
	src         string
	since, last int
}

func (c grammarCase) accepts(minor int) bool {
	return c.since <= minor && (c.last == 0 || minor <= c.last)
}

// grammar has one case for each rule that is easily got wrong. What no version
// accepts stands in refusals.
var grammar = []grammarCase{
	// Names.
	{"async = await = 1\nawait.x, async(await)", 6, 6},
	{"match = case = type = _ = lazy = print = exec = 1", 0, 0},
	{"match(x).y; match[x]; match, x; match * x; match - x; -match\nmatch: int", 0, 0},
	{"type(x).y = z; type[x]; type: int = 1; lazy = 1; lazy(x)", 0, 0},
	{"é, 名前, ℘, x·y, µ, ª, 𝐱", 0, 0},
	{"print >>f, x", 0, 0},

	// Numbers.
	{"0, 00, 0_0, 0e0, 01.5, 09e1, 01j, 1_0, 0x_f, 0XfF, 0o17, 0b1_0, 1.e5, .5J, 1E+5, 1.5_0, 1..real", 0, 0},
	{"1if x else 2; 1or 2; 1and 2; 1in x; 1is x; [1for x in y]; 0x1for x; 1not in x; 1.if x else y; 1jif x else y", 0, 0},

	// Strings.
	{`'a' "b" r'\c' R"d" u'e' U'f' '''g''' """h'"i"""; b'a' rb'\b' bR"c" BR'd'`, 0, 0},
	{`'\x41\u0041\U00000041\101\7\N{DIGIT ONE}\q\
'`, 0, 0},
	{`b'\x41\u1\N{x}\777'`, 0, 0},
	{"'\\\r\n', '\\\r'", 0, 0},
	{"x = '''a\r\nb\rc'''", 0, 0},

	// F-strings.
	{`f''; f'{{}}'; f'{x}{y!r}{z:>5}{w!s:{v}}{u=}{t = !a}'`, 8, 0},
	{`f'{x!r}' 'y' f'{f(x)}' "z"; rf'\{x}'; fR"\d{x}"; F'''{
f(x)
}'''`, 0, 0},
	{`f'{x:{y}{z}}'; f'{ {1} }'; f'{(lambda x: 1)}'; f'{x if y else z}'; f'{x, y}'; f'{*x, y}'; f'{yield x}'`, 0, 0},
	{`f'{x!=y}{x == y}{d["a"]}{"a" "b"}{x[1:2]}{f(a=1)}{x >= y}{(x:=1)}{x:=5}'`, 8, 0},
	{`f'{f'{f'{x}'}'}'; f"{d["a"]}"; f'{'\n'}'; f'{x # comment
}'; f'{
x}'`, 12, 0},
	{`f'{x:{y:{z}}}'`, 12, 0},
	{`f'\N{DIGIT ONE}{x}\{x}'; f'{x:\N{DIGIT ONE}}'; f'\{{x}}'`, 0, 0},
	{`f'{x:a{y}b{z!r}c}'; f'{x:%H:%M}'; f'{x!r:}'; f'{x:}'`, 0, 0},
	{`f'''{x:
}'''`, 0, 0},
	{`f'''{
	x
	:>10}'''`, 0, 0},
	{`t'{x}' t"a{y!r:{z}}"; rt'\d'; T''`, 14, 0},

	// Layout.
	{"", 0, 0},
	{"\n\n  # x\n\t\n", 0, 0},
	{"if x:\n\ty\nelse:\n        z\n", 0, 0},
	{"if x:\n  y\n\f\n  z\n\fw", 0, 0},
	{"x = (1,\n#\n\n  2)\ny = \\\n 3", 0, 0},
	{"if x: y; z;\nif x:\n  y\r\n  z\r\rw", 0, 0},
	{"if x:\n  pass\n  ", 0, 0},
	{"x;y;", 0, 0},

	// Expressions.
	{"a or b and not c, a < b <= c != d is not e not in f in g is h, ~-+a ** -b ** c, a @ b // c % d << e >> f & g ^ h | i", 0, 0},
	{"x if y else z if v else w; lambda: x if y else z; lambda *a, b=1, **c: (yield); lambda a, b=1, *, c, d=2: 0", 0, 0},
	{"(a)(b)[c].d; a[b, c:d, ::e, :f:]; a[...]; a[lambda: x, b]; a[:]; a[b,]; a[()]", 0, 0},
	{"(), (a,), (a, *b), [*a, b], {*a, b}, {**a, b: c}, {}, [], {a: b for a, b in c}, [a for b in c if d if e for f in g]", 0, 0},
	{"f(a, *b, c, *d, e=1, *g, **h, i=2, **j); f(a for b in c); f((a for b in c), 1); f(*a or b, **c if d else e)", 0, 0},
	{"(a := 1); f(a := 1, b := 2); [a := 1, b]; {(a := 1): 2}; [b for c in d if (b := c)]; [y := 1 for z in w]", 8, 0},
	{"((a) := 1); f((a) := 1)", 8, 8},
	{"if a := 1: pass\nelif b := 2: pass\nwhile c := 3: pass\nassert (d := 4)", 8, 0},
	{"{a := 1, 2}; {a := 1 for b in c}", 9, 0},
	{"a[b := 1]; a[b := 1, c]", 10, 0},
	{"a[*b]; a[*b, c]; a[c, *b, d:e]; a[*b or c]", 11, 0},
	{"def f(*args: *Ts): pass", 11, 0},
	{"[*a for a in b]; {*a for a in b}; (*a for a in b); {**a for a in b}; f(*a for a in b)", 15, 0},
	{"async def f():\n await x; await f(x)[y].z; -await x ** await y; [x async for x in y]; await (x), await [x]\n async for x in y: pass\n async with x as y: pass", 0, 0},
	{"await x; await f(x)", 7, 0},
	{"[x for x in y if lambda: z]", 0, 8},
	{"f((a)=1)", 0, 7},
	{"f(a for a in b, )", 0, 6},
	{"class A(b for c in d): pass", 6, 6},
	{"await", 6, 6},

	// Statements.
	{"a = b = c, *d = e; (a) = 1; [a, (b, c)] = d; (a, *b), = c; a.b[c] = d; () = []; x = yield; x = y = yield z; *a, = b; *a = b", 0, 0},
	{"a += 1; a.b -= yield; a[b] **= c, d; (a) //= e; a @= b; a <<= 1; a >>= 1; a |= 1; a &= 1; a ^= 1; a %= 1; a /= 1; a *= 1", 0, 0},
	{"a: b; a.b: c = d; a[b]: c = 1; (a): b = c; (a.b): c", 0, 0},
	{"a: b = yield; a: b = c, *d", 8, 0},
	{"del a, b.c, d[e], (f, [g]), (h); del (a, ); del []; del a,", 0, 0},
	{"return; raise; raise a; raise a from b; assert a, b; pass; break; continue; global a, b; nonlocal c", 0, 0},
	{"def f(): return *a, b\ndef g(): yield *a, b", 8, 0},
	{"for a in *b, c: pass", 9, 0},
	{"for a, in b: pass\nfor (a, b), c.d, e[f] in g: pass\nelse: pass\nfor *a, b in c: pass\nfor x in y, z: pass\nfor *a in b: pass", 0, 0},
	{"import a, b.c as d; from a import b as c, d; from . import a; from ...a.b import (c, d as e,); from .. import *; from .... import a", 0, 0},
	{"lazy import a, b.c as d\nlazy from . import e", 15, 0},
	{"with a, b as c, d as (e, f), g as h.i, j as k[l]: pass\nwith (a): pass\nwith (a, b) as c: pass\nwith (a), b: pass\nwith (a).b as c: pass", 0, 0},
	{"with (a as b): pass\nwith (a, b as c,): pass\nwith (a as b, (c, d) as e.f): pass", 9, 0},
	{"with (yield a): pass\nwith (a, b): pass\nwith (): pass\nwith (a for b in c): pass\nwith (a), (b): pass", 0, 0},
	{"try: a\nexcept: b\ntry: a\nexcept b: c\nexcept (d, e) as f: g\nelse: h\nfinally: i\ntry: a\nfinally: b", 0, 0},
	{"try: a\nexcept* b: c\nexcept *d as e: f", 11, 0},
	{"try: a\nexcept b, c: d\nexcept e,: f\ntry: a\nexcept* b, c: d", 14, 0},
	{"@a\n@b.c(d)\ndef f(): pass\n@a\nclass B: pass\n@a\nasync def f(): pass", 0, 0},
	{"@a[b]\n@(c)\n@d or e\n@lambda: f\n@(g := h)\n@i := j\ndef f(): pass", 9, 0},
	{"def f(a, b: int = 1, *c: d, e, f=2, **g: h) -> i: pass\ndef f(*, a): pass\ndef f(*a,): pass\ndef f(**a,): pass\ndef f(a=1, *, b): pass", 0, 0},
	{"def f(a, /, b): pass\ndef f(a, b=1, /, c=2, *, d): pass\ndef f(a, /): pass\nlambda a, /, b: 0\nlambda a, /: 0", 8, 0},
	{"class A: pass\nclass B(): pass\nclass C(a, *b, c=d, **e): pass\nclass D((a for b in c)): pass", 0, 0},
	{"type A = b; type B[T] = T; type type = type; type match[*Ts, **P] = 1\nclass A[T: int, U]: pass\ndef f[T: (a, b)](x: T) -> T: pass\nasync def g[T,](): pass", 12, 0},
	{"type A[T = int, *Ts = *a, **P = [b]] = 1\nclass B[T: a = b]: pass", 13, 0},

	// Match.
	{"match a:\n case b: c\nmatch a, b:\n case c, *d: e\n case *_, f: g\n case [h, (i), (j,), *k] if l: m\nmatch *a, b:\n case _: pass\nmatch (a):\n case (): pass\nmatch -a:\n case []: pass\nmatch [a]:\n case _: pass\nmatch a.b(c):\n case _: pass\nmatch not a:\n case _: pass\nmatch match:\n case case: pass", 10, 0},
	{"match a:\n case 1 | -1.5 | 'a' 'b' | b'c' | None | True | 1 + 2j | -1 - 2j | a.b.c | A() | A.B(c, d=e, f=_,) | {}: pass\n case {1: a, 'b': c, d.e: f, -1: g, **h}: pass\n case {**a, }: pass\n case (a | b) as c: pass\n case [a, *_] | (b as c): pass", 10, 0},
	{"match a:\n case +1: pass\n case +1 - 2j: pass", 15, 0},
	{"match a := b:\n case c if d := e: pass", 10, 0},
	{"match a:\n case f'b': pass", 10, 0},

	// Encodings.
	{"\xef\xbb\xbfx = 'é'", 0, 0},
	{"\xef\xbb\xbf# coding: utf-8\nx = 'é'", 0, 0},
	{"#!x\n# -*- coding: latin-1 -*-\nx = '\xe9'", 0, 0},
	{"# vim: set fileencoding=koi8-r :\nf('\xe9')", 0, 0},
	{"x = 1\n# coding: nonsense", 0, 0},
	{"# coding: cp1252\nf('\x80', '\xe9')", 0, 0},
	{"# coding: UTF_8\nf('é')", 0, 0},
	{"# coding: iso-8859-15\nf('\xa4\x81')", 0, 0},
	{"# coding: euc-jp\nf('\xa4\xa2')", 0, 0},
	{"# coding: shift_jis\nf('\x82\xa0')", 0, 0},
	{"# coding: gbk\nf('\xb0\xa1')", 0, 0},
	{"# coding: big5\nf('\xa4\x40')", 0, 0},
	{"# coding: ascii\nf()", 0, 0},
}

// refusals are sources that no version accepts.
var refusals = []string{
	// Names and numbers.
	"None = 1", "True += 1", "x.None", "def None(): pass", "import if", "a\u00a0b", "€", "x²", "0777", "01", "1_", "1__0", "_1.0_", "0x", "0b2", "0b12", "0o8", "0xg",
	"1e", "1e+", "1.5e5.5", "1._5", "1_.5", "1.5abc", "1abc", "0_7", "1.real", "1 2", "a b", "$", "?", "a ! b", "a <> b", "`a`",
	// Strings.
	"'", "'a\nb'", `"""a`, `'\x'`, `'\x4'`, `'\u12'`, `'\U00110000'`, `'\N'`, `'\N{}'`, `'\N{a'`, `b'é'`, `b'\x4'`, `'a' b'b'`, `b'a' f'b'`, `ur'a'`, `bu'a'`, `bf'a'`, `ff'a'`, `'\`,
	`f'{'`, `f'}'`, `f'{}'`, `f'{ }'`, `f'{!r}'`, `f'{x!}'`, `f'{x!z}'`, `f'{x!rr}'`, `f'{x! r}'`, `f'{x y}'`, `f'{x:{y:{z:{w}}}}'`, `f'{x'`, `f'{lambda x: 1}'`, `f'{a[}'`, `f'{)}'`, `f'{x}}'`, `f'{{x}'`, `f'{a $ b}'`, `f'{=}'`, `f'{x:'`, `f'{x=y}'`, `f'{def}'`, `t'a' 'b'`, `f'{x!r!s}'`,
	// Layout.
	"if x:\npass", "if x:\n  y\n z", "  x", "x\n  y", "if x:\n        y\n\tz", "if x:\n\ty\n        z\n\tw\n       v", "(", ")", "(]", "x = (1,\n2", "if x: if y: z", "x \\ y", "if x:", "else: x", ";", "x;;y", "if x:\n", "\x00", "x\x00", "if x: pass; while y: pass",
	// Expressions.
	"a +", "* a + b, * ", "a = *", "a not b", "a is not", "not", "a + not b", "-not a", "a = not", "a == not b", "x if y", "x if y else", "lambda a: b := 1", "lambda (a): 0", "lambda a: int: 0", "lambda *: 0", "lambda **a, b: 0", "lambda a=1, b: 0",
	"f(a b)", "f(,)", "f(a,,b)", "f(a=1, b)", "f(**a, b)", "f(**a, *b)", "f(a.b=1)", "f(1=2)", "f(True=1)", "f(*a=1)", "f(**a=1)", "f(a for a in b, c)", "f(c, a for a in b)", "f(a=b for b in c)", "f(a=b:=c)", "f(**)", "f(*)", "f(a := 1 = 2)",
	"a[]", "a[b", "a[*b:c]", "a[b:=1:2]", "a[:*b]", "a[::::]", "a[b c]", "(a, b", "(yield, a)", "(**a)", "(a=1)", "[a b]", "[a, , b]", "[yield]", "[**a]", "{a: b, c}", "{a, b: c}", "{a: *b}", "{*a: b}", "{**a: b}", "{a:}", "{: a}", "{**a or b}", "{a := 1: 2}", "{a: b := 1}", "{a: b, **c for d in e}", "{,}", "[,]", "(,)",
	"[a for b]", "[a for in b]", "[a for b in c d]", "[a for b() in c]", "[a, b for c in d]", "[a for b in c if d else e]", "[a if b for c in d]", "[for a in b]", "[a for a.b() in c]", "[a for b in c := d]", "{**a, b for c in d}", "[a async b in c]", "(a for b in c, d)", "f(a for b in c for)",
	"a := 1", "(a.b := 1)", "(a[b] := 1)", "(a := b := c)", "a = b := c", "x = (y = 1)", "assert a := 1", "return a := 1", "del (a := 1)", "(1 := 2)", "for a in b := c: pass", "with a := b: pass", "a await b", "a.1", "a.", ".a", "a..b", "...a", "a...b",
	// Statements.
	"1 = a", "a() = b", "a + b = c", "(a, b()) = c", "[a, 1] = b", "a = 1 = b", "{} = a", "{a} = b", "f'a' = b", "'a' = b", "-a = b", "lambda: a = b", "a if b else c = d", "a < b = c", "(yield) = a", "yield = a", "a = yield = b", "... = a", "not a = b", "await a = b", "**a = b", "* *a = b", "*a() = b", "(a for b in c) = d", "[a for b in c] = d", "a and b = c",
	"a, b += 1", "(a, b) += 1", "[a] += 1", "a() += 1", "1 += a", "a += b += c", "a += b = c", "*a += b", "a = b += c", "a++", "a =", "= a", "a += ", "a, b: c", "(a, b): c", "[a]: b", "a(): b", "1: a", "*a: b", "a: b: c", "a: *b", "a: yield", "a: b, c", "a: b := c", "a: b += c", "a = b: c", "a: b = c = d", "-a: b", "(yield): a",
	"del", "del a()", "del 1", "del a + b", "del (a, b())", "del {}", "del a = 1", "del f'a'", "del [a for b in c]", "del -a", "del yield", "del a b", "del lambda: a", "del a if b else c",
	"for a(): pass", "for a() in b: pass", "for 1 in b: pass", "for a in: pass", "for in a: pass", "for a in b pass", "for a in b in c: pass; d = 1 = 2", "for (a in b): pass", "for a, b(): pass", "for a + b in c: pass", "for lambda: a in b: pass", "for a if b else c in d: pass", "for yield in b: pass", "for a in yield b: pass",
	"import", "import a.", "import .a", "import a as b.c", "import a as", "import (a)", "import *", "import a from b", "from a import", "from a import (b, c", "from a import ()", "from a import b,", "from a import b.c", "from a import (*)", "from a import *, b", "from import a", "from a import b as c.d", "from .a. import b", "from . a . import b", "import a,",
	"lazy def f(): pass; 1 = 2", "lazy lazy import a", "lazy x", "type x", "type x.y = z", "type x[] = y", "type X[T] = ", "type if = x", "type (x) = y; type x y",
	"with: pass", "with a as: pass", "with a as b(): pass", "with a as 1: pass", "with a,: pass", "with (a as b) as c: pass", "with (a as b), c: pass", "with (a, b as c(), d): pass", "with (a as b).c: pass", "with a as b + c: pass", "with a as *b + c: pass", "with () as (): pass; 1 = 2", "with (,): pass", "with (a as b,,): pass",
	"try: a", "try: a\nelse: b", "try: a\nexcept b: c\nexcept* d: e", "try: a\nexcept*: b", "try: a\nexcept b as c.d: e", "try: a\nexcept b, c as d: e", "try: a\nexcept as b: c", "try: a\nfinally: b\nexcept: c", "try: a\nexcept: b\nelse: c\nelse: d", "try: a\nfinally: b\nelse: c", "except: a", "finally: a", "try: a\nexcept *b: c\nexcept: d", "try: a\nexcept b as (c): d", "try: a\nexcept *: b",
	"@a", "@a\nx = 1", "@a def f(): pass", "@\ndef f(): pass", "@a, b\ndef f(): pass", "@*a\ndef f(): pass", "@yield\ndef f(): pass", "@a\n@b", "@a\nasync for b in c: pass", "@a\nif b: pass",
	"def f: pass", "def f(: pass", "def f()", "def f(a, (b, c)): pass", "def f(a=1, b): pass", "def f(*): pass", "def f(*, **a): pass", "def f(*,): pass", "def f(**a, b): pass", "def f(**a, *b): pass", "def f(*a, *b): pass", "def f(*a, *, b): pass", "def f(**a=1): pass", "def f(*a=1): pass", "def f(/): pass", "def f(/, a): pass", "def f(a, /, b, /): pass", "def f(*a, /): pass", "def f(a, *, /): pass", "def f(a / b): pass", "def f(a=): pass", "def f(a:): pass", "def f(1): pass", "def f(a.b): pass", "def f(a, b=1, /, c): pass", "def f(a,,b): pass", "def f(,): pass", "def f() -> : pass", "def f() -> a, b: pass", "def f(**a: *b): pass", "def f(a: *b): pass", "def f(* *a): pass", "def f(a := 1): pass", "def (): pass", "def f[]: pass", "def f[](): pass", "def f[1](): pass", "def f[*T: int](): pass", "def f[T: *a](): pass", "def f[T = *a](): pass", "def f[**P = *a](): pass", "def f(*a, /, b): pass", "async x", "async def", "async class A: pass", "async if a: pass", "async lambda: a", "async while a: pass",
	"class: pass", "class A(: pass", "class A(b c): pass", "class A.b: pass", "class A(a=1, b): pass", "class A[]: pass", "class 1: pass", "class A() -> b: pass",
	"return yield", "return = 1", "raise a, b", "raise from a", "raise a from", "raise *a", "assert", "assert a, b, c", "assert *a", "assert a,", "global", "global a.b", "global a, ", "nonlocal 1", "global (a)", "pass a", "break 1", "continue x", "yield = 1", "if a = 1: pass", "while a = 1: pass", "if *a: pass", "while: pass", "if a, b: pass", "elif a: pass", "if a: pass\nelse b: pass", "if yield: pass", "if a: b\nelse: c\nelif d: e", "print 'a'", "exec 'a'", "raise A, 'b'", "pass\n\tpass", "return lambda",
	// Match.
	"match a:\n pass", "match a:\n case b: c\n d", "match a: case b: c", "match a:\ncase b: c", "case a: b", "match a:\n case: b", "match *a:\n case b: c", "match :\n case b: c", "match a:\n case b.c as d.e: f", "match a:\n case b as _: c", "match a:\n case *b: c", "match a:\n case (*b): c", "match a:\n case b(): c\n else: d", "match a:\n case {b: c}: d", "match a:\n case {**_}: d", "match a:\n case {**b, c: d}: e", "match a:\n case b(c=d, e): f", "match a:\n case 1 + 2: b", "match a:\n case 1j + 2j: b", "match a:\n case 1 + -2j: b", "match a:\n case b + 1j: c", "match a:\n case -b: c", "match a:\n case b | *c: d", "match a:\n case b(): pass\n case c() d: e", "match a:\n case b[c]: d", "match a:\n case b := c: d", "match a:\n case ...: b", "match a:\n case b if: c", "match a:\n case {1: *b}: c", "match a:\n case {*b}: c", "match a:\n case A(*b): c", "match a:\n case A(**b): c", "match a:\n case A.b=c: d", "match a:\n case f(a.b=c): d", "match a:\n case (a as b, c as d) as e as f: g", "match a:\n case a as b | c: d", "match x: y:\n case a: b", "match a:\n case not b: c", "match a:\n case ~1: c", "match a:\n case _(): c", "match a:\n case _.b: c", "match a:\n case --1: c", "match a:\n case (,): c", "match a:\n case [,]: c", "match a:\n case a,,b: c", "match a:\n case A(b,,): c", "match a:\n case {a.b}: c", "match yield:\n case a: b",
	// Encodings.
	"# coding: nonsense\n", "x = '\xe9'", "# coding: ascii\nx = 'é'", "\xef\xbb\xbf# coding: latin-1\nx", "# coding: utf-16\nx", "\xff\xfex\x00", "# coding: shift_jis\nx = '\x82'", "# coding: utf-8\nx = '\xff'", "x = '\xed\xa0\x80'", "x = '\xc0\x80'",
}

// TestGrammar parses what some version accepts and refuses what none does.
func TestGrammar(t *testing.T) {
	for _, c := range grammar {
		_, err := Parse([]byte(c.src))
		if c.since >= 0 && c.last >= 0 && err != nil {
			t.Errorf("%q: %v", c.src, err)
		}
	}
	for _, src := range refusals {
		if _, err := Parse([]byte(src)); err == nil {
			t.Errorf("%q is accepted", src)
		}
	}
}

// TestGrammarAgainstCPython holds the tables above to every CPython at hand.
func TestGrammarAgainstCPython(t *testing.T) {
	for _, i := range interpreters(t) {
		t.Run(i.String(), func(t *testing.T) {
			var sources []string
			for _, c := range grammar {
				sources = append(sources, inline([]byte(c.src)))
			}
			for _, src := range refusals {
				sources = append(sources, inline([]byte(src)))
			}
			i.ask(t, sources, func(n int, theirs answer) {
				accepted := theirs.Error == ""
				if n >= len(grammar) {
					if src := refusals[n-len(grammar)]; accepted {
						t.Errorf("%q is accepted", src)
					}
					return
				}
				c := grammar[n]
				if accepted != c.accepts(i.minor) {
					t.Errorf("%q: %s", c.src, theirs.Error)
					return
				}
				if difference := compare(i, []byte(c.src), theirs); accepted && difference != "" {
					t.Errorf("%q: %s", c.src, difference)
				}
			})
		})
	}
}
