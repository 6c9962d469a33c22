package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/shake"
)

// said is a sentence of a report; warn marks one that wants something done.
type said struct {
	text string
	warn bool
}

// bytecode tells of the package's bytecode: on the terminal a line each.
func (t *texter) bytecode(b *shake.Bytecode) {
	all := aboutBytecode(b)
	for _, s := range all {
		mark := t.good.Render("bytecode")
		if s.warn {
			mark = t.warn.Render("warning")
		}
		t.printf("%s  %s\n", mark, Printable(s.text))
	}
	if len(all) > 0 {
		t.printf("\n")
	}
}

// bytecode is the same as a list.
func (m *markdown) bytecode(b *shake.Bytecode) {
	all := aboutBytecode(b)
	for _, s := range all {
		mark := "bytecode"
		if s.warn {
			mark = "**warning**"
		}
		m.line("- %s: %s", mark, Printable(s.text))
	}
	if len(all) > 0 {
		m.line("")
	}
}

// aboutBytecode says what was compiled and by whose word, and what it costs where
// nothing could be.
func aboutBytecode(b *shake.Bytecode) (all []said) {
	if b == nil {
		return nil
	}
	say := func(warn bool, format string, args ...any) {
		all = append(all, said{fmt.Sprintf(format, args...), warn})
	}
	for _, p := range b.Pythons {
		if p.Missing != "" {
			say(true, "nothing was compiled for Python %s (%s): %s", p.Python, whose(b), p.Missing)
		} else {
			say(false, "%s of Python %s (%s), %s, taken %s; for Python without -O, as Lambda starts it", plural(p.Files, "file"), p.Version, whose(b), humanize.IBytes(uint64(p.Bytes)), taken(b))
		}
	}
	if len(b.Pythons) == 0 && !b.LeftOut {
		say(b.Bare > 0, "nothing was compiled: nothing says which Python runs the package; --python 3.13 names it")
	}
	if b.Bare > 0 {
		say(true, "Python compiles %s of %s at every cold start", humanize.Comma(int64(b.Bare)), plural(b.Sources, "source"))
	}
	if b.Lasting > 0 {
		say(false, "%s that the package came with: they were fresh by their times, and are taken unchecked now", plural(b.Lasting, "file"))
	}
	if b.Stale > 0 {
		say(true, "%s that the package came with %s checked by times that are not kept, and of no use: they were not seen to be fresh, or their sources changed", plural(b.Stale, "file"), verb(b.Stale))
	}
	sayLost(b, say)
	sayFailed(b, say)
	sayStripped(b, say)
	return all
}

func verb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func taken(b *shake.Bytecode) string {
	if b.ByHash {
		return "by the hash of their sources, which may be edited here"
	}
	return "unchecked, whatever the times of files"
}

// whose says who named the Python.
func whose(b *shake.Bytecode) string {
	if b.Evidence {
		return b.From + " is in the package; --python names another"
	}
	return b.From
}

// sayLost tells which passes cost which sources their bytecode.
func sayLost(b *shake.Bytecode, say func(bool, string, ...any)) {
	if len(b.Lost) == 0 {
		return
	}
	var passes []string
	for _, l := range b.Lost {
		if !slices.Contains(passes, l.Pass) {
			passes = append(passes, l.Pass)
		}
	}
	slices.Sort(passes)
	say(true, "%s that came with bytecode, such as %s, and lost it by being changed (%s): Python compiles that at every cold start; the pass bytecode compiles it once", plural(len(b.Lost), "source"), b.Lost[0].Path, strings.Join(passes, ", "))
}

func sayFailed(b *shake.Bytecode, say func(bool, string, ...any)) {
	by := map[string][]shake.Uncompiled{}
	var pythons []string
	for _, f := range b.Failed {
		if by[f.Python] == nil {
			pythons = append(pythons, f.Python)
		}
		by[f.Python] = append(by[f.Python], f)
	}
	for _, python := range pythons {
		some := by[python]
		say(false, "%s no code of Python %s and stay without, such as %s: %s", plural(len(some), "source")+" "+verb(len(some)), python, some[0].Path, some[0].Reason)
	}
}

func sayStripped(b *shake.Bytecode, say func(bool, string, ...any)) {
	if b.Stripped > 0 {
		say(false, "in the place of %s: tracebacks tell lines by number alone, no other Python runs the package, and what reads sources finds none, such as debuggers, coverage, inspect.getsource, and coldcut", plural(b.Stripped, "source"))
	}
	for _, r := range b.Readers {
		name := r.Name
		if name == "" {
			name = "the function's own code"
		}
		say(false, "the sources of %s stay: %s", name, strings.TrimSuffix(r.Why, "\n"))
	}
}
