package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/shard"
)

// auditDocument is the document of an audit: its result's keys are on top.
type auditDocument struct {
	Schema  int           `json:"schema"`
	Coldcut string        `json:"coldcut"`
	Verb    string        `json:"verb"`
	Totals  *audit.Totals `json:"totals"`
	*audit.Result
}

func newAuditDocument(d *Document) auditDocument {
	t := d.Audit.Sum()
	return auditDocument{d.Schema, d.Coldcut, d.Verb, &t, d.Audit}
}

// ForAudit makes the document of an audit. Text and Markdown list at most so many
// functions of each verdict; 0 is all.
func ForAudit(version string, r *audit.Result, top int) *Document {
	return &Document{Schema: Schema, Coldcut: version, Verb: "audit", Audit: r, top: top}
}

// ReadAudit reads an audit's document.
func ReadAudit(name string, data []byte) (audit.Part, error) {
	var d auditDocument
	if err := json.Unmarshal(data, &d); err != nil {
		return audit.Part{}, fmt.Errorf("%s is not a document of coldcut audit: %w", name, err)
	}
	switch {
	case d.Verb != "audit" || d.Result == nil:
		return audit.Part{}, fmt.Errorf("%s is not a document of coldcut audit, but of %q", name, d.Verb)
	case d.Schema != Schema:
		return audit.Part{}, fmt.Errorf("%s has the schema %d; this coldcut reads %d", name, d.Schema, Schema)
	}
	for i := range d.Functions {
		if !wellFormed(&d.Functions[i]) {
			return audit.Part{}, fmt.Errorf("%s: function %d is none that coldcut audit writes", name, i+1)
		}
	}
	return audit.Part{Name: name, Coldcut: d.Coldcut, Result: d.Result}, nil
}

// wellFormed reports whether a function has what its verdict says.
func wellFormed(f *audit.Function) bool {
	ships := f.Boto != nil
	switch f.Verdict {
	case audit.Slims:
		ships = ships && f.Takes != nil
	case audit.Unused, audit.CannotTell:
	case audit.NotRead, audit.Image, audit.Runtimes:
		ships = ships || f.Takes == nil
	default:
		return false
	}
	return ships && f.ARN != ""
}

// auditGroup is the table of the functions of one verdict.
type auditGroup struct {
	Verdict audit.Verdict
	Title   string
	Headers []string
	Right   []int // columns of figures
	row     func(*audit.Function) []string
}

// auditGroups are the tables in their order. The runtime's own boto3 has none in text,
// for there is nothing to do about it.
var auditGroups = []auditGroup{
	{audit.Slims, "a boto3 that can be cut", []string{"function", "runs on", "boto3", "in", "files less", "on disk less", "zip less", "of zip", "start less, about"}, []int{4, 5, 6, 7, 8}, slimsRow},
	{audit.Unused, "a boto3 of which no use was found", []string{"function", "runs on", "boto3", "in", "files", "on disk"}, []int{4, 5}, botoRow},
	{audit.CannotTell, "the services cannot be told, so a cut would be refused", []string{"function", "boto3", "on disk", "places", "the first of them"}, []int{2, 3}, unresolvedRow},
	{audit.NotRead, "not read", []string{"function", "runs on", "why"}, nil, whyRow},
	{audit.Image, "container images, which an audit does not download: coldcut slim takes what docker pull and docker save write", []string{"function"}, nil, nameRow},
	{audit.Runtimes, "the runtime's boto3, with nothing to cut", []string{"function", "runs on", "services"}, nil, servicesRow},
}

// auditName names a function within its region.
func auditName(f *audit.Function) string { return f.Region + "/" + f.Name }

// holder says where a function's boto3 is.
func holder(b *audit.Boto) string {
	if b.Layer == "" {
		return "package"
	}
	_, name, _ := strings.Cut(b.Layer, ":layer:")
	return "layer " + name
}

// botoVersion is boto3's version, or botocore's where there is no boto3.
func botoVersion(b *audit.Boto) string {
	if b.Boto3 == "" {
		return "botocore " + b.Botocore
	}
	return b.Boto3
}

func slimsRow(f *audit.Function) []string {
	return []string{
		auditName(f), f.Runtime, botoVersion(f.Boto), holder(f.Boto),
		humanize.Comma(int64(f.Takes.Files)), size(f.Takes.Bytes), size(f.Takes.ZipBytes), percent(f.Takes.ZipBytes, f.Takes.Of.ZipBytes), startCell(f.Start),
	}
}

