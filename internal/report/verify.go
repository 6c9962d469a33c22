package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/verify"
)

// Verify is how a slim package stands to the fat one.
type Verify struct {
	Slim string `json:"slim"`
	// FatLayers and SlimLayers are those that the functions, or the layers, ran with.
	FatLayers  []string `json:"fat_layers,omitempty"`
	SlimLayers []string `json:"slim_layers,omitempty"`
	// Shadowed tells of packages in the layers that are never imported.
	Shadowed []string `json:"shadowed,omitempty"`
	*verify.Verdict
}

// ForVerify makes the document of a comparison.
func ForVerify(version, fat, slim string, v *verify.Verdict) *Document {
	return &Document{
		Schema: Schema, Coldcut: version, Verb: "verify", Path: fat, Services: v.Services,
		Verify: &Verify{Slim: slim, Verdict: v},
	}
}

// How much of a verdict a person gets to read; JSON has all of it.
const (
	mostDifferences = 20
	mostParts       = 6
	mostReasons     = 12
	excerpt         = 56
)

func (t *texter) verify(d *Document) {
	v := d.Verify
	for _, note := range v.Shadowed {
		t.printf("%s\n", t.faint.Render("note  "+Printable(note)))
	}
	t.differences(d)
	if len(v.Gaps) > 0 {
		t.columns([]string{"not exercised", "cases", "for example"}, gapRows(v.Gaps), []int{1})
	}
	t.verdict(d.Path+" and "+v.Slim, d)
}

func (t *texter) differences(d *Document) {
	for i, diff := range d.Verify.Differences {
		if i == mostDifferences {
			t.printf("… and %s more; --format json lists them all\n\n", plural(len(d.Verify.Differences)-i, "difference"))
			break
		}
		t.difference(d, diff)
	}
}

// verdict is the sum of it all.
func (t *texter) verdict(what string, d *Document) {
	v, differs := d.Verify, t.good
	if v.Differs > 0 {
		differs = t.warn
	}
	t.printf("%s  Python %s, %s, seed %d\n", t.bold.Render(what), v.Python, botoOf(v), v.Seed)
	t.printf("%s: %s, %s, %s\n", counted(d.Services), t.good.Render(plural(v.Same, "case")+" the same"),
		differs.Render(fmt.Sprintf("%d different", v.Differs)), fmt.Sprintf("%d not exercised", v.NotExercised))
}

func (t *texter) difference(d *Document, diff verify.Difference) {
	t.printf("%s%s\n", t.warn.Render(Printable(diff.String())), placeOf(diff))
	t.columns([]string{"", "fat", "slim"}, partRows(diff), nil)
	t.printf("  %s\n\n", t.faint.Render(repeat(d, diff)))
}

// placeOf tells which of several botocores differs.
func placeOf(diff verify.Difference) string {
	if diff.Place == "" {
		return ""
	}
	return " in " + Printable(diff.Place)
}

func partRows(diff verify.Difference) (rows [][]string) {
	if diff.Fat == nil {
		return nil
	}
	parts := diff.Parts()
	// An exception says best why there is no request.
	slices.SortStableFunc(parts, func(a, b verify.Part) int { return raisedFirst(a) - raisedFirst(b) })
	for i, p := range parts {
		if i == mostParts {
			rows = append(rows, []string{fmt.Sprintf("… %d more", len(parts)-i), "", ""})
			break
		}
		fat, slim := around(p.Fat, p.Slim)
		rows = append(rows, []string{Printable(p.Path), fat, slim})
	}
	return rows
}

func raisedFirst(p verify.Part) int {
	if strings.HasPrefix(p.Path, "raises.text") {
		return 0
	}
	return 1
}

// around cuts two long texts to where they begin to differ.
func around(a, b string) (string, string) {
	x, y := []rune(a), []rune(b)
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	from := max(0, same-excerpt/3)
	return window(x, from), window(y, from)
}

