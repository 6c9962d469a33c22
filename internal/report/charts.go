package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/bench"
)

// The size of figures: narrow enough for a phone to show their text.
const (
	figureWidth  = 520.0
	leftMargin   = 112.0
	rightMargin  = 16.0
	axisHeight   = 34.0
	legendHeight = 22.0
	plotHeight   = 190.0
)

// phases are what a cold start is made of, in order.
var phases = []struct {
	name  string
	class string
}{{"until Initialization", "p0"}, {"Initialization", "p1"}, {"between and after", "p2"}, {"handler", "p3"}}

// phasesOf are the means of an arm's phases: means add up to the mean of the total,
// medians do not.
func phasesOf(a *bench.Arm) ([4]float64, bool) {
	var parts [4]float64
	total, traced := a.Summary[bench.Total]
	if !traced {
		init, ok := a.Summary[bench.Init]
		return [4]float64{0, init.Mean, 0, a.Summary[bench.Handler].Mean}, ok
	}
	parts[0], parts[1], parts[3] = a.Summary[bench.UntilInit].Mean, a.Summary[bench.Init].Mean, a.Summary[bench.Handler].Mean
	parts[2] = math.Max(0, total.Mean-parts[0]-parts[1]-parts[3])
	return parts, true
}

func sum4(p [4]float64) float64 { return p[0] + p[1] + p[2] + p[3] }

// phaseFigure stacks the phases of every arm at every memory size.
func phaseFigure(r *bench.Result) svgFigure {
	f := svgFigure{ID: "phases", Title: "Where the time goes", W: figureWidth, Headers: []string{"memory", "arm"}}
	most := 0.0
	for i := range r.Arms {
		if p, ok := phasesOf(&r.Arms[i]); ok {
			most = math.Max(most, sum4(p))
		}
	}
	for i, p := range phases {
		f.Headers = append(f.Headers, p.name+", ms")
		x := 8 + float64(i)*128
		f.Rects = append(f.Rects, rect{X: x, Y: 4, W: 10, H: 10, Class: p.class})
		f.text(x+14, 13, "start", "tick", p.name)
	}
	s := scaleFor(most, leftMargin, figureWidth-rightMargin-44)
	y := legendHeight + 6.0
	for _, memory := range r.Sizes() {
		f.text(4, y+11, "start", "panel", fmt.Sprintf("%d MB", memory))
		y += 18
		for _, name := range r.Names() {
			if a := r.Arm(name, memory); a != nil {
				f.stack(a, s, y)
				y += 24
			}
		}
		y += 6
	}
	f.bottom(s, legendHeight, y)
	f.H = y + axisHeight
	f.Desc = "Stacked bars of the mean time of each phase of a cold start, one bar for each arm and memory size."
	return f
}

func (f *svgFigure) stack(a *bench.Arm, s scale, y float64) {
	parts, ok := phasesOf(a)
	f.text(leftMargin-6, y+13, "end", "arm", clip(a.Name, 16))
	if !ok {
		return
	}
	row := []string{fmt.Sprintf("%d MB", a.MemoryMB), a.Name}
	at := 0.0
	for i, v := range parts {
		f.Rects = append(f.Rects, rect{
			X: s.at(at), Y: y, W: s.at(at+v) - s.at(at), H: 18, Class: phases[i].class,
			Tip: fmt.Sprintf("%s, %d MB, %s: %s ms", a.Name, a.MemoryMB, phases[i].name, plain(v)), Value: exact(v), Name: phases[i].name,
		})
		at += v
		row = append(row, plain(v))
	}
	f.text(s.at(at)+4, y+13, "start", "value", plain(at))
	f.Rows = append(f.Rows, row)
}

// leadingMetric is the total, or what there is where no arm has traces.
func leadingMetric(r *bench.Result) bench.Metric {
	for _, m := range []bench.Metric{bench.Total, bench.Init, bench.Billed} {
		for i := range r.Arms {
			if _, ok := r.Arms[i].Summary[m]; ok {
				return m
			}
		}
	}
	return bench.Billed
}

// most is the largest figure of the arms at a memory size, or at all of them if it
// is 0.
func most(r *bench.Result, m bench.Metric, memory int) (high float64) {
	for i := range r.Arms {
		if memory == 0 || r.Arms[i].MemoryMB == memory {
			high = math.Max(high, r.Arms[i].Summary[m].Max)
		}
	}
	return high
}

