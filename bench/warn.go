package bench

import (
	"cmp"
	"fmt"
	"slices"
)

// Kind is what a warning is about.
type Kind string

// The kinds of warnings.
const (
	Outliers   Kind = "outliers"    // samples far from the rest; they count all the same
	FewSamples Kind = "few_samples" // too few for the spread that was seen
	Bytecode   Kind = "bytecode"    // the arms ship different shares of bytecode
	Drift      Kind = "drift"       // the figures moved over the run
	Exclusions Kind = "excluded"    // samples that do not count
	Failures   Kind = "failed"      // handlers that ended with an error
	NoTraces   Kind = "no_traces"   // figures are those of REPORT lines
)

// Warning is a doubt about a result.
type Warning struct {
	Kind     Kind   `json:"kind"`
	Arm      string `json:"arm,omitempty"`
	MemoryMB int    `json:"memory_mb,omitempty"`
	Message  string `json:"message"`
	// Samples are the places in the run of those that it is about.
	Samples []int `json:"samples,omitempty"`
	// Needed is how many samples would do, where there are too few.
	Needed int `json:"needed,omitempty"`
}

// driftAlpha is strict: there is one test for each arm and size.
const driftAlpha = 0.01

// leastDrift is the part of the median by which a figure must move over the run to
// be worth a word.
const leastDrift = 0.05

func (r *Result) warn() []Warning {
	all := []Warning{}
	for i := range r.Arms {
		a := &r.Arms[i]
		for _, w := range []*Warning{a.excluded(), a.failed(), a.untraced(), a.outliers(), a.drift()} {
			if w != nil {
				w.Arm, w.MemoryMB = a.Name, a.MemoryMB
				all = append(all, *w)
			}
		}
	}
	all = append(all, r.fewSamples()...)
	return append(all, r.bytecode()...)
}