func window(text []rune, from int) string {
	from = min(from, len(text))
	to := min(len(text), from+excerpt)
	s := string(text[from:to])
	if from > 0 {
		s = "…" + s
	}
	if to < len(text) {
		s += "…"
	}
	return Printable(strings.ReplaceAll(s, "\n", "⏎"))
}

// repeat is the command that does a case again.
func repeat(d *Document, diff verify.Difference) string {
	v := d.Verify
	command := fmt.Sprintf("coldcut verify %s %s%s --python %s --seed %d", quote(d.Path), quote(v.Slim), layerFlags(v), language(v.Python), v.Seed)
	if diff.Service == "" || diff.Case.Case == "operations" || diff.Case.Case == "unknown service" {
		return command
	}
	return Printable(command + " --only-case " + quote(diff.String()))
}

// layerFlags name the layers to coldcut verify.
func layerFlags(v *Verify) string {
	var b strings.Builder
	for _, name := range v.FatLayers {
		b.WriteString(" --fat-layer " + quote(name))
	}
	for _, name := range v.SlimLayers {
		b.WriteString(" --slim-layer " + quote(name))
	}
	return b.String()
}

// language is the version that --python takes: 3.13 of 3.13.0.
func language(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + strings.TrimRight(parts[1], "abrc")
}

// quote makes one word of s for a shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=-", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// gapRows counts the gaps by their reasons.
func gapRows(gaps []verify.Gap) (rows [][]string) {
	count, first := map[string]int{}, []verify.Gap{}
	for _, g := range gaps {
		if count[g.Reason]++; count[g.Reason] == 1 {
			first = append(first, g)
		}
	}
	for i, g := range first {
		if i == mostReasons {
			rows = append(rows, []string{fmt.Sprintf("… for %s more", plural(len(first)-i, "reason")), "", ""})
			break
		}
		rows = append(rows, []string{shorten(g.Reason), fmt.Sprint(count[g.Reason]), Printable(strings.Trim(g.String(), ":"))})
	}
	return rows
}

// shorten gives a reason a line of its table.
func shorten(reason string) string {
	const most = 90
	reason, _, _ = strings.Cut(reason, "\n")
	if text := []rune(reason); len(text) > most {
		reason = string(text[:most]) + "…"
	}
	return Printable(reason)
}

func botoOf(v *Verify) string {
	if v.Boto3 == "" {
		return "botocore " + v.Botocore
	}
	return "boto3 " + v.Boto3 + ", botocore " + v.Botocore
}

func (m *markdown) verify(d *Document) {
	v := d.Verify
	for _, note := range v.Shadowed {
		m.line("Note: %s", cell(Printable(note)))
		m.line("")
	}
	m.line("%s, compared in Python %s (%s, seed %d):", counted(d.Services), v.Python, botoOf(v), v.Seed)
	m.line("")
	m.line("| cases | same | different | not exercised |")
	m.line("| ---: | ---: | ---: | ---: |")
	m.line("| %d | %d | %d | %d |", v.Cases, v.Same, v.Differs, v.NotExercised)
	m.line("")
	for i, diff := range v.Differences {
		if i == mostDifferences {
			m.line("… and %s more.", plural(len(v.Differences)-i, "difference"))
			m.line("")
			break
		}
		m.line("**%s**%s, repeated by `%s`", Printable(diff.String()), placeOf(diff), repeat(d, diff))
		m.line("")
		m.line("| | fat | slim |")
		m.line("| --- | --- | --- |")
		for _, row := range partRows(diff) {
			m.line("| %s | %s | %s |", cell(row[0]), cell(row[1]), cell(row[2]))
		}
		m.line("")
	}
	if len(v.Gaps) == 0 {
		return
	}
	m.line("| not exercised | cases | for example |")
	m.line("| --- | ---: | --- |")
	for _, row := range gapRows(v.Gaps) {
		m.line("| %s | %s | %s |", cell(row[0]), row[1], cell(row[2]))
	}
	m.line("")
}
