package importtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// shown writes a tree down.
func shown(modules []*Module) string {
	var b strings.Builder
	Walk(modules, func(m *Module, depth int) bool {
		fmt.Fprintf(&b, "%s%s %d\n", strings.Repeat(" ", depth), m.Name, m.Self.Microseconds())
		return true
	})
	return b.String()
}

func TestParse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"one", "import time: self [us] | cumulative | imported package\nimport time:        12 |         12 | app\n", "app 12\n"},
		{
			"children first", `import time:         3 |          3 |     c
import time:         2 |          5 |   b
import time:         4 |          4 |   d
import time:         1 |         10 | a
import time:         9 |          9 | e
`, "a 1\n b 2\n  c 3\n d 4\ne 9\n",
		},
		{"other output", "hello\nimport time:         3 |          3 |   b\nwarn: import time:         1 |          4 | a\nimport time: soon\n", "a 1\n b 3\n"},
		{"the parent's line is lost", "import time:         3 |          3 |       d\nimport time:         1 |          1 | a\n", "a 1\n d 3\n"},
		{"the end is lost", "import time:         3 |          3 |   b\n", "b 3\n"},
		{"Windows", "import time:         1 |          1 | a\r\n", "a 1\n"},
		{"negative", "import time:        -1 |          1 | a\n", ""},
		{"no name", "import time:         1 |          1 |   \n", ""},
		{"too deep", "import time:         1 |          1 |" + strings.Repeat(" ", 5000) + "a\n", ""},
	}
	for _, test := range tests {
		got, err := Parse(strings.NewReader(test.text))
		if err != nil || shown(got) != test.want {
			t.Errorf("%s: got\n%s%v, want\n%s", test.name, shown(got), err, test.want)
		}
	}
	broken := errors.New("broken")
	if _, err := Parse(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestParseAgainstPython holds what is read to the sums that Python gives: its second
// column is what [Module.Cumulative] works out.
func TestParseAgainstPython(t *testing.T) {
	for _, version := range []string{"", "3.7", "3.11"} {
		t.Run(version, func(t *testing.T) {
			p := pyruntest.Optional(t, version)
			_, stderr, err := p.Run(context.Background(), pyrun.Command{Isolated: true, NoSite: true, Args: []string{"-X", "importtime", "-c", "import xml.dom.minidom, email.message, json"}})
			if err != nil {
				t.Fatal(err)
			}
			said := map[string]string{}
			for line := range strings.Lines(string(stderr)) {
				if cells := strings.Split(line, "|"); len(cells) == 3 {
					said[strings.TrimSpace(cells[2])] = strings.TrimSpace(cells[1])
				}
			}
			modules, err := Parse(bytes.NewReader(stderr))
			if err != nil {
				t.Fatal(err)
			}
			checked, nested := 0, 0
			Walk(modules, func(m *Module, depth int) bool {
				checked++
				if depth > 0 {
					nested++
				}
				var cumulative int64
				if _, err := fmt.Sscan(said[m.Name], &cumulative); err != nil {
					t.Fatalf("%s: %v", m.Name, err)
				}
				// Each line is rounded to a microsecond.
				if off := m.Cumulative().Microseconds() - cumulative; off < -200 || off > 200 {
					t.Errorf("%s took %d, Python says %d", m.Name, m.Cumulative().Microseconds(), cumulative)
				}
				return true
			})
			if checked < 30 || nested < 10 {
				t.Errorf("only %d modules, %d of them below others", checked, nested)
			}
		})
	}
}

func module(name string, self int, imports ...*Module) *Module {
	return &Module{Name: name, Self: time.Duration(self) * time.Millisecond, Imports: imports}
}

func TestMerge(t *testing.T) {
	got := Merge([][]*Module{
		{module("a", 1, module("b", 9), module("c", 5))},
		{module("a", 3, module("b", 7))},
		{module("a", 2, module("c", 6), module("b", 8))},
	})
	if want := "a 2000\n b 8000\n c 6000\n"; shown(got) != want {
		t.Errorf("got\n%s", shown(got))
	}
	if Merge(nil) != nil {
		t.Error("something came of nothing")
	}
}

func TestCompare(t *testing.T) {
	before := []*Module{module("app", 10, module("boto3", 100, module("ssl", 30), module("x", 1), module("y", 1)), module("numpy", 400))}
	after := []*Module{module("app", 10, module("boto3", 40, module("x", 1)), module("numpy", 400, module("ssl", 30)))}
	var b strings.Builder
	var show func(parts []*Part, depth int)
	show = func(parts []*Part, depth int) {
		for _, p := range parts {
			ms := func(t *float64) string {
				if t == nil {
					return "-"
				}
				return fmt.Sprint(*t)
			}
			fmt.Fprintf(&b, "%s%s+%d %s %s\n", strings.Repeat(" ", depth), p.Name, p.More, ms(p.BeforeMS), ms(p.AfterMS))
			show(p.Imports, depth+1)
		}
	}
	show(Compare(before, after, 0.01), 0)
	want := "app+0 542 481\n numpy+0 400 430\n  ssl+0 - 30\n boto3+0 132 41\n  ssl+0 30 -\n  +2 2 1\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestOwnImports(t *testing.T) {
	before := []*Module{module("app", 10, module("mine", 1, module("numpy", 400)), module("boto3", 100, module("app2", 9)), module("mine2", 1, module("json", 5)))}
	after := []*Module{module("app", 10, module("boto3", 40))}
	own := func(name string) bool { return name == "app" || strings.HasPrefix(name, "mine") }
	got := OwnImports(before, after, own)
	var names []string
	for _, o := range got {
		names = append(names, fmt.Sprint(o.Importer, " ", o.Module, " ", o.BeforeMS, " ", *o.AfterMS))
	}
	if want := "mine numpy 400 0, app boto3 109 40, mine2 json 5 0"; strings.Join(names, ", ") != want {
		t.Errorf("got %s", strings.Join(names, ", "))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("import time:         3 |          3 |     c\nimport time:         2 |          5 |   b\nx\nimport time:         1 |         10 | a\n")
	f.Add("import time: self [us] | cumulative | imported package\n")
	f.Add("import time:         1 |          1 |             far\r\nimport time: 1 | 1 | a")
	f.Fuzz(func(t *testing.T, text string) {
		modules, err := Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		lines, found := strings.Count(text, mark), 0
		Walk(modules, func(m *Module, _ int) bool {
			found++
			if m.Name == "" || m.Self < 0 {
				t.Errorf("got %+v", m)
			}
			return true
		})
		if found > lines {
			t.Errorf("%d modules in %d lines", found, lines)
		}
		merged := Merge([][]*Module{modules, modules})
		if n := len(Compare(merged, nil, 0)); n > len(merged) {
			t.Errorf("%d parts of %d modules", n, len(merged))
		}
	})
}