func percent(part, whole int64) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

func startCell(s *audit.Start) string {
	switch {
	case s == nil:
		return "?"
	case math.Round(s.LowMS) == math.Round(s.HighMS):
		return fmt.Sprintf("%.0f ms", s.HighMS)
	}
	return fmt.Sprintf("%.0f to %.0f ms", s.LowMS, s.HighMS)
}

func botoRow(f *audit.Function) []string {
	return []string{auditName(f), f.Runtime, botoVersion(f.Boto), holder(f.Boto), humanize.Comma(int64(f.Boto.Files)), size(f.Boto.Bytes)}
}

func unresolvedRow(f *audit.Function) []string {
	first := ""
	if len(f.Unresolved) > 0 {
		first = fmt.Sprintf("%s:%d: %s", f.Unresolved[0].File, f.Unresolved[0].Line, f.Unresolved[0].Reason)
	}
	return []string{auditName(f), botoVersion(f.Boto), size(f.Boto.Bytes), humanize.Comma(int64(f.UnresolvedPlaces)), first}
}

func whyRow(f *audit.Function) []string { return []string{auditName(f), f.Runtime, f.Why} }

func nameRow(f *audit.Function) []string { return []string{auditName(f)} }

func servicesRow(f *audit.Function) []string {
	services := strings.Join(f.Services, ", ")
	if f.UnresolvedPlaces > 0 {
		services = strings.TrimPrefix(services+", and what "+plural(f.UnresolvedPlaces, "place")+" cannot be told to ask for", ", and ")
	}
	return []string{auditName(f), f.Runtime, services}
}

// rows are those of the group's functions, the first so many.
func (g *auditGroup) rows(r *audit.Result, top int) (rows [][]string, more int) {
	for i := range r.Functions {
		switch f := &r.Functions[i]; {
		case f.Verdict != g.Verdict:
		case top > 0 && len(rows) == top:
			more++
		default:
			rows = append(rows, g.row(f))
		}
	}
	return rows, more
}

// auditLines say what the tables add up to, and what they do not hold.
func auditLines(r *audit.Result) (lines []string) {
	t := r.Sum()
	where := "in " + strings.Join(r.Regions, ", ")
	if r.Account != "" {
		where = "of the account " + r.Account + " " + where
	}
	lines = append(lines, fmt.Sprintf("%s of Python %s%s", plural(len(r.Functions), "function"), where, partText(r.Shard)))
	for i := range auditGroups {
		if n := t.Verdicts[auditGroups[i].Verdict]; n > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s", plural(n, "function"), auditGroups[i].Title))
		}
	}
	if t.Takes.Of.Bytes > 0 {
		lines = append(lines, fmt.Sprintf("cuts take %s from %s of functions' own packages on disk, %s from %s in zips",
			size(t.Takes.Bytes), size(t.Takes.Of.Bytes), size(t.Takes.ZipBytes), size(t.Takes.Of.ZipBytes)))
	}
	if skipped := skippedText(r.Skipped); skipped != "" {
		lines = append(lines, "of other runtimes, not looked at: "+skipped)
	}
	if r.Again > 0 {
		lines = append(lines, plural(r.Again, "function")+" as an earlier run found them, since nothing has changed")
	}
	return append(lines, r.Notes...)
}

func partText(s *shard.Shard) string {
	if s == nil {
		return ""
	}
	return ", part " + s.String()
}

