package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/bench"
)

//go:embed page.html
var pageText string

var pageTemplate = sync.OnceValue(func() *template.Template {
	t := template.Must(template.New("page").Funcs(template.FuncMap{
		"left": leftAligned,
		"n":    func(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") },
	}).Parse(pageText))
	template.Must(t.New("audit").Parse(auditText))
	return t
})

// page is what the template shows.
type page struct {
	Title, Version    string
	Facts             []string
	Verdicts          []headline
	Local             bool
	Phases            svgFigure
	PerSize           []sizeSection
	Sizes             []svgFigure
	Trees             []svgFigure
	Arms, Article     table
	Passes            table
	Costs, Notes      []string
	Warnings          []string
	Prices            string
	Measured, Samples string
}

// table is one for readers and screen readers.
type table struct {
	Caption string
	Headers []string
	Rows    [][]string
}

// sizeSection is all of one memory size.
type sizeSection struct {
	MemoryMB             int
	Dots, Spread, Run    svgFigure
	Summary, Comparisons table
}

// headline is one difference in large letters.
type headline struct {
	MemoryMB          int
	Delta, Arms, What string
	Class             string
}

// leftAligned reports whether a column holds words rather than figures, by its
// first cell that says something.
func leftAligned(rows [][]string, column int) bool {
	for _, row := range rows {
		if cell := row[column]; cell != "" {
			return !strings.ContainsAny(cell[:1], "0123456789~+-<")
		}
	}
	return true
}

// Page is a benchmark as one file for a browser, without scripts and without
// anything from elsewhere. What was cut is shown where it is given.
func (d *Document) Page(cut *Slim) ([]byte, error) {
	if d.Bench == nil {
		return nil, fmt.Errorf("there are pages of benchmarks only")
	}
	r := d.printable().Bench
	p := page{
		Title: "Cold starts: " + strings.Join(r.Names(), ", "), Version: d.Coldcut,
		Facts: facts(r), Local: r.Backend == bench.Local, Verdicts: headlines(r),
		Phases: phaseFigure(r), Trees: treeFigures(r),
		Arms:    table{"What was deployed", armHeaders, armRows(r)},
		Article: articleTable(r), Measured: measured(r), Samples: how(r), Notes: r.Notes,
	}
	m := leadingMetric(r)
	for _, memory := range r.Sizes() {
		p.PerSize = append(p.PerSize, sizeSection{
			memory, dotFigure(r, m, memory), spreadFigure(r, m, memory), runFigure(r, m, memory),
			table{fmt.Sprintf("All figures at %d MB", memory), summaryHeaders, summaryRows(r, memory)},
			table{fmt.Sprintf("Comparisons at %d MB; ~ is not proven", memory), comparisonHeaders, comparisonRows(r, memory)},
		})
	}
	for _, m := range bench.ComparedMetrics {
		if most(r, m, 0) > 0 {
			p.Sizes = append(p.Sizes, sizeFigure(r, m))
		}
	}
	for _, c := range r.Costs {
		p.Costs = append(p.Costs, costLine(r, c))
	}
	p.Prices = fmt.Sprintf("%v USD a GB-second, %s", r.Rates.GBSecond, r.Rates.Source)
	for _, w := range r.Warnings {
		p.Warnings = append(p.Warnings, warningLine(w))
	}
	if cut != nil {
		p.Passes = passTable(cut)
	}
	var out bytes.Buffer
	if err := pageTemplate().Execute(&out, p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return out.Bytes(), nil
}

func facts(r *bench.Result) []string {
	out := []string{plural(r.Asked, "cold start") + " for each arm and memory size", fmt.Sprintf("seed %d", r.Seed)}
	for _, fact := range []string{r.Runtime, r.Handler, r.Arch} {
		if fact != "" {
			out = append(out, fact)
		}
	}
	if !r.Started.IsZero() {
		out = append(out, r.Started.Format("2006-01-02 15:04 UTC"))
	}
	return out
}

// headlines are the differences of the leading figure between the first arm and the
// others.
func headlines(r *bench.Result) (out []headline) {
	m, first := leadingMetric(r), r.Names()[0]
	for _, c := range r.Compared {
		if c.Metric != m || c.A != first {
			continue
		}
		v := headline{MemoryMB: c.MemoryMB, Delta: "~", Class: "unproven", Arms: c.B + " against " + c.A}
		v.What = fmt.Sprintf("%s: the difference of %+.0f ms (%+.0f to %+.0f) may be chance", m.Label(), c.Delta, c.Low, c.High)
		if c.Proven {
			v.Delta, v.Class = fmt.Sprintf("%+.0f ms", c.Delta), "better"
			if c.Delta > 0 {
				v.Class = "worse"
			}
			v.What = fmt.Sprintf("%s: %.0f → %.0f ms, %+.0f %% (95 %% interval %+.0f to %+.0f ms)", m.Label(), c.MedianA, c.MedianB, (c.Ratio-1)*100, c.Low, c.High)
		}
		out = append(out, v)
	}
	return out
}

// article are the means, in milliseconds, of the article that coldcut began with:
// botocore 1.12.233 whole, and with DynamoDB alone, at 128 MB on AWS.
var article = [2][3]float64{{140.3, 282.6, 461.3}, {99.6, 277.2, 416.5}}

// articleTable puts the article's table beside the means of the first and the last
// arm at the smallest memory size.
func articleTable(r *bench.Result) table {
	names, memory := r.Names(), r.Sizes()[0]
	for _, size := range r.Sizes() {
		memory = min(memory, size)
	}
	t := table{
		Caption: fmt.Sprintf("Means in ms; the article's with Python 3.7 at 128 MB on AWS in 2019, these at %d MB, %s", memory, measured(r)),
		Headers: []string{"package", "until Initialization", "Initialization", "total"},
	}
	for i, label := range []string{"article: whole boto3", "article: slim boto3"} {
		a := article[i]
		t.Rows = append(t.Rows, []string{label, plain(a[0]), plain(a[1]), plain(a[2])})
	}
	for i, name := range []string{names[0], names[len(names)-1]} {
		if i == 1 && len(names) == 1 {
			break
		}
		row := []string{"here: " + name}
		for _, m := range bench.ComparedMetrics {
			row = append(row, meanCell(r.Arm(name, memory), m))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func meanCell(a *bench.Arm, m bench.Metric) string {
	if a != nil {
		if s, ok := a.Summary[m]; ok {
			return plain(s.Mean)
		}
	}
	return "-"
}

func passTable(s *Slim) table {
	t := table{Caption: fmt.Sprintf("What coldcut slim took: %s before, %s after", size(s.Before.Bytes), size(s.After.Bytes)), Headers: passHeads(s.Start != nil)}
	for _, row := range passRows(s.Passes, s.Start != nil) {
		t.Rows = append(t.Rows, each(row, func(cell *string) { *cell = Printable(*cell) }))
	}
	return t
}
