package report

import (
	"strings"
	"testing"

	"github.com/coldcut/coldcut/shake"
)

// TestAboutBytecode holds what the report says of what was compiled, and by whose word;
// what costs something is a warning.
func TestAboutBytecode(t *testing.T) {
	made := shake.Compiled{Python: "3.13", Version: "3.13.0", Files: 2, Bytes: 3 << 20}
	missing := shake.Compiled{Python: "3.12", Missing: "python3.12 not found"}
	tests := []struct {
		name string
		b    *shake.Bytecode
		want []string
	}{
		{"none", nil, nil},
		{"left out", &shake.Bytecode{LeftOut: true, Lasting: 5, Lost: []shake.Lost{{Path: "a.py", Pass: "tune"}, {Path: "b.py", Pass: "help"}, {Path: "c.py", Pass: "tune"}}}, []string{
			"5 files that the package came with: they were fresh by their times, and are taken unchecked now",
			"! 3 sources that came with bytecode, such as a.py, and lost it by being changed (help, tune): Python compiles that at every cold start; the pass bytecode compiles it once"}},
		{"named", &shake.Bytecode{Pythons: []shake.Compiled{made}, From: "--python", Sources: 2}, []string{
			"2 files of Python 3.13.0 (--python), 3.0 MiB, taken unchecked, whatever the times of files; for Python without -O, as Lambda starts it"}},
		{"by evidence, in place", &shake.Bytecode{Pythons: []shake.Compiled{made}, From: "a.pyc", Evidence: true, ByHash: true, Sources: 2}, []string{
			"2 files of Python 3.13.0 (a.pyc is in the package; --python names another), 3.0 MiB, taken by the hash of their sources, which may be edited here; for Python without -O, as Lambda starts it"}},
		{"missing", &shake.Bytecode{Pythons: []shake.Compiled{missing}, From: "template.yaml:3, F", Sources: 9, Bare: 4, Lasting: 5, Stale: 1}, []string{
			"! nothing was compiled for Python 3.12 (template.yaml:3, F): python3.12 not found",
			"! Python compiles 4 of 9 sources at every cold start",
			"5 files that the package came with: they were fresh by their times, and are taken unchecked now",
			"! 1 file that the package came with is checked by times that are not kept, and of no use: they were not seen to be fresh, or their sources changed"}},
		{"unknown, and nothing to compile", &shake.Bytecode{}, []string{"nothing was compiled: nothing says which Python runs the package; --python 3.13 names it"}},
		{"not all compiles", &shake.Bytecode{Failed: []shake.Uncompiled{{Path: "a.py", Python: "3.13", Reason: "SyntaxError: x"}, {Path: "b.py", Python: "3.13"}, {Path: "a.py", Python: "3.12", Reason: "y"}}}, []string{
			"nothing was compiled: nothing says which Python runs the package; --python 3.13 names it",
			"2 sources are no code of Python 3.13 and stay without, such as a.py: SyntaxError: x", "1 source is no code of Python 3.12 and stay without, such as a.py: y"}},
		{"stripped", &shake.Bytecode{Pythons: []shake.Compiled{made}, From: "--python", Stripped: 1, Readers: []shake.Reader{{Why: "app.py imports torch"}, {Name: "attrs", Why: "a.py uses getsource"}}}, []string{
			"2 files of Python 3.13.0 (--python), 3.0 MiB, taken unchecked, whatever the times of files; for Python without -O, as Lambda starts it",
			"in the place of 1 source: tracebacks tell lines by number alone, no other Python runs the package, and what reads sources finds none, such as debuggers, coverage, inspect.getsource, and coldcut",
			"the sources of the function's own code stay: app.py imports torch", "the sources of attrs stay: a.py uses getsource"}},
	}
	for _, test := range tests {
		var got []string
		for _, s := range aboutBytecode(test.b) {
			if s.warn {
				s.text = "! " + s.text
			}
			got = append(got, s.text)
		}
		if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}
