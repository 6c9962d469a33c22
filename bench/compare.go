package bench

import (
	"fmt"
	"hash/fnv"
	"slices"
)

// Compared is what the samples say of two arms, a and b, at one memory size. Delta
// and its interval are b's median less a's: below zero, b is faster.
type Compared struct {
	MemoryMB int     `json:"memory_mb"`
	Metric   Metric  `json:"metric"`
	A        string  `json:"a"`
	B        string  `json:"b"`
	NA       int     `json:"n_a"`
	NB       int     `json:"n_b"`
	MedianA  float64 `json:"median_a"`
	MedianB  float64 `json:"median_b"`
	Delta    float64 `json:"delta_ms"`
	// Low and High are a bootstrap percentile interval.
	Low  float64 `json:"ci_low_ms"`
	High float64 `json:"ci_high_ms"`
	// Ratio is b's median to a's; 0 where a's is 0.
	Ratio float64 `json:"ratio"`
	// P is that of the Mann-Whitney test, Adjusted the same after Holm's correction
	// for all comparisons of this figure.
	P        float64 `json:"p"`
	Adjusted float64 `json:"p_adjusted"`
	// Effect is Cliff's delta, EffectSize its usual word.
	Effect     float64 `json:"cliffs_delta"`
	EffectSize string  `json:"effect_size"`
	// Proven is whether Adjusted is below 0.05 and the interval is clear of zero.
	// Where it is not, the difference may be chance.
	Proven bool `json:"proven"`
}

// Analyse fills in all that follows from the samples: summaries, outliers,
// comparisons, costs and warnings. What was there of these before is replaced.
func (r *Result) Analyse() {
	for i := range r.Arms {
		r.Arms[i].summarise()
	}
	r.Compared = r.compareAll()
	r.Costs = r.costs()
	r.Warnings = r.warn()
}

func (a *Arm) summarise() {
	a.Summary = map[Metric]Summary{}
	for _, m := range Metrics {
		if values := a.Values(m); len(values) > 0 {
			a.Summary[m] = Summarize(values)
		}
	}
	m := a.leading()
	low, high := fences(a.Summary[m])
	for i := range a.Samples {
		s := &a.Samples[i]
		v, ok := m.Of(s)
		s.Outlier = ok && !s.Excluded && (v < low || v > high)
	}
}

// leading is the figure by which outliers and drift are judged: the total, or what
// there is where traces are missing.
func (a *Arm) leading() Metric {
	for _, m := range []Metric{Total, Init} {
		if _, ok := a.Summary[m]; ok {
			return m
		}
	}
	return Billed
}

func (r *Result) compareAll() []Compared {
	all := []Compared{}
	names := r.Names()
	for _, m := range ComparedMetrics {
		from := len(all)
		for _, memory := range r.Sizes() {
			for i, a := range names {
				for _, b := range names[i+1:] {
					if c, ok := r.compare(r.Arm(a, memory), r.Arm(b, memory), m); ok {
						all = append(all, c)
					}
				}
			}
		}
		settle(all[from:])
	}
	slices.SortStableFunc(all, func(x, y Compared) int {
		return slices.Index(r.Sizes(), x.MemoryMB) - slices.Index(r.Sizes(), y.MemoryMB)
	})
	return all
}

// settle says which of a family of comparisons are proven.
func settle(family []Compared) {
	ps := make([]float64, len(family))
	for i, c := range family {
		ps[i] = c.P
	}
	for i, p := range holm(ps) {
		c := &family[i]
		c.Adjusted = p
		c.Proven = p < alpha && (c.Low > 0 || c.High < 0)
	}
}

func (r *Result) compare(a, b *Arm, m Metric) (Compared, bool) {
	if a == nil || b == nil {
		return Compared{}, false
	}
	xs, ys := a.Values(m), b.Values(m)
	if len(xs) == 0 || len(ys) == 0 {
		return Compared{}, false
	}
	c := Compared{
		MemoryMB: a.MemoryMB, Metric: m, A: a.Name, B: b.Name, NA: len(xs), NB: len(ys),
		MedianA: a.Summary[m].Median, MedianB: b.Summary[m].Median,
		P: mannWhitney(xs, ys), Effect: cliffsDelta(xs, ys),
	}
	c.Delta = c.MedianB - c.MedianA
	if c.MedianA != 0 {
		c.Ratio = c.MedianB / c.MedianA
	}
	c.EffectSize = effectWord(c.Effect)
	c.Low, c.High = interval(bootstrap(xs, ys, median, r.drawFor(string(m), a, b)))
	return c, true
}

// drawFor gives each comparison random numbers of its own, the same in every
// rendering.
func (r *Result) drawFor(what string, a, b *Arm) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d %q %q", r.Seed, what, a.MemoryMB, a.Name, b.Name)
	return h.Sum64()
}
