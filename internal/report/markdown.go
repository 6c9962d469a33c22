package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/coldcut/coldcut/scan"
)

// Markdown writes the document for a pull request.
func (d *Document) Markdown(w io.Writer) error {
	d = d.printable()
	m := &markdown{}
	switch {
	case d.Bench != nil:
		m.bench(d.Bench)
	case d.Audit != nil:
		m.audit(d.Audit, d.top)
	case d.Verb == "verify":
		m.verify(d)
	case d.Check != nil:
		m.check(d)
	case d.Imports != nil:
		m.imports(d.Imports)
	case d.Explanation != nil:
		m.explain(d)
	case d.Slim != nil && d.Refused != nil:
		m.line("**Refused:** %s.", d.Refused.Reason)
		m.line("")
		m.line("%s.", d.Refused.Hint)
		m.line("")
		m.places("unresolved place", d.Unresolved)
		m.entries(d.Scan)
	case d.Slim != nil:
		m.slim(d)
	default:
		m.uses(d)
		m.places("unresolved place", d.Unresolved)
		m.places("declared place", d.Settled)
		m.entries(d.Scan)
		m.against(d.Against)
	}
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

type markdown struct{ strings.Builder }

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// cell escapes what would end a cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func (m *markdown) uses(d *Document) {
	m.line("| place | service | operation | certainty | how |")
	m.line("| --- | --- | --- | --- | --- |")
	for _, u := range d.Uses {
		m.line("| `%s` | %s | %s | %s | %s |", u.Pos, u.Service, cmp.Or(u.Operation, "-"), u.Certainty, cell(u.Via))
	}
	m.line("")
}

func (m *markdown) places(header string, places []scan.Unresolved) {
	if len(places) == 0 {
		return
	}
	m.line("| %s | reason |", header)
	m.line("| --- | --- |")
	for _, u := range places {
		m.line("| `%s` | %s |", u.Pos, cell(u.Reason))
	}
	m.line("")
}

func (m *markdown) entries(s *Scan) {
	if len(s.Entries) == 0 {
		return
	}
	m.line("| entry | named by | file |")
	m.line("| --- | --- | --- |")
	for _, e := range s.Entries {
		m.line("| %s | %s | `%s` |", cell(e.Handler), cell(e.From), e.File)
	}
	m.line("")
	m.line("%s not reached from there.", plural(s.Skipped, "file"))
	m.line("")
}

func (m *markdown) passes(s *Slim) {
	heads := passHeads(s.Start != nil)
	m.line("| %s |", strings.Join(heads, " | "))
	m.line("| ---%s | --- |", strings.Repeat(" | ---:", len(heads)-2))
	for _, row := range passRows(s.Passes, s.Start != nil) {
		m.line("| %s |", strings.Join(row, " | "))
	}
	m.line("")
	if s.Start != nil {
		m.line("%s.", s.Start.sentence())
		m.line("")
	}
}

func (m *markdown) slim(d *Document) {
	m.line("| on disk | before | after | files before | after |")
	m.line("| --- | ---: | ---: | ---: | ---: |")
	for _, g := range d.Groups {
		m.line("| %s | %s | %s | %d | %d |", g.Name, size(g.Before.DiskBytes), size(g.After.DiskBytes), g.Before.Files, g.After.Files)
	}
	m.line("| **total** | %s | %s | %d | %d |", size(d.Before.DiskBytes), size(d.After.DiskBytes), d.Before.Files, d.After.Files)
	m.line("| **as a zip** | %s | %s | | |", size(d.Before.ZipBytes), size(d.After.ZipBytes))
	m.line("")
	if len(d.Images) > 0 {
		m.indented(imageHeads, imageRows(d.Images))
	}
	m.passes(d.Slim)
	m.bytecode(d.Slim.Bytecode)
	m.line("| service kept | rule | needed by |")
	m.line("| --- | --- | --- |")
	for _, k := range d.Kept {
		m.line("| %s | %s | %s |", k.Service, k.Rule, cell(k.Why))
	}
	m.line("")
	m.line("%s dropped.", plural(len(d.Dropped), "service"))
	m.line("")
	if len(d.ClientsOnly) > 0 {
		m.line("No resources, for the sources make only clients of them: %s.", strings.Join(d.ClientsOnly, ", "))
		m.line("")
	}
	m.places("declared place", d.Settled)
	m.entries(d.Scan)
	m.indented(weightHeads, weightRows(d.Weights))
	for _, w := range d.Warnings {
		m.line("**Warning:** %s.", w)
	}
	if d.Verify != nil {
		m.line("")
		m.verify(d)
	}
}
