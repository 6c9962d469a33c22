package report

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/coldcut/coldcut/internal/importtime"
	"github.com/coldcut/coldcut/scan"
)

// Imports is what a function imports when it starts, and what that takes, as medians
// of `python -X importtime`.
type Imports struct {
	Python  string   `json:"python"`
	Runs    int      `json:"runs"`
	Entries []string `json:"entries"`
	// Slim is the slim package that was given; empty means what slim would make.
	Slim string `json:"slim,omitempty"`
	// NoSlim says why there is nothing to compare with.
	NoSlim   string   `json:"no_slim,omitempty"`
	BeforeMS float64  `json:"before_ms"`
	AfterMS  *float64 `json:"after_ms,omitempty"`
	// Tree has what takes two hundredths of the whole and more.
	Tree []*importtime.Part `json:"tree"`
	// Own are the imports that stand in the user's own code, dearest first.
	Own []importtime.Own `json:"own"`
}

// Fill takes the trees of both packages; that of the slim one may be nil.
func (i *Imports) Fill(before, after []*importtime.Module, own []importtime.Own) {
	i.BeforeMS = importtime.Milliseconds(importtime.Total(before))
	if after != nil {
		ms := importtime.Milliseconds(importtime.Total(after))
		i.AfterMS = &ms
	}
	i.Tree, i.Own = orEmpty(importtime.Compare(before, after, importtime.Least)), orEmpty(own)
}

// ForImports makes the document of a function's imports.
func ForImports(version, path string, r *scan.Result, found *Imports) *Document {
	d := ForScan(version, path, r)
	d.Verb, d.Imports = "explain", found
	return d
}

// most is what a bar of full width stands for.
func (i *Imports) most() float64 {
	if i.AfterMS != nil {
		return max(i.BeforeMS, *i.AfterMS)
	}
	return i.BeforeMS
}

// title says what was measured.
func (i *Imports) title() string {
	what := "imports of " + strings.Join(i.Entries, ", ")
	return fmt.Sprintf("%s, Python %s, median of %s", what, i.Python, plural(i.Runs, "start"))
}

// sum says in a sentence what it all takes.
func (i *Imports) sum() string {
	switch {
	case i.AfterMS != nil:
		slim := cmp.Or(i.Slim, "what slim makes of it")
		return fmt.Sprintf("%.1f ms, and %.1f ms in %s: %.2f times faster", i.BeforeMS, *i.AfterMS, slim, i.BeforeMS/max(*i.AfterMS, 0.001))
	case i.NoSlim != "":
		return fmt.Sprintf("%.1f ms; slim refuses: %s", i.BeforeMS, i.NoSlim)
	}
	return fmt.Sprintf("%.1f ms", i.BeforeMS)
}

// barWidth is the width of the longest bar.
const barWidth = 24

// bar draws what stays full and what goes light, or what is new dotted.
func (i *Imports) bar(p *importtime.Part) string {
	width := func(ms *float64) int {
		if ms == nil {
			return 0
		}
		return int(math.Round(*ms / max(i.most(), 0.001) * barWidth))
	}
	before, after := width(p.BeforeMS), width(p.AfterMS)
	if i.AfterMS == nil {
		return strings.Repeat("█", before)
	}
	return strings.Repeat("█", min(before, after)) + strings.Repeat("░", max(before-after, 0)) + strings.Repeat("▒", max(after-before, 0))
}

// importRows lists a tree with a row for each part.
func (i *Imports) importRows(parts []*importtime.Part, indent string) (rows [][]string) {
	for _, p := range parts {
		name := p.Name
		if p.More > 0 {
			name = fmt.Sprintf("(%d more)", p.More)
		}
		row := []string{milliseconds(p.BeforeMS)}
		if i.AfterMS != nil {
			row = append(row, milliseconds(p.AfterMS))
		}
		rows = append(rows, append(row, i.bar(p), indent+name))
		rows = append(rows, i.importRows(p.Imports, indent+"  ")...)
	}
	return rows
}

// milliseconds is a cell; what is not there is a dash.
func milliseconds(ms *float64) string {
	if ms == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", *ms)
}

// heads are the heads of the columns, with the last ones given.
func (i *Imports) heads(last ...string) []string {
	if i.AfterMS == nil {
		return append([]string{"ms"}, last...)
	}
	return append([]string{"ms before", "after"}, last...)
}

// ownRows lists the imports of the user's own code, the dearest ten.
func (i *Imports) ownRows() (rows [][]string) {
	for _, o := range i.Own[:min(len(i.Own), 10)] {
		row := []string{fmt.Sprintf("%.1f", o.BeforeMS)}
		if i.AfterMS != nil {
			row = append(row, milliseconds(o.AfterMS))
		}
		place := o.Importer
		if o.File != "" {
			place = fmt.Sprintf("%s:%d", o.File, o.Line)
		}
		rows = append(rows, append(row, o.Module, place))
	}
	return rows
}

func (t *texter) imports(i *Imports) {
	right := []int{0}
	if i.AfterMS != nil {
		right = []int{0, 1}
	}
	t.printf("%s\n%s\n\n", t.bold.Render(i.title()), i.sum())
	t.columns(i.heads("", "module, with all that it is the first to import"), i.importRows(i.Tree, ""), right)
	t.columns(i.heads("your own code imports", "at"), i.ownRows(), right)
	if n := len(i.Own) - 10; n > 0 {
		t.printf("and %s\n", plural(n, "smaller one"))
	}
}

func (m *markdown) imports(i *Imports) {
	m.line("%s: %s.", i.title(), i.sum())
	m.line("")
	m.indented(i.heads("", "module, with all that it is the first to import"), i.importRows(i.Tree, ""))
	m.indented(i.heads("own code imports", "at"), i.ownRows())
}

// indented writes rows whose indentation is kept.
func (m *markdown) indented(heads []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	m.line("| %s |", strings.Join(heads, " | "))
	m.line("|%s", strings.Repeat(" --- |", len(heads)))
	for _, row := range rows {
		for n := range row {
			row[n] = strings.ReplaceAll(cell(row[n]), "  ", "&nbsp;&nbsp;")
		}
		m.line("| %s |", strings.Join(row, " | "))
	}
	m.line("")
}

// printableImports shows names of modules and files, which come from the package.
func printableImports(i *Imports) *Imports {
	if i == nil {
		return nil
	}
	out := *i
	out.Slim, out.NoSlim = Printable(i.Slim), Printable(i.NoSlim)
	out.Entries = each(i.Entries, func(e *string) { *e = Printable(*e) })
	out.Tree = printableParts(i.Tree)
	out.Own = each(i.Own, func(o *importtime.Own) {
		o.Importer, o.Module, o.File = Printable(o.Importer), Printable(o.Module), Printable(o.File)
	})
	return &out
}

func printableParts(parts []*importtime.Part) []*importtime.Part {
	return each(parts, func(p **importtime.Part) {
		part := **p
		part.Name, part.Imports = Printable(part.Name), printableParts(part.Imports)
		*p = &part
	})
}
