package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/bench"
)

// benchDocument is the document of a benchmark: its result's keys are on top.
type benchDocument struct {
	Schema  int    `json:"schema"`
	Coldcut string `json:"coldcut"`
	Verb    string `json:"verb"`
	*bench.Result
}

// ForBench makes the document of a benchmark.
func ForBench(version string, r *bench.Result) *Document {
	return &Document{Schema: Schema, Coldcut: version, Verb: "bench", Bench: r}
}

// ReadBench reads a benchmark's document and analyses its samples anew: what was
// concluded when it was written counts for nothing.
func ReadBench(data []byte) (*bench.Result, error) {
	var d benchDocument
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("not a document of coldcut bench: %w", err)
	}
	r := d.Result
	switch {
	case d.Verb != "bench" || r == nil:
		return nil, fmt.Errorf("not a document of coldcut bench, but of %q", d.Verb)
	case d.Schema != Schema:
		return nil, fmt.Errorf("schema %d; this coldcut reads %d", d.Schema, Schema)
	case r.Backend != bench.AWS && r.Backend != bench.Local:
		return nil, fmt.Errorf("unknown backend %q", r.Backend)
	case len(r.Arms) == 0:
		return nil, fmt.Errorf("it has no arms")
	}
	if err := sound(r); err != nil {
		return nil, err
	}
	r.Analyse()
	return r, nil
}

// sound refuses what no run writes.
func sound(r *bench.Result) error {
	seen := map[string]bool{}
	for _, a := range r.Arms {
		key := fmt.Sprintf("%s at %d MB", a.Name, a.MemoryMB)
		if seen[key] {
			return fmt.Errorf("there are two arms %s", key)
		}
		seen[key] = true
		for i := range a.Samples {
			for _, m := range bench.Metrics {
				if v, ok := m.Of(&a.Samples[i]); ok && (math.Abs(v) > 1e9 || v < 0 && m != bench.UntilInit) {
					return fmt.Errorf("%s, sample %d: %s cannot be %v", key, a.Samples[i].Order, m, v)
				}
			}
		}
	}
	return nil
}

// localOnly is what every output of a local run says.
const localOnly = "measured on this machine by a local Lambda, not on AWS: nothing here is comparable with figures of AWS"

func measured(r *bench.Result) string {
	if r.Backend == bench.Local {
		return localOnly
	}
	return "measured on AWS Lambda in " + r.Place
}