// dotFigure shows every sample of a memory size as a dot, with the medians and their
// intervals.
func dotFigure(r *bench.Result, m bench.Metric, memory int) svgFigure {
	f := svgFigure{
		ID: fmt.Sprintf("samples-%d", memory), W: figureWidth,
		Title:   fmt.Sprintf("Every sample, %d MB: %s", memory, m.Label()),
		Desc:    "A row for each arm: a mark for each cold start, a line at the median, a band for its 95 % interval.",
		Headers: []string{"arm", "samples", "median, ms", "95 % interval, ms"},
	}
	s := scaleFor(most(r, m, memory), leftMargin, figureWidth-rightMargin)
	const row = 54.0
	y := 6.0
	for i, name := range r.Names() {
		a := r.Arm(name, memory)
		if a == nil {
			continue
		}
		f.text(leftMargin-6, y+row/2+4, "end", "arm", clip(name, 16))
		f.samples(a, m, i, s, y, row)
		y += row
	}
	f.bottom(s, 4, y)
	f.H = y + axisHeight
	return f
}

func (f *svgFigure) samples(a *bench.Arm, m bench.Metric, arm int, s scale, y, row float64) {
	sum, ok := a.Summary[m]
	if !ok {
		return
	}
	if sum.Low != nil {
		f.Rects = append(f.Rects, rect{X: s.at(*sum.Low), Y: y + 5, W: s.at(*sum.High) - s.at(*sum.Low), H: row - 10, Class: "band " + armClass(arm), Tip: a.Name + ": 95 % interval of the median " + medianInterval(m, sum) + " ms"})
	}
	f.line(s.at(sum.Median), y+3, s.at(sum.Median), y+row-3, "median "+armClass(arm))
	for i := range a.Samples {
		sample := &a.Samples[i]
		v, ok := m.Of(sample)
		if !ok || sample.Excluded {
			continue
		}
		// Spread by the order, so that equal ones do not hide each other.
		lane := float64((sample.Order*7)%11) / 10
		f.dot(s.at(v), y+10+lane*(row-20), arm, sample.Outlier, v, sample.Order, fmt.Sprintf("%s, cold start %d: %s ms", a.Name, sample.Order, plain(v)))
	}
	f.Rows = append(f.Rows, []string{a.Name, fmt.Sprint(sum.N), plain(sum.Median), medianInterval(m, sum)})
}

// spreadFigure is the distribution: which part of the cold starts took at most so
// long.
func spreadFigure(r *bench.Result, m bench.Metric, memory int) svgFigure {
	f := svgFigure{
		ID: fmt.Sprintf("distribution-%d", memory), W: figureWidth, H: legendHeight + plotHeight + axisHeight,
		Title:   fmt.Sprintf("Distribution, %d MB: %s", memory, m.Label()),
		Desc:    "For each arm the part of its cold starts that took at most so many milliseconds, as a staircase from 0 to 100 percent.",
		Headers: []string{"arm", "quarter within, ms", "half, ms", "three quarters, ms", "90 %, ms", "99 %, ms"},
	}
	s := scaleFor(most(r, m, memory), 44, figureWidth-rightMargin)
	up := scale{legendHeight + plotHeight, legendHeight, 0, 1}
	for _, part := range []float64{0, 0.25, 0.5, 0.75, 1} {
		f.line(44, up.at(part), figureWidth-rightMargin, up.at(part), "grid")
		f.text(39, up.at(part)+4, "end", "tick", fmt.Sprintf("%.0f %%", part*100))
	}
	f.bottom(s, legendHeight, legendHeight+plotHeight)
	f.legend(r, memory)
	for i, name := range r.Names() {
		a := r.Arm(name, memory)
		if a == nil {
			continue
		}
		if sum, ok := a.Summary[m]; ok {
			f.Paths = append(f.Paths, curve{staircase(a.Values(m), s, up), "curve " + armClass(i), name})
			f.Rows = append(f.Rows, []string{name, plain(sum.Q1), plain(sum.Median), plain(sum.Q3), plain(sum.P90), plain(sum.P99)})
		}
	}
	return f
}

func staircase(values []float64, s, up scale) string {
	var d strings.Builder
	slices.Sort(values)
	fmt.Fprintf(&d, "M%.1f,%.1f", s.at(values[0]), up.at(0))
	for i, v := range values {
		fmt.Fprintf(&d, "H%.1fV%.1f", s.at(v), up.at(float64(i+1)/float64(len(values))))
	}
	fmt.Fprintf(&d, "H%.1f", s.to)
	return d.String()
}

// legend names the arms by mark and colour.
func (f *svgFigure) legend(r *bench.Result, memory int) {
	x := 44.0
	for i, name := range r.Names() {
		if memory != 0 && r.Arm(name, memory) == nil {
			continue
		}
		f.Dots = append(f.Dots, dot{X: x + 5, Y: 9, Class: armClass(i), Shape: shapes[i%len(shapes)]})
		f.text(x+13, 13, "start", "tick", clip(name, 20))
		x += 30 + 6.4*float64(min(20, len(name)))
	}
}

