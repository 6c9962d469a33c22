package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldcut/coldcut/plan"
)

// Check is what does not agree between sources, lock and package.
type Check struct {
	// LockFile is the lock that counted.
	LockFile string `json:"lock_file,omitempty"`
	// Findings are all, notes among them.
	Findings []plan.Finding `json:"findings"`
	// Fixed are those that a new lock settled.
	Fixed []plan.Finding `json:"fixed,omitempty"`
}

// ForCheck makes the document of a check.
func ForCheck(version, path, lock string, services map[string][]string, findings, fixed []plan.Finding) *Document {
	return &Document{
		Schema: Schema, Coldcut: version, Verb: "check", Path: path, Services: services,
		Check: &Check{LockFile: lock, Findings: orEmpty(findings), Fixed: fixed},
	}
}

// together makes one finding of those that speak of operations of one service at one
// place: one name like upload_file stands for a dozen.
func together(all []plan.Finding) (out []plan.Finding) {
	for i := 0; i < len(all); {
		f, n := all[i], 1
		for i+n < len(all) && f.Operation != "" && sameCause(f, all[i+n]) {
			n++
		}
		if n > 1 {
			f.Message = fmt.Sprintf("%d operations of %s may be called, and the lock does not keep them: %s", n, f.Service, namesOf(all[i:i+n]))
			if f.Rule == plan.OperationUnused {
				f.Message = fmt.Sprintf("the lock keeps %d operations of %s, and nothing calls them: %s", n, f.Service, namesOf(all[i:i+n]))
			}
		}
		out = append(out, f)
		i += n
	}
	return out
}

func sameCause(a, b plan.Finding) bool {
	return a.Rule == b.Rule && a.Service == b.Service && a.Pos == b.Pos && a.Note == b.Note && b.Operation != ""
}

// namesOf names the first few.
func namesOf(all []plan.Finding) string {
	const most = 3
	var names []string
	for _, f := range all[:min(most, len(all))] {
		names = append(names, f.Operation)
	}
	text := strings.Join(names, ", ")
	if len(all) > most {
		text += ", …"
	}
	return text
}

// check prints one line a finding, as compilers do, and below it what to do, unless
// the line before said so.
func (t *texter) check(d *Document) {
	for _, f := range together(d.Fixed) {
		t.finding(f, t.good.Render("fixed"))
	}
	notes, failed := 0, 0
	found := together(d.Findings)
	for i, f := range found {
		level := t.warn.Render("error")
		if f.Note {
			notes++
			level = t.faint.Render("note")
		} else {
			failed++
		}
		t.finding(f, level)
		if last := i+1 == len(found); f.Fix != "" && (last || found[i+1].Fix != f.Fix) {
			t.printf("  %s\n", t.faint.Render(f.Fix))
		}
	}
	sum := t.good.Render("nothing found")
	if failed > 0 {
		sum = t.warn.Render(plural(failed, "finding"))
	}
	if notes > 0 {
		sum += ", " + plural(notes, "note")
	}
	if len(d.Fixed) > 0 {
		sum += fmt.Sprintf(", %d fixed", len(together(d.Fixed)))
	}
	t.printf("%s  %s\n", t.bold.Render(d.Path+" and "+d.LockFile), sum)
}

func (t *texter) finding(f plan.Finding, level string) {
	t.printf("%s  %s  %s  [%s]\n", f.Pos, level, f.Message, f.Rule)
}

func (m *markdown) check(d *Document) {
	if len(d.Findings) == 0 {
		m.line("`%s` agrees with `%s`.", d.Path, d.LockFile)
		return
	}
	m.line("| place | level | finding | what to do |")
	m.line("| --- | --- | --- | --- |")
	for _, f := range together(d.Findings) {
		m.line("| `%s` | %s | %s | %s |", f.Pos, levelOf(f), cell(f.Message), cell(f.Fix))
	}
}

func levelOf(f plan.Finding) string {
	if f.Note {
		return "note"
	}
	return "error"
}

// GitHub writes the findings as workflow commands, which GitHub shows beside the
// lines of a pull request.
//
// Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func (d *Document) GitHub(w io.Writer) error {
	command := map[string]string{"error": "error", "note": "notice"}
	var b strings.Builder
	for _, f := range together(d.Findings) {
		fmt.Fprintf(&b, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", command[levelOf(f)],
			property(f.File), f.Line, f.Column, property("coldcut: "+string(f.Rule)), data(withFix(f)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// withFix is a finding and what to do about it in one text.
func withFix(f plan.Finding) string {
	if f.Fix == "" {
		return f.Message
	}
	return f.Message + ": " + f.Fix
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscapes.Replace(s) }
func property(s string) string { return propertyEscapes.Replace(s) }
