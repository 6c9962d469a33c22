package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/coldcut/coldcut/internal/page"
	"github.com/coldcut/coldcut/trace"
)

const accuracy = "docs/accuracy.md"

// place is where the results are published in it.
var place = page.Place{Begin: "<!-- programs -->\n", End: "<!-- /programs -->\n"}

// render writes the outcomes as Markdown.
func render(all []*outcome) string {
	var b strings.Builder
	b.WriteString("### The programs\n\n")
	_ = page.Table(&b, programRows(all)) // a builder takes all
	b.WriteString("\n### With their tests\n\n")
	whole := func(o *outcome) *verdict { return o.whole }
	_ = page.Table(&b, verdictRows(all, whole)) // a builder takes all
	b.WriteString("\n### Without their tests\n\n")
	own := func(o *outcome) *verdict { return o.own }
	_ = page.Table(&b, verdictRows(all, own)) // a builder takes all
	handedIn(&b, all)
	findings(&b, "### Missed", all, func(v *verdict) []trace.Finding { return v.Missed })
	findings(&b, "### Kept by unresolved places alone", all, (*verdict).byDoubt)
	doubts(&b, all)
	return b.String()
}

func programRows(all []*outcome) [][]string {
	rows := [][]string{{"program", "what it is", "Python", "botocore", "which tests", "passed", "failed"}}
	for _, o := range all {
		rows = append(rows, []string{
			o.title(), o.covers, o.python, o.boto, cmp.Or(o.part, "all"), fmt.Sprint(o.tests.passed), fmt.Sprint(o.tests.failed),
		})
	}
	return rows
}

// verdictRows has a line for each program and one for their sum.
func verdictRows(all []*outcome, of func(*outcome) *verdict) [][]string {
	rows := [][]string{{
		"program", "services ran", "operations ran", "missed", "kept by name", "in a whole service", "unresolved places",
		"services kept, idle", "operations kept, idle", "kept whole",
	}}
	var sum sums
	for _, o := range all {
		one := sumsOf(of(o))
		sum.add(one)
		rows = append(rows, one.row(o.name))
	}
	return append(rows, sum.row("**all**"))
}

// sums are the figures of a verdict, or of several.
type sums struct {
	services, operations, missed, named, inWhole, unresolved int
	keptServices, idleServices, kept, idle, whole            int
}

func sumsOf(v *verdict) sums {
	return sums{
		services: v.Services, operations: v.Operations, missed: len(v.Missed), named: v.named(), inWhole: v.inWhole, unresolved: len(v.unresolved),
		keptServices: v.keptServices, idleServices: v.idleServices, kept: v.Kept, idle: v.Kept - v.Touched, whole: len(v.Whole),
	}
}

func (s *sums) add(t sums) {
	s.services += t.services
	s.operations += t.operations
	s.missed += t.missed
	s.named += t.named
	s.inWhole += t.inWhole
	s.unresolved += t.unresolved
	s.keptServices += t.keptServices
	s.idleServices += t.idleServices
	s.kept += t.kept
	s.idle += t.idle
	s.whole += t.whole
}

func (s *sums) row(name string) []string {
	ran := s.services + s.operations
	return []string{
		name, fmt.Sprint(s.services), fmt.Sprint(s.operations), fmt.Sprint(s.missed),
		fmt.Sprintf("%d of %d, %s", s.named, ran, percent(s.named, ran)), fmt.Sprint(s.inWhole), fmt.Sprint(s.unresolved),
		fmt.Sprintf("%d, %d", s.keptServices, s.idleServices), fmt.Sprintf("%d, %d", s.kept, s.idle), fmt.Sprint(s.whole),
	}
}

// percent never rounds up to 100.
func percent(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", float64(1000*part/whole)/10)
}

// handedIn says what the second table leaves out.
func handedIn(b *strings.Builder, all []*outcome) {
	for _, o := range all {
		if len(o.handedIn) > 0 {
			fmt.Fprintf(b, "\nNot counted for %s, whose tests made the client: %s.\n", o.name, strings.Join(o.handedIn, ", "))
		}
		if len(o.callbacks) > 0 {
			fmt.Fprintf(b, "\nNot counted for %s, whose tests handed in the client's method: %s.\n", o.name, strings.Join(o.callbacks, ", "))
		}
	}
}

// findings lists what the scan did not name.
func findings(b *strings.Builder, title string, all []*outcome, of func(*verdict) []trace.Finding) {
	rows := [][]string{{"program", "scanned", "service", "operation", "first ran at"}}
	for _, o := range all {
		for _, side := range []struct {
			name string
			*verdict
		}{{"with tests", o.whole}, {"without", o.own}} {
			for _, f := range of(side.verdict) {
				at := "unknown"
				if f.File != "" {
					at = fmt.Sprintf("`%s:%d`", f.File, f.Line)
				}
				rows = append(rows, []string{o.name, side.name, f.Service, cmp.Or(f.Operation, "(its client)"), at})
			}
		}
	}
	fmt.Fprintf(b, "\n%s\n\n", title)
	if len(rows) == 1 {
		b.WriteString("Nothing.\n")
		return
	}
	_ = page.Table(b, rows) // a builder takes all
}

// doubts lists the places that the scan could not resolve in the programs
// without their tests, which is what people ship.
func doubts(b *strings.Builder, all []*outcome) {
	rows := [][]string{{"program", "place", "of", "reason"}}
	for _, o := range all {
		for _, u := range o.own.unresolved {
			of := cmp.Or(u.Origin, "itself")
			rows = append(rows, []string{o.name, fmt.Sprintf("`%s:%d`", u.File, u.Line), of, cell(u.Reason)})
		}
	}
	b.WriteString("\n### Unresolved places, without tests\n\n")
	if len(rows) == 1 {
		b.WriteString("None.\n")
		return
	}
	_ = page.Table(b, rows) // a builder takes all
}

// cell keeps a text in its cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "_", `\_`, "<", "&lt;").Replace(text)
}
