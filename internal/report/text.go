package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/scan"
)

// Text writes the document for a person. Whether it has colour is the renderer's
// choice, which follows the terminal and NO_COLOR.
func (d *Document) Text(w io.Writer, r *lipgloss.Renderer) error {
	d = d.printable()
	t := &texter{w: w, bold: r.NewStyle().Bold(true), faint: r.NewStyle().Faint(true), warn: r.NewStyle().Foreground(lipgloss.Color("3")), good: r.NewStyle().Foreground(lipgloss.Color("2"))}
	switch {
	case d.Bench != nil:
		t.bench(d.Bench)
	case d.Audit != nil:
		t.audit(d.Audit, d.top)
	case d.Verb == "verify":
		t.verify(d)
	case d.Check != nil:
		t.check(d)
	case d.Imports != nil:
		t.imports(d.Imports)
	case d.Explanation != nil:
		t.explain(d)
	case d.Slim != nil && d.Refused != nil:
		t.unresolved(d.Unresolved)
		t.entries(d.Scan)
	case d.Slim != nil:
		t.slim(d)
	default:
		t.scan(d)
		t.against(d.Against)
	}
	return t.err
}

// texter prints until the first error.
type texter struct {
	w                       io.Writer
	bold, faint, warn, good lipgloss.Style
	err                     error
}

func (t *texter) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// scan prints one line a use, as compilers do, so that editors jump to it.
func (t *texter) scan(d *Document) {
	t.columns(nil, useRows(d.Uses), nil)
	t.unresolved(d.Unresolved)
	t.settled(d.Settled)
	t.notes(d.Notes)
	t.entries(d.Scan)
	t.printf("\n%s in %s; services from the %s\n", t.bold.Render(counted(d.Services)), plural(d.Files, "file"), d.Catalog)
	if n := len(d.Unresolved); n > 0 {
		t.printf("%s\n", t.warn.Render(plural(n, "unresolved place")+": slim refuses until what they can ask for is declared: # coldcut: keep SERVICE[:OPERATION]"))
	}
}

// useRows gives a row to each use. Operations that one name stands for, like
// upload_file, share a row.
func useRows(uses []scan.Use) [][]string {
	var rows [][]string
	for i := 0; i < len(uses); {
		same := func(u scan.Use) bool {
			made := u.Operation == "" || uses[i].Operation == ""
			u.Operation = uses[i].Operation
			return u == uses[i] && !made
		}
		n := 1
		for i+n < len(uses) && same(uses[i+n]) {
			n++
		}
		u := uses[i]
		how := u.Via
		if u.Certainty == scan.Possible {
			how = "possible: " + how
		}
		rows = append(rows, []string{u.Pos.String(), u.Service, operationsCell(uses[i : i+n]), how})
		i += n
	}
	return rows
}

// operationsCell names one or two operations, and counts more.
func operationsCell(uses []scan.Use) string {
	switch {
	case uses[0].Operation == "":
		return "-"
	case len(uses) == 1:
		return uses[0].Operation
	case len(uses) == 2:
		return uses[0].Operation + ", " + uses[1].Operation
	}
	return fmt.Sprintf("%s and %d more", uses[0].Operation, len(uses)-1)
}

// counted says how many services there are and operations of them. A service of which
// every operation counts names none.
func counted(services map[string][]string) string {
	named, whole := 0, 0
	for _, ops := range services {
		if slices.Contains(ops, scan.AllOperations) {
			whole++
		} else {
			named += len(ops)
		}
	}
	text := plural(len(services), "service") + ", "
	switch whole {
	case 0:
		return text + plural(named, "operation")
	case len(services):
		return text + "all operations"
	}
	return text + plural(named, "operation") + " and all of " + plural(whole, "service")
}

// entries says what limited the scan, and by whose word.
func (t *texter) entries(s *Scan) {
	for _, e := range s.Entries {
		t.printf("%s  %s  %s (%s)\n", e.File, t.faint.Render("entry"), e.Handler, e.From)
	}
	if len(s.Entries) > 0 {
		t.printf("%s not reached from there\n", plural(s.Skipped, "file"))
	}
}

func (t *texter) unresolved(places []scan.Unresolved) {
	for _, u := range places {
		t.printf("%s  %s  %s\n", u.Pos, t.warn.Render("unresolved"), u.Reason)
	}
}

// settled lists the places for which something is declared.
func (t *texter) settled(places []scan.Unresolved) {
	for _, u := range places {
		t.printf("%s  %s  %s\n", u.Pos, t.warn.Render("declared"), u.Reason)
	}
}

func (t *texter) notes(notes []scan.Note) {
	for _, n := range notes {
		t.printf("%s  %s  %s\n", n.Pos, t.faint.Render("note"), n.Message)
	}
}

func (t *texter) slim(d *Document) {
	t.printf("%s", t.bold.Render(d.Path+" → "+d.Out))
	if d.Boto.Boto3 != "" {
		t.printf("  boto3 %s,", d.Boto.Boto3)
	}
	t.printf("  botocore %s\n\n", d.Boto.Botocore)
	t.sizes(d.Slim)
	t.images(d.Images)
	t.passes(d.Slim)
	t.bytecode(d.Slim.Bytecode)
	t.kept(d.Slim)
	t.dropped(d.Slim)
	t.clientsOnly(d.ClientsOnly)
	if len(d.Weights) > 0 {
		t.printf("\n")
	}
	t.columns(weightHeads, weightRows(d.Weights), []int{2, 3, 4})
	t.settled(d.Settled)
	t.notes(d.Notes)
	t.entries(d.Scan)
	for _, w := range d.Warnings {
		t.printf("%s  %s\n", t.warn.Render("warning"), w)
	}
	t.proof(d)
}