// figure writes milliseconds as the article does, megabytes without a fraction.
func figure(m bench.Metric, v float64) string {
	if m == bench.MaxMemory {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// title names a figure with its unit.
func title(m bench.Metric) string {
	if m == bench.MaxMemory {
		return m.Label() + ", MB"
	}
	return m.Label() + ", ms"
}

// medianInterval is the median's interval.
func medianInterval(m bench.Metric, s bench.Summary) string {
	if s.Low == nil {
		return "-"
	}
	return figure(m, *s.Low) + "–" + figure(m, *s.High)
}

var summaryHeaders = []string{"", "arm", "n", "median", "95 % interval", "mean", "q1", "q3", "p90", "p99"}

// summaryRows has every figure of the arms at a memory size.
func summaryRows(r *bench.Result, memory int) (rows [][]string) {
	for _, m := range bench.Metrics {
		label := title(m)
		for _, name := range r.Names() {
			a := r.Arm(name, memory)
			if a == nil {
				continue
			}
			s, ok := a.Summary[m]
			if !ok {
				continue
			}
			rows = append(rows, []string{
				label, name, fmt.Sprint(s.N), figure(m, s.Median), medianInterval(m, s), figure(m, s.Mean),
				figure(m, s.Q1), figure(m, s.Q3), figure(m, s.P90), figure(m, s.P99),
			})
			label = ""
		}
	}
	return rows
}

var comparisonHeaders = []string{"", "from", "to", "median", "difference", "95 % interval", "ratio", "p, Holm", "effect"}

// comparisonRows compares the arms at a memory size; what is not proven is a ~.
func comparisonRows(r *bench.Result, memory int) (rows [][]string) {
	for _, c := range r.Compared {
		if c.MemoryMB != memory {
			continue
		}
		delta, ratio := "~", ""
		if c.Proven {
			delta, ratio = fmt.Sprintf("%+.1f ms", c.Delta), fmt.Sprintf("%+.1f %%", (c.Ratio-1)*100)
		}
		rows = append(rows, []string{
			c.Metric.Label(), c.A, c.B, fmt.Sprintf("%.1f → %.1f", c.MedianA, c.MedianB), delta,
			fmt.Sprintf("%+.1f to %+.1f", c.Low, c.High), ratio, pValue(c.Adjusted), fmt.Sprintf("%s (%+.2f)", c.EffectSize, c.Effect),
		})
	}
	return rows
}

func pValue(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// costLine says what an arm costs or saves in a month.
func costLine(r *bench.Result, c bench.Cost) string {
	where := fmt.Sprintf("%s against %s at %d MB", c.B, c.A, c.MemoryMB)
	rate := fmt.Sprintf("a month at %s cold starts, INIT billing included", humanize.Commaf(r.Rates.ColdStarts))
	if !c.Proven {
		return fmt.Sprintf("%s: ~ (%+.2f to %+.2f USD) %s", where, c.Low, c.High, rate)
	}
	word, least, most := "saves", -c.High, -c.Low
	if c.USD > 0 {
		word, least, most = "costs", c.Low, c.High
	}
	return fmt.Sprintf("%s: %s %s (%.2f to %.2f) %s", where, word, dollars(math.Abs(c.USD)), least, most, rate)
}

func dollars(v float64) string { return fmt.Sprintf("%.2f USD", v) }

// armRows say what an arm is, beside its figures.
func armRows(r *bench.Result) (rows [][]string) {
	for _, name := range r.Names() {
		i := slices.IndexFunc(r.Arms, func(a bench.Arm) bool { return a.Name == name })
		a := r.Arms[i]
		if a.Package == nil {
			rows = append(rows, []string{name, "the function as it is", "", "", string(a.Bytecode)})
			continue
		}
		p := a.Package
		rows = append(rows, []string{name, humanize.Comma(int64(p.Files)), size(p.Bytes), size(p.ZipBytes), fmt.Sprintf("%s: %s", a.Bytecode, p.Bytecode)})
	}
	return rows
}

var armHeaders = []string{"arm", "files", "unpacked", "zip", "bytecode"}

func warningLine(w bench.Warning) string {
	where := w.Arm
	if w.MemoryMB > 0 {
		where = strings.TrimSpace(where + fmt.Sprintf(" at %d MB", w.MemoryMB))
	}
	if where == "" {
		return w.Message
	}
	return where + ": " + w.Message
}

// how says how the samples came about.
func how(r *bench.Result) string {
	line := fmt.Sprintf("%s each, in random order, seed %d; medians, bootstrap intervals, Mann-Whitney p with Holm's correction; ~ is not proven",
		plural(r.Asked, "cold start"), r.Seed)
	if r.Runtime != "" {
		line = r.Runtime + ", " + line
	}
	return line
}

func (t *texter) bench(r *bench.Result) {
	t.columns(armHeaders, armRows(r), []int{1, 2, 3})
	for _, memory := range r.Sizes() {
		t.printf("%s\n", t.bold.Render(fmt.Sprintf("%d MB", memory)))
		t.columns(summaryHeaders, summaryRows(r, memory), []int{2, 3, 4, 5, 6, 7, 8, 9})
		t.columns(comparisonHeaders, t.coloured(comparisonRows(r, memory)), []int{3, 4, 5, 6, 7})
	}
	for _, c := range r.Costs {
		t.printf("%s\n", costLine(r, c))
	}
	if len(r.Costs) > 0 {
		t.printf("%s\n\n", t.faint.Render(fmt.Sprintf("at %v USD a GB-second, %s", r.Rates.GBSecond, r.Rates.Source)))
	}
	for _, w := range r.Warnings {
		t.printf("%s  %s\n", t.warn.Render("warning"), warningLine(w))
	}
	for _, n := range r.Notes {
		t.printf("%s  %s\n", t.faint.Render("note"), n)
	}
	t.printf("%s\n%s\n", how(r), t.bold.Render(measured(r)))
}

// coloured marks differences that are proven, good ones and bad ones.
func (t *texter) coloured(rows [][]string) [][]string {
	for _, row := range rows {
		switch {
		case strings.HasPrefix(row[4], "-"):
			row[4] = t.good.Render(row[4])
		case strings.HasPrefix(row[4], "+"):
			row[4] = t.warn.Render(row[4])
		}
	}
	return rows
}

func (m *markdown) bench(r *bench.Result) {
	m.table(armHeaders, armRows(r), 1, 2, 3)
	for _, memory := range r.Sizes() {
		m.line("### %d MB", memory)
		m.line("")
		m.table(summaryHeaders, summaryRows(r, memory), 2, 3, 4, 5, 6, 7, 8, 9)
		m.table(comparisonHeaders, comparisonRows(r, memory), 3, 4, 5, 6, 7)
	}
	for _, c := range r.Costs {
		m.line("- %s", costLine(r, c))
	}
	if len(r.Costs) > 0 {
		m.line("- prices: %v USD a GB-second, %s", r.Rates.GBSecond, r.Rates.Source)
		m.line("")
	}
	for _, w := range r.Warnings {
		m.line("**Warning:** %s.  ", warningLine(w))
	}
	for _, n := range r.Notes {
		m.line("Note: %s.  ", n)
	}
	m.line("")
	m.line("%s; **%s**.", how(r), measured(r))
}

// table writes one; right lists the columns aligned to the right.
func (m *markdown) table(headers []string, rows [][]string, right ...int) {
	if len(rows) == 0 {
		return
	}
	rule := make([]string, len(headers))
	for i := range rule {
		rule[i] = "---"
		if slices.Contains(right, i) {
			rule[i] = "---:"
		}
	}
	m.line("| %s |", strings.Join(headers, " | "))
	m.line("| %s |", strings.Join(rule, " | "))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = cell(c)
		}
		m.line("| %s |", strings.Join(cells, " | "))
	}
	m.line("")
}

// printableBench returns a copy that can be shown: names come from files, messages
// from functions.
func printableBench(r *bench.Result) *bench.Result {
	out := *r
	out.Place, out.Runtime, out.Handler = Printable(r.Place), Printable(r.Runtime), Printable(r.Handler)
	out.Arms = each(r.Arms, func(a *bench.Arm) { a.Name = Printable(a.Name) })
	out.Compared = each(r.Compared, func(c *bench.Compared) { c.A, c.B = Printable(c.A), Printable(c.B) })
	out.Costs = each(r.Costs, func(c *bench.Cost) { c.A, c.B = Printable(c.A), Printable(c.B) })
	out.Warnings = each(r.Warnings, func(w *bench.Warning) { w.Arm, w.Message = Printable(w.Arm), Printable(w.Message) })
	out.Notes = each(r.Notes, func(n *string) { *n = Printable(*n) })
	out.Rates.Source = Printable(r.Rates.Source)
	return &out
}

// ReadSlim reads what [ForSlim] wrote.
func ReadSlim(data []byte) (*Slim, error) {
	var d Document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("not a document of coldcut slim: %w", err)
	}
	if d.Verb != "slim" || d.Slim == nil || d.Before == nil || d.After == nil {
		return nil, fmt.Errorf("not a document of coldcut slim that cut something")
	}
	return d.Slim, nil
}