func skippedText(skipped map[string]int) string {
	var names []string
	for name, n := range skipped {
		names = append(names, fmt.Sprintf("%s of %s", humanize.Comma(int64(n)), name))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// modelLines say what the figures of the start are worth.
func modelLines(r *audit.Result) (lines []string) {
	for _, m := range r.Model {
		lines = append(lines, fmt.Sprintf("%.1f to %.1f ms for each MB of %s (%s)", m.LowMS, m.HighMS, m.What, m.Source))
	}
	return lines
}

// modelTitle and modelDoubt go before and after modelLines.
const (
	modelTitle = "the start is an estimate, until there is a client of each service, of a whole vCPU"
	modelDoubt = "of the machine of docs/benchmarks.md, not of AWS's, and without download and deferred imports: only coldcut bench measures"
)

// auditPlace says whom the figures are of.
func auditPlace(r *audit.Result) string {
	if r.Local {
		return "not AWS was asked, but another endpoint"
	}
	return ""
}

// layerHeads are the heads of layerRows.
var layerHeads = []string{"layer with a boto3", "functions", "cannot tell", "on disk less, at most", "zip less, at most"}

// layerRows list the layers that functions share: one cut serves all of them.
func layerRows(r *audit.Result) (rows [][]string) {
	for _, l := range r.Sum().Layers {
		row := []string{l.ARN, humanize.Comma(int64(l.Functions)), humanize.Comma(int64(l.CannotTell)), "", ""}
		if l.AtMost != nil {
			row[3], row[4] = size(l.AtMost.Bytes), size(l.AtMost.ZipBytes)
		}
		rows = append(rows, row)
	}
	return rows
}

func (t *texter) audit(r *audit.Result, top int) {
	for i := range auditGroups {
		g := &auditGroups[i]
		rows, more := g.rows(r, top)
		if len(rows) == 0 || g.Verdict == audit.Runtimes {
			continue
		}
		t.printf("%s\n", t.bold.Render(g.Title))
		t.columns(g.Headers, rows, g.Right)
		if more > 0 {
			t.printf("%s\n\n", t.faint.Render(fmt.Sprintf("… and %s more: --top 0 lists all, and so do --html and --format json", humanize.Comma(int64(more)))))
		}
	}
	t.columns(layerHeads, layerRows(r), []int{1, 2, 3, 4})
	if hasStart(r) {
		t.printf("%s\n", t.faint.Render(modelTitle))
		for _, line := range modelLines(r) {
			t.printf("  %s\n", t.faint.Render(line))
		}
		t.printf("%s\n", t.faint.Render(modelDoubt))
		t.printf("\n")
	}
	for i, line := range auditLines(r) {
		if i == 0 {
			line = t.bold.Render(line)
		}
		t.printf("%s\n", line)
	}
	if place := auditPlace(r); place != "" {
		t.printf("%s\n", t.bold.Render(place))
	}
}

func hasStart(r *audit.Result) bool {
	return slices.ContainsFunc(r.Functions, func(f audit.Function) bool { return f.Start != nil })
}

func (m *markdown) audit(r *audit.Result, top int) {
	for i, line := range auditLines(r) {
		if i == 0 {
			line = "**" + line + "**"
		}
		m.line("- %s", line)
	}
	m.line("")
	for i := range auditGroups {
		g := &auditGroups[i]
		rows, more := g.rows(r, top)
		if len(rows) == 0 || g.Verdict == audit.Runtimes {
			continue
		}
		m.line("### %s", strings.ToUpper(g.Title[:1])+g.Title[1:])
		m.line("")
		m.table(g.Headers, rows, g.Right...)
		if more > 0 {
			m.line("… and %s more.", humanize.Comma(int64(more)))
			m.line("")
		}
	}
	m.table(layerHeads, layerRows(r), 1, 2, 3, 4)
	if hasStart(r) {
		m.line("%s: %s; %s.", strings.ToUpper(modelTitle[:1])+modelTitle[1:], strings.Join(modelLines(r), ", "), modelDoubt)
	}
	if place := auditPlace(r); place != "" {
		m.line("")
		m.line("**%s**", place)
	}
}

// printableAudit returns a copy that can be shown: names come from the account, reasons
// from packages.
func printableAudit(r *audit.Result) *audit.Result {
	out := *r
	out.Account = Printable(r.Account)
	out.Regions = each(r.Regions, func(s *string) { *s = Printable(*s) })
	out.Notes = each(r.Notes, func(s *string) { *s = Printable(*s) })
	out.Functions = each(r.Functions, func(f *audit.Function) {
		for _, s := range []*string{&f.Region, &f.Name, &f.Runtime, &f.Handler, &f.Why} {
			*s = Printable(*s)
		}
		f.Services = each(f.Services, func(s *string) { *s = Printable(*s) })
		f.Notes = each(f.Notes, func(s *string) { *s = Printable(*s) })
		f.Unresolved = each(f.Unresolved, func(p *audit.Place) { p.File, p.Reason = Printable(p.File), Printable(p.Reason) })
		if f.Boto != nil {
			b := *f.Boto
			b.Boto3, b.Botocore, b.Layer = Printable(b.Boto3), Printable(b.Botocore), Printable(b.Layer)
			f.Boto = &b
		}
	})
	out.Skipped = map[string]int{}
	for name, n := range r.Skipped {
		out.Skipped[Printable(name)] += n
	}
	return &out
}