var imageHeads = []string{"layers", "before", "after", "", ""}

// imageRows has the layers of each image, those that are the same to the byte counted
// together.
func imageRows(images []Image) [][]string {
	var rows [][]string
	for _, i := range images {
		var before, after, kept int64
		same := 0
		for k, l := range i.Before {
			before += l.Size
			after += i.After[k].Size
			if l == i.After[k] {
				same++
				kept += l.Size
			} else {
				rows = append(rows, []string{fmt.Sprintf("%s, layer %d", i.Platform, k+1), size(l.Size), size(i.After[k].Size), l.Digest[:min(19, len(l.Digest))], i.After[k].Digest[:min(19, len(i.After[k].Digest))]})
			}
		}
		rows = append(rows, []string{fmt.Sprintf("%s, %s as before", i.Platform, plural(same, "layer")), size(kept), size(kept), "", ""},
			[]string{i.Platform + ", all layers", size(before), size(after), "", ""})
	}
	return rows
}

func (t *texter) images(images []Image) {
	if len(images) > 0 {
		t.columns(imageHeads, imageRows(images), []int{1, 2})
	}
}

// proof is what verify found of the bytes that were written, in a line; of what
// differs, all that verify tells.
func (t *texter) proof(d *Document) {
	if d.Verify == nil {
		return
	}
	t.printf("\n")
	if d.Verify.Differs > 0 {
		t.differences(d)
	}
	t.verdict("verified", d)
}

// sizes prints the table as du would give it.
func (t *texter) sizes(s *Slim) {
	var rows [][]string
	for _, g := range s.Groups {
		rows = append(rows, sizeRow(g.Name, g.Before, g.After))
	}
	rows = append(rows, sizeRow("total", *s.Before, *s.After),
		[]string{"as a zip", size(s.Before.ZipBytes), size(s.After.ZipBytes), "", ""})
	t.columns([]string{"on disk", "before", "after", "files before", "after"}, rows, []int{1, 2, 3, 4})
}

func sizeRow(name string, before, after artifact.Stat) []string {
	return []string{name, size(before.DiskBytes), size(after.DiskBytes), humanize.Comma(int64(before.Files)), humanize.Comma(int64(after.Files))}
}

func size(n int64) string {
	if n < 0 {
		return "+" + humanize.IBytes(uint64(-n))
	}
	return humanize.IBytes(uint64(n))
}

func (t *texter) kept(s *Slim) {
	var rows [][]string
	for _, k := range s.Kept {
		rows = append(rows, []string{t.good.Render(k.Service), k.Rule, k.Why})
	}
	t.columns([]string{"service kept", "rule", "needed by"}, rows, nil)
}

// dropped says what a call of a dropped service will do.
func (t *texter) dropped(s *Slim) {
	if len(s.Dropped) == 0 {
		t.printf("No service was dropped.\n")
		return
	}
	names := make([]string, len(s.Kept))
	for i, k := range s.Kept {
		names[i] = k.Service
	}
	slices.Sort(names)
	t.printf("%s dropped. A call of one, like boto3.client('%s'), raises\n  botocore.exceptions.UnknownServiceError: Unknown service: '%s'. Valid service names are: %s\nTo keep one: --keep %s\n",
		t.bold.Render(plural(len(s.Dropped), "service")), s.Dropped[0], s.Dropped[0], strings.Join(names, ", "), s.Dropped[0])
}

// clientsOnly says of which services nothing makes resources.
func (t *texter) clientsOnly(services []string) {
	if len(services) > 0 {
		t.printf("The sources make clients of %s, and no resources: boto3.resource('%s') raises ResourceNotExistsError.\n", strings.Join(services, ", "), services[0])
	}
}

// columns prints rows below their headers, if there are any, in columns two
// spaces apart; right lists those aligned to the right.
func (t *texter) columns(headers []string, rows [][]string, right []int) {
	if len(rows) == 0 {
		return
	}
	widths := make([]int, len(rows[0]))
	for _, row := range append([][]string{headers}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	if headers != nil {
		faint := make([]string, len(headers))
		for i, h := range headers {
			faint[i] = t.faint.Render(h)
		}
		t.row(faint, widths, right)
	}
	for _, row := range rows {
		t.row(row, widths, right)
	}
	if headers != nil {
		t.printf("\n")
	}
}

func (t *texter) row(cells []string, widths, right []int) {
	var line strings.Builder
	for i, cell := range cells {
		pad := strings.Repeat(" ", widths[i]-lipgloss.Width(cell))
		if slices.Contains(right, i) {
			cell = pad + cell
		} else {
			cell += pad
		}
		line.WriteString(cell + "  ")
	}
	t.printf("%s\n", strings.TrimRight(line.String(), " "))
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return humanize.Comma(int64(n)) + " " + what
}
