package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/trace"
)

// against prints a comparison: what was missed first, one line each.
func (t *texter) against(c *trace.Comparison) {
	if c == nil {
		return
	}
	t.printf("\n")
	var rows [][]string
	for _, f := range c.Missed {
		rows = append(rows, []string{place(f.Use), t.warn.Render("missed"), f.Service, cmp.Or(f.Operation, "-"), ""})
	}
	for _, f := range c.Covered {
		rows = append(rows, []string{place(f.Use), "covered", f.Service, cmp.Or(f.Operation, "-"), "not found, but kept: " + f.By})
	}
	t.columns(nil, rows, nil)
	if len(rows) > 0 {
		t.printf("\n")
	}
	t.printf("%s\n", t.bold.Render(ran(c)))
	t.printf("%s\n", touched(c))
	for _, service := range slices.Sorted(maps.Keys(c.Untouched)) {
		t.printf("  %s  %s\n", service, untouched(c.Untouched[service]))
	}
}

func (m *markdown) against(c *trace.Comparison) {
	if c == nil {
		return
	}
	m.line("%s.", ran(c))
	m.line("")
	if len(c.Missed)+len(c.Covered) > 0 {
		m.line("| ran at | service | operation | |")
		m.line("| --- | --- | --- | --- |")
		for _, f := range c.Missed {
			m.line("| `%s` | %s | %s | **missed** |", place(f.Use), f.Service, cmp.Or(f.Operation, "-"))
		}
		for _, f := range c.Covered {
			m.line("| `%s` | %s | %s | covered: %s |", place(f.Use), f.Service, cmp.Or(f.Operation, "-"), cell(f.By))
		}
		m.line("")
	}
	m.line("%s.", touched(c))
	m.line("")
	if len(c.Untouched) == 0 {
		return
	}
	m.line("| kept service | operations that did not run |")
	m.line("| --- | --- |")
	for _, service := range slices.Sorted(maps.Keys(c.Untouched)) {
		m.line("| %s | %s |", service, cell(untouched(c.Untouched[service])))
	}
	m.line("")
}

// ran says what ran and how much of it was not found.
func ran(c *trace.Comparison) string {
	return fmt.Sprintf("%s and %s ran; %d missed, %d covered",
		plural(c.Services, "service"), plural(c.Operations, "operation"), len(c.Missed), len(c.Covered))
}

// touched says how much of what is kept ran.
func touched(c *trace.Comparison) string {
	said := fmt.Sprintf("%d of %s kept by name ran", c.Touched, plural(c.Kept, "operation"))
	if n := len(c.Whole); n > 0 {
		said += fmt.Sprintf("; %s kept whole", plural(n, "service"))
	}
	return said
}

func untouched(operations []string) string {
	if len(operations) == 0 {
		return "no client was made"
	}
	return strings.Join(operations, ", ")
}

// place is where a run did something, as far as it is known.
func place(u trace.Use) string {
	if u.File == "" {
		return "-"
	}
	return fmt.Sprintf("%s:%d", u.File, u.Line)
}