func (a *Arm) excluded() *Warning {
	w := &Warning{Kind: Exclusions}
	why := map[string]int{}
	for _, s := range a.Samples {
		if s.Excluded {
			w.Samples = append(w.Samples, s.Order)
			why[s.Why]++
		}
	}
	if len(why) == 0 {
		return nil
	}
	for _, reason := range sortedKeys(why) {
		w.Message = join(w.Message, fmt.Sprintf("%d %s", why[reason], reason))
	}
	w.Message = "samples that do not count: " + w.Message
	return w
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func join(list, item string) string {
	if list == "" {
		return item
	}
	return list + ", " + item
}

func (a *Arm) failed() *Warning {
	w := &Warning{Kind: Failures}
	for _, s := range a.Samples {
		if s.Failed != "" && !s.Excluded {
			w.Samples = append(w.Samples, s.Order)
			w.Message = s.Failed
		}
	}
	if len(w.Samples) == 0 {
		return nil
	}
	w.Message = fmt.Sprintf("the handler failed in %d of %d cold starts: %s", len(w.Samples), a.Counted(), w.Message)
	return w
}

func (a *Arm) untraced() *Warning {
	w := &Warning{Kind: NoTraces}
	for _, s := range a.Samples {
		if !s.Excluded && s.Total == nil {
			w.Samples = append(w.Samples, s.Order)
		}
	}
	if len(w.Samples) == 0 {
		return nil
	}
	w.Message = fmt.Sprintf("%d of %d cold starts have no complete trace: Initialization is that of their REPORT lines, and the rest is unknown", len(w.Samples), a.Counted())
	return w
}

func (a *Arm) outliers() *Warning {
	w := &Warning{Kind: Outliers}
	for _, s := range a.Samples {
		if s.Outlier {
			w.Samples = append(w.Samples, s.Order)
		}
	}
	if len(w.Samples) == 0 {
		return nil
	}
	low, high := fences(a.Summary[a.leading()])
	w.Message = fmt.Sprintf("%s of %d are outliers by %s (beyond %.0f and %.0f ms); they count", number(len(w.Samples)), a.Counted(), a.leading().Label(), low, high)
	return w
}

func number(n int) string { return fmt.Sprint(n) }

func (a *Arm) drift() *Warning {
	m := a.leading()
	counted := slices.DeleteFunc(slices.Clone(a.Samples), func(s Sample) bool { return s.Excluded })
	slices.SortFunc(counted, func(x, y Sample) int { return cmp.Or(x.At.Compare(y.At), x.Order-y.Order) })
	ordered := Arm{Samples: counted}
	xs := ordered.Values(m)
	if len(xs) < 2 {
		return nil
	}
	tau, p := trend(xs)
	moved := slope(xs) * float64(len(xs)-1)
	if p >= driftAlpha || abs(moved) < leastDrift*a.Summary[m].Median {
		return nil
	}
	return &Warning{Kind: Drift, Message: fmt.Sprintf("%s moved by %+.0f ms over the run (Mann-Kendall tau %.2f, p %.3f): the arms are interleaved, so it hit all of them, but medians describe no steady state", m.Label(), moved, tau, p)}
}

func abs(x float64) float64 { return max(x, -x) }

// fewSamples says of each pair whether a gain of a tenth would have been found.
func (r *Result) fewSamples() []Warning {
	var out []Warning
	names := r.Names()
	for _, memory := range r.Sizes() {
		for i, a := range names {
			for _, b := range names[i+1:] {
				if w := tooFew(r.Arm(a, memory), r.Arm(b, memory)); w != nil {
					out = append(out, *w)
				}
			}
		}
	}
	return out
}

func tooFew(a, b *Arm) *Warning {
	if a == nil || b == nil {
		return nil
	}
	m := a.leading()
	xs, ys := a.Values(m), b.Values(m)
	if len(xs) < 2 || len(ys) < 2 {
		return &Warning{Kind: FewSamples, MemoryMB: a.MemoryMB, Needed: leastSamples,
			Message: fmt.Sprintf("%s and %s have too few samples to compare: at least %d each", a.Name, b.Name, leastSamples)}
	}
	need := max(needed(xs, ys, gain*a.Summary[m].Median), needed(ys, xs, gain*b.Summary[m].Median))
	have := min(len(xs), len(ys))
	if need <= have {
		return nil
	}
	return &Warning{Kind: FewSamples, MemoryMB: a.MemoryMB, Needed: need, Message: fmt.Sprintf(
		"%d samples each of %s and %s scatter too much to find a difference of %.0f %% in %s reliably (9 times in 10): about %d would do",
		have, a.Name, b.Name, gain*100, m.Label(), need)}
}

// bytecode says which arm has to compile what another ships compiled.
func (r *Result) bytecode() []Warning {
	var least, most *Arm
	for i := range r.Arms {
		a := &r.Arms[i]
		if a.Package == nil || a.Package.Bytecode.Sources == 0 {
			continue
		}
		if least == nil || a.share() < least.share() {
			least = a
		}
		if most == nil || a.share() > most.share() {
			most = a
		}
	}
	out := r.stale()
	if least == nil || most.share()-least.share() < 0.01 {
		return out
	}
	return append(out, Warning{Kind: Bytecode, Arm: least.Name, Message: fmt.Sprintf(
		"%s ships bytecode for %s, %s for %s: the rest is compiled at every cold start, so a part of the difference is that and not the cut",
		most.Name, most.Package.Bytecode, least.Name, least.Package.Bytecode)})
}

// stale says which arms carry bytecode in vain.
func (r *Result) stale() (out []Warning) {
	for _, name := range r.Names() {
		i := slices.IndexFunc(r.Arms, func(a Arm) bool { return a.Name == name })
		p := r.Arms[i].Package
		if p == nil || p.Bytecode.Stale == 0 {
			continue
		}
		out = append(out, Warning{Kind: Bytecode, Arm: name, Message: fmt.Sprintf(
			"the bytecode of %d sources records another time or size than they have in the archive: Python compiles them anew at every cold start", p.Bytecode.Stale)})
	}
	return out
}

// share is the part of the sources that need no compiling.
func (a *Arm) share() float64 {
	return float64(a.Package.Bytecode.Usable) / float64(a.Package.Bytecode.Sources)
}