// runFigure shows the samples in the order in which they were taken.
func runFigure(r *bench.Result, m bench.Metric, memory int) svgFigure {
	f := svgFigure{
		ID: fmt.Sprintf("run-%d", memory), W: figureWidth, H: legendHeight + plotHeight + axisHeight,
		Title:   fmt.Sprintf("Over the run, %d MB: %s", memory, m.Label()),
		Desc:    "A mark for each cold start, from left to right in the order of the run. Marks that rise or fall together show drift; the arms took turns, so drift meets all of them.",
		Headers: []string{"cold start", "arm", m.Label() + ", ms"},
	}
	last := 1
	for _, a := range r.Arms {
		for _, s := range a.Samples {
			last = max(last, s.Order)
		}
	}
	x := scale{52, figureWidth - rightMargin - 6, 1, math.Max(2, float64(last))}
	y := scaleFor(most(r, m, memory), legendHeight+plotHeight, legendHeight+4)
	f.left(y, 44, figureWidth-rightMargin)
	f.text(44, f.H-18, "start", "tick", "first")
	f.text(figureWidth-rightMargin, f.H-18, "end", "tick", fmt.Sprintf("cold start %d", last))
	f.legend(r, memory)
	for i, name := range r.Names() {
		if a := r.Arm(name, memory); a != nil {
			f.inOrder(a, m, i, x, y)
		}
	}
	return f
}

func (f *svgFigure) inOrder(a *bench.Arm, m bench.Metric, arm int, x, y scale) {
	for i := range a.Samples {
		s := &a.Samples[i]
		v, ok := m.Of(s)
		if !ok || s.Excluded {
			continue
		}
		f.dot(x.at(float64(s.Order)), y.at(v), arm, s.Outlier, v, s.Order, fmt.Sprintf("%s, cold start %d: %s ms", a.Name, s.Order, plain(v)))
		f.Rows = append(f.Rows, []string{fmt.Sprint(s.Order), a.Name, plain(v)})
	}
}

// sizeFigure puts the memory sizes side by side: medians and their intervals.
func sizeFigure(r *bench.Result, m bench.Metric) svgFigure {
	f := svgFigure{
		ID: "sizes-" + string(m), W: figureWidth, H: legendHeight + plotHeight + axisHeight,
		Title:   "Memory sizes: " + m.Label(),
		Desc:    "The median of each arm at each memory size, with its 95 % interval.",
		Headers: []string{"memory", "arm", "median, ms", "95 % interval, ms"},
	}
	high := 0.0
	for i := range r.Arms {
		s := r.Arms[i].Summary[m]
		high = math.Max(high, s.Median)
		if s.High != nil {
			high = math.Max(high, *s.High)
		}
	}
	y := scaleFor(high, legendHeight+plotHeight, legendHeight+4)
	f.left(y, 44, figureWidth-rightMargin)
	f.legend(r, 0)
	sizes, names := r.Sizes(), r.Names()
	width := (figureWidth - 44 - rightMargin) / float64(len(sizes))
	for column, memory := range sizes {
		from := 44 + float64(column)*width
		f.text(from+width/2, f.H-18, "middle", "tick", fmt.Sprintf("%d MB", memory))
		for i, name := range names {
			if a := r.Arm(name, memory); a != nil {
				f.medianMark(a, m, i, from+width*float64(i+1)/float64(len(names)+1), y)
			}
		}
	}
	return f
}

func (f *svgFigure) medianMark(a *bench.Arm, m bench.Metric, arm int, x float64, y scale) {
	s, ok := a.Summary[m]
	if !ok {
		return
	}
	if s.Low != nil {
		f.line(x, y.at(*s.Low), x, y.at(*s.High), "whisker "+armClass(arm))
		f.line(x-4, y.at(*s.Low), x+4, y.at(*s.Low), "whisker "+armClass(arm))
		f.line(x-4, y.at(*s.High), x+4, y.at(*s.High), "whisker "+armClass(arm))
	}
	f.dot(x, y.at(s.Median), arm, false, s.Median, 0, fmt.Sprintf("%s, %d MB: %s ms", a.Name, a.MemoryMB, plain(s.Median)))
	f.text(x+8, y.at(s.Median)+4, "start", "value", fmt.Sprintf("%.0f", s.Median))
	f.Rows = append(f.Rows, []string{fmt.Sprintf("%d MB", a.MemoryMB), a.Name, plain(s.Median), medianInterval(m, s)})
}

// clip shortens a name in its middle: beginnings and ends tell names apart.
func clip(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	half := (most - 1) / 2
	return string(runes[:half]) + "…" + string(runes[len(runes)-(most-1-half):])
}
