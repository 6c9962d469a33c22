package python

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
)

// seed makes the samples and the mutations the same in every run.
const seed = 20190911

// prove tells whether to compare everything instead of a sample.
func prove() bool { return os.Getenv("COLDCUT_PROVE") == "1" }

// TestAgainstCPython compares this parser with every CPython at hand over that
// CPython's own libraries.
func TestAgainstCPython(t *testing.T) {
	for _, i := range interpreters(t) {
		t.Run(i.String(), func(t *testing.T) {
			t.Parallel()
			files := i.files(t)
			if !prove() {
				files = sample(files, 120)
			}
			compareAll(t, i, files)
		})
	}
}

// TestMutatedGrammar mutates the table of the grammar, which has more syntax in
// fewer bytes than any library, and compares as above.
func TestMutatedGrammar(t *testing.T) {
	palette := strings.Split("* ** , : := = . ( ) [ ] { } x _ 1 1j 's' b's' f'{x}' for in if else not is lambda yield from as await async"+
		" - += ... None match case type lazy import ; @ -> ! \\ \n \t # < / | del with try: print except", " ")
	random := rand.New(rand.NewPCG(seed, 2))
	each := 1
	if prove() {
		each = 12
	}
	var sources []string
	for _, c := range grammar {
		f, err := Parse([]byte(c.src))
		if err != nil {
			t.Fatal(err)
		}
		text := terminate(f.Text)
		for _, k := range lex(text, nil, nil) {
			end := max(k.start, k.end)
			token := text[k.start:end]
			for n := range each + 2 {
				replacement := ""
				switch {
				case n == 1:
					replacement = token + " " + token
				case n > 1:
					replacement = " " + palette[random.IntN(len(palette))] + " "
				}
				sources = append(sources, inline([]byte(text[:k.start]+replacement+text[end:len(text)-1])))
			}
		}
	}
	t.Logf("seed %d", seed)
	for _, i := range interpreters(t) {
		t.Run(i.String(), func(t *testing.T) {
			t.Parallel()
			compareAll(t, i, sources)
		})
	}
}

// TestMutatedAgainstCPython does the same over files in which one token was
// deleted or doubled, nearly all of which are wrong.
func TestMutatedAgainstCPython(t *testing.T) {
	all := interpreters(t)
	sources, each := 25, 8
	if prove() {
		sources, each = 400, 25
	}
	var library []string
	for _, path := range all[len(all)-1].files(t) {
		if info, err := os.Stat(path); err == nil && info.Size() < 8<<10 {
			library = append(library, path)
		}
	}
	files := mutate(t, sample(library, sources), each)
	for _, i := range all {
		t.Run(i.String(), func(t *testing.T) {
			t.Parallel()
			compareAll(t, i, files)
		})
	}
}

func sample(files []string, n int) []string {
	if len(files) <= n {
		return files
	}
	random := rand.New(rand.NewPCG(seed, 0))
	list := slices.Clone(files)
	random.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	return list[:n]
}

// mutate returns mutations of files.
func mutate(t *testing.T, files []string, each int) []string {
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	var list []string
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(src)
		if err != nil || len(f.Body) == 0 {
			continue
		}
		tokens := lex(terminate(f.Text), nil, nil)
		for range each {
			k := tokens[random.IntN(len(tokens))]
			text := string(f.Text[k.start:max(k.start, k.end)])
			if random.IntN(2) == 0 {
				text += " " + text
			} else {
				text = ""
			}
			mutated := slices.Concat(f.Text[:k.start], []byte(text), f.Text[max(k.start, k.end):])
			list = append(list, inline(mutated))
		}
	}
	return list
}

// tally counts what a comparison saw.
type tally struct {
	files, bytes, calls, refused int
	permitted                    map[string]int
}

func compareAll(t *testing.T, i interpreter, files []string) {
	seen := tally{permitted: map[string]int{}}
	i.ask(t, files, func(n int, theirs answer) {
		path, src := files[n], read(t, files[n])
		seen.files++
		seen.bytes += len(src)
		seen.calls += len(theirs.Calls) + theirs.Inner
		if theirs.Error != "" {
			seen.refused++
		}
		difference := compare(i, src, theirs)
		if difference == "" {
			return
		}
		if reason := permitted(i.minor, src, difference); reason != "" {
			seen.permitted[reason]++
			return
		}
		if strings.HasPrefix(path, "=") {
			path = fmt.Sprintf("%.200q", src)
		}
		t.Errorf("%s: %s", path, difference)
	})
	t.Logf("%d files, %d bytes, %d calls, %d refused; permitted differences: %v",
		seen.files, seen.bytes, seen.calls, seen.refused, seen.permitted)
}

// The differences that compare finds. What follows the first two is the error.
const (
	weRefuse    = "refused here only: "
	theyRefuse  = "refused by CPython only: "
	callsDiffer = "calls differ: "
	namesDiffer = "names, attributes or strings differ"
)

