package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/trace"
)

// Printable shows what a terminal would obey, and what would end a line, by its
// number: names of files and pieces of source come from packages that may be
// hostile.
func Printable(s string) string {
	if !strings.ContainsFunc(s, obeyed) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if obeyed(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// obeyed reports whether a rune controls rather than shows: the control
// characters, and those that turn the direction of text around.
func obeyed(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// printable returns a copy of the document that can be shown.
func (d *Document) printable() *Document {
	out := *d
	out.Path = Printable(d.Path)
	out.Imports = printableImports(d.Imports)
	if d.Scan != nil {
		s := *d.Scan
		s.Catalog = Printable(s.Catalog)
		s.Uses = each(s.Uses, func(u *scan.Use) { u.File, u.Via = Printable(u.File), Printable(u.Via) })
		s.Unresolved, s.Settled = each(s.Unresolved, printablePlace), each(s.Settled, printablePlace)
		s.Notes = each(s.Notes, func(n *scan.Note) { n.File, n.Message = Printable(n.File), Printable(n.Message) })
		s.Entries = each(s.Entries, func(e *scan.Entry) {
			e.Handler, e.From, e.File = Printable(e.Handler), Printable(e.From), Printable(e.File)
		})
		s.Against = printableComparison(s.Against)
		out.Scan = &s
	}
	if d.Slim != nil {
		s := *d.Slim
		s.Out = Printable(s.Out)
		s.Groups = each(s.Groups, func(g *Group) { g.Name = Printable(g.Name) })
		s.Kept = each(s.Kept, func(k *Kept) { k.Why = Printable(k.Why) })
		s.Dropped = each(s.Dropped, func(name *string) { *name = Printable(*name) })
		s.Weights = each(s.Weights, func(w *plan.Weight) { w.Name, w.Why = Printable(w.Name), Printable(w.Why) })
		s.Warnings = each(s.Warnings, func(w *string) { *w = Printable(*w) })
		if d.Slim.Start != nil {
			start := *d.Slim.Start
			start.Entries = each(start.Entries, func(e *string) { *e = Printable(*e) })
			s.Start = &start
		}
		out.Slim = &s
	}
	if d.Check != nil {
		c := *d.Check
		c.LockFile = Printable(c.LockFile)
		shown := func(f *plan.Finding) {
			f.File, f.Message, f.Fix = Printable(f.File), Printable(f.Message), Printable(f.Fix)
		}
		c.Findings, c.Fixed = each(c.Findings, shown), each(c.Fixed, shown)
		out.Check = &c
	}
	if d.Verify != nil {
		v := *d.Verify
		v.Slim = Printable(v.Slim)
		out.Verify = &v
	}
	if d.Audit != nil {
		out.Audit = printableAudit(d.Audit)
	}
	if d.Bench != nil {
		out.Bench = printableBench(d.Bench)
	}
	if d.Explanation != nil {
		e := *d.Explanation
		e.Considered = each(e.Considered, printableStep)
		e.Chains = each(e.Chains, func(c *scan.Chain) {
			c.Reached, c.Made = each(c.Reached, printableStep), each(c.Made, printableStep)
		})
		out.Explanation = &e
	}
	return &out
}

func printableStep(s *scan.Step) { s.File, s.Text = Printable(s.File), Printable(s.Text) }

func printablePlace(u *scan.Unresolved) {
	u.File, u.Reason = Printable(u.File), Printable(u.Reason)
}

func printableComparison(c *trace.Comparison) *trace.Comparison {
	if c == nil {
		return nil
	}
	out := *c
	for _, list := range []*[]trace.Finding{&out.Missed, &out.Covered} {
		*list = each(*list, func(f *trace.Finding) { f.File, f.By = Printable(f.File), Printable(f.By) })
	}
	return &out
}

// each returns a copy of a list with every element changed.
func each[T any](list []T, change func(*T)) []T {
	out := append([]T(nil), list...)
	for i := range out {
		change(&out[i])
	}
	return out
}