// compare describes the first difference between this parser and CPython.
func compare(i interpreter, src []byte, theirs answer) string {
	f, err := Parse(src)
	switch {
	case err != nil && theirs.Error != "":
		return ""
	case err != nil:
		return weRefuse + err.Error()
	case theirs.Error != "":
		return theyRefuse + theirs.Error
	}
	ours := describe(f, i.minor)
	for _, list := range [][][]int{ours.Calls, theirs.Calls} {
		sort.Slice(list, func(a, b int) bool { return slices.Compare(list[a], list[b]) < 0 })
	}
	if ours.Inner != theirs.Inner || !slices.EqualFunc(ours.Calls, theirs.Calls, slices.Equal) {
		return callsDiffer + firstDifference(ours, theirs)
	}
	if i.minor >= 8 && ours.Digest != theirs.Digest {
		return namesDiffer
	}
	return ""
}

func firstDifference(ours, theirs answer) string {
	for n := range min(len(ours.Calls), len(theirs.Calls)) {
		if !slices.Equal(ours.Calls[n], theirs.Calls[n]) {
			return fmt.Sprintf("%v here, %v there", ours.Calls[n], theirs.Calls[n])
		}
	}
	return fmt.Sprintf("%d+%d here, %d+%d there", len(ours.Calls), ours.Inner, len(theirs.Calls), theirs.Inner)
}

// describe tells of a tree what astspans.py does.
func describe(f *File, minor int) answer {
	d := describer{file: f, minor: minor}
	for _, s := range f.Body {
		d.walk(s, false)
	}
	sort.Strings(d.details)
	d.answer.Digest = fmt.Sprintf("%x", md5.Sum([]byte(strings.Join(d.details, "\n"))))
	return d.answer
}

type describer struct {
	file    *File
	minor   int
	answer  answer
	details []string
}

// walk describes n and what is below it; formatted tells that an f-string is
// around it.
func (d *describer) walk(n Node, formatted bool) {
	Inspect(n, func(n Node) bool {
		switch n := n.(type) {
		case *Call:
			d.call(n, formatted)
		case *Name:
			d.detail("name", n.Span, n.ID, formatted)
		case *Attribute:
			d.detail("attribute", n.Span, n.Attr, formatted)
		case *Str:
			d.detail("str", n.Span, n.Value, formatted)
		case *Bytes:
			d.detail("bytes", n.Span, n.Value, formatted)
		case *JoinedStr:
			d.values(n.Values)
			return false
		case *TemplateStr:
			d.values(n.Values)
			return false
		}
		return true
	})
}

// call describes a call. Before 3.8 CPython placed it where its
// leftmost atom begins, without its brackets, and one that begins with a string
// of several lines somewhere else: those calls are only counted.
func (d *describer) call(c *Call, formatted bool) {
	span := c.Span
	if d.minor < 8 {
		left := leftmost(c)
		span = left.Bounds()
		tokens := lex(terminate(d.file.Text[span.Start:span.End]), nil, nil)
		switch left.(type) {
		case *Str, *Bytes, *JoinedStr:
			first := d.file.Text[span.Start:][:tokens[0].end]
			formatted = formatted || bytes.IndexByte(first, '\n') >= 0
		case *GeneratorExp, *ListComp, *Tuple:
			if tokens[1].kind != kindRightParen {
				span.Start += tokens[1].start
			}
		}
	}
	if formatted && d.minor < 12 {
		d.answer.Inner++
	} else {
		d.answer.Calls = append(d.answer.Calls, d.place(span))
	}
}

// leftmost returns the atom that the calls, attributes and subscripts of e
// begin with. Where that is a chain of operators, CPython placed it at the last
// operator: its innermost link stands for it here and in astspans.py.
func leftmost(e Expr) Expr {
	switch n := e.(type) {
	case *Call:
		return leftmost(n.Func)
	case *Attribute:
		return leftmost(n.Value)
	case *Subscript:
		return leftmost(n.Value)
	case *BinOp:
		if left, ok := n.Left.(*BinOp); ok {
			return leftmost(left)
		}
	}
	return e
}

// values walks the fields of an f-string, but not its text.
func (d *describer) values(values []Expr) {
	for _, v := range values {
		if field, ok := v.(*FormattedValue); ok {
			d.walk(field, true)
		}
	}
}

func (d *describer) detail(what string, s Span, value string, formatted bool) {
	if formatted && d.minor < 12 {
		return
	}
	at := d.place(s)
	if d.minor >= 8 {
		d.details = append(d.details, fmt.Sprintf("%s %d %d %d %d %d",
			what, at[0], at[1], at[2], at[3], crc32.ChecksumIEEE([]byte(value))))
	}
}

// place is a span as CPython counts it; before 3.8 it knew no ends.
func (d *describer) place(s Span) []int {
	line, column := d.file.Position(s.Start)
	if d.minor < 8 {
		return []int{line, column - 1}
	}
	endLine, endColumn := d.file.Position(s.End)
	return []int{line, column - 1, endLine, endColumn - 1}
}
