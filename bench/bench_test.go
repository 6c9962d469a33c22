package bench

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// run makes a result whose samples are drawn around the medians, in milliseconds.
func run(samples int, spread float64, medians map[string]float64, sizes ...int) *Result {
	random := rand.New(rand.NewPCG(1, 2))
	r := &Result{Backend: Local, Seed: 42, Asked: samples, Rates: DefaultRates("x86_64")}
	order := 0
	for _, size := range sizes {
		for _, name := range []string{"fat", "slim"} {
			a := Arm{Name: name, MemoryMB: size}
			for range samples {
				order++
				init := medians[name] * math.Exp(spread*random.NormFloat64())
				until, total, billed := init/2, init*2, math.Ceil(init+10)
				a.Samples = append(a.Samples, Sample{Order: order, Cold: true, UntilInit: &until, Init: &init, Total: &total, Billed: &billed})
			}
			r.Arms = append(r.Arms, a)
		}
	}
	return r
}

func find(r *Result, m Metric, size int) Compared {
	i := slices.IndexFunc(r.Compared, func(c Compared) bool { return c.Metric == m && c.MemoryMB == size })
	return r.Compared[i]
}

func TestAnalyse(t *testing.T) {
	r := run(30, 0.1, map[string]float64{"fat": 300, "slim": 240}, 128, 512)
	r.Analyse()
	if len(r.Compared) != 6 {
		t.Fatalf("%d comparisons, want three figures at two sizes", len(r.Compared))
	}
	c := find(r, Init, 128)
	if c.A != "fat" || c.B != "slim" || !c.Proven || c.Delta > -40 || c.Delta < -80 || c.High > 0 || c.Low > c.Delta || c.High < c.Delta {
		t.Errorf("%+v", c)
	}
	if c.P > c.Adjusted || c.Effect > -0.5 || c.EffectSize != "large" || math.Abs(c.Ratio-c.MedianB/c.MedianA) > 1e-12 {
		t.Errorf("%+v", c)
	}
	if len(r.Costs) != 2 || !r.Costs[0].Proven || r.Costs[0].USD >= 0 || r.Costs[0].High > 0 {
		t.Errorf("costs: %+v", r.Costs)
	}
	// A million cold starts, 60 ms less, 128 MB, at the published price: 12.5 cents.
	want := 1e6 * (r.Costs[0].BilledB - r.Costs[0].BilledA) / 1000 / 8 * gbSecondX86
	if math.Abs(r.Costs[0].USD-want) > 1e-9 {
		t.Errorf("%v USD a month, want %v", r.Costs[0].USD, want)
	}
}

// TestAnalyseAgain holds renderings of the same samples to each other.
func TestAnalyseAgain(t *testing.T) {
	r := run(12, 0.2, map[string]float64{"fat": 300, "slim": 240}, 128)
	r.Analyse()
	first, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again Result
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatal(err)
	}
	again.Analyse()
	second, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Errorf("the same samples give\n%s\nand\n%s", first, second)
	}
}

// TestNothingProven counts how often a difference is proven where there is none.
func TestNothingProven(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const trials = 100
	wrong := 0
	for range trials {
		r := run(10, 0, map[string]float64{"fat": 300, "slim": 300}, 128)
		for i := range r.Arms {
			for j := range r.Arms[i].Samples {
				v := 300 * math.Exp(0.2*random.NormFloat64())
				r.Arms[i].Samples[j] = Sample{Init: &v}
			}
		}
		r.Analyse()
		if len(r.Compared) != 1 {
			t.Fatalf("%d comparisons of one figure", len(r.Compared))
		}
		if r.Compared[0].Proven {
			wrong++
		}
	}
	if wrong > trials*7/100 {
		t.Errorf("%d of %d runs prove a difference that is not there", wrong, trials)
	}
}

// TestFewProveNothing asks three cold starts, which no rank test can prove anything
// by, however far apart they are.
func TestFewProveNothing(t *testing.T) {
	r := run(3, 0.01, map[string]float64{"fat": 900, "slim": 100}, 128)
	r.Analyse()
	for _, c := range r.Compared {
		if c.Proven {
			t.Errorf("%+v", c)
		}
	}
	if len(r.Costs) != 1 || r.Costs[0].Proven {
		t.Errorf("%+v", r.Costs)
	}
}

func TestExcludedCountsNowhere(t *testing.T) {
	r := run(10, 0.01, map[string]float64{"fat": 300, "slim": 300}, 128)
	huge := 1e6
	r.Arms[0].Samples = append(r.Arms[0].Samples, Sample{Order: 99, Init: &huge, Total: &huge, UntilInit: &huge})
	r.Arms[0].Samples[10].Exclude("was not cold")
	r.Analyse()
	if s := r.Arms[0].Summary[Total]; s.N != 10 || s.Max > 1000 {
		t.Errorf("an excluded sample counts: %+v", s)
	}
	i := slices.IndexFunc(r.Warnings, func(w Warning) bool { return w.Kind == Exclusions })
	if i < 0 || !slices.Equal(r.Warnings[i].Samples, []int{99}) || !strings.Contains(r.Warnings[i].Message, "1 was not cold") {
		t.Errorf("warnings: %+v", r.Warnings)
	}
}

func TestWarnings(t *testing.T) {
	r := run(8, 0.5, map[string]float64{"fat": 300, "slim": 290}, 128)
	r.Arms[0].Package = &Package{Bytecode: BytecodeSum{Python: "3.13", Sources: 10, Usable: 10}}
	r.Arms[1].Package = &Package{Bytecode: BytecodeSum{Python: "3.13", Sources: 8, Stale: 8}}
	if w := r.stale(); len(w) != 1 || w[0].Arm != "slim" {
		t.Errorf("%+v", w)
	}
	r.Arms[1].Samples[3].Failed = "ValueError: no"
	r.Analyse()
	kinds := map[Kind]Warning{}
	for _, w := range r.Warnings {
		kinds[w.Kind] = w
	}
	if w := kinds[FewSamples]; w.Needed < 100 || !strings.Contains(w.Message, "would do") {
		t.Errorf("%+v", w)
	}
	if w := kinds[Bytecode]; w.Arm != "slim" || !strings.Contains(w.Message, "0 of 8 sources (8 stale)") || !strings.Contains(w.Message, "10 of 10") {
		t.Errorf("%+v", w)
	}
	if w := kinds[Failures]; w.Arm != "slim" || !strings.Contains(w.Message, "1 of 8") {
		t.Errorf("%+v", w)
	}
	if _, there := kinds[NoTraces]; there {
		t.Error("there are traces")
	}
}

func TestDrift(t *testing.T) {
	r := run(20, 0.02, map[string]float64{"fat": 300, "slim": 300}, 128)
	for i := range r.Arms[0].Samples {
		*r.Arms[0].Samples[i].Total += float64(i) * 10
	}
	r.Analyse()
	var drifting []string
	for _, w := range r.Warnings {
		if w.Kind == Drift {
			drifting = append(drifting, w.Arm)
		}
	}
	if !slices.Equal(drifting, []string{"fat"}) {
		t.Errorf("%v drift", drifting)
	}
}

func TestSchedule(t *testing.T) {
	order := Schedule(7, []int{3, 3, 1})
	if len(order) != 7 || !slices.Equal(order, Schedule(7, []int{3, 3, 1})) {
		t.Fatalf("%v", order)
	}
	for from, round := range [][]int{{0, 1, 2}, {0, 1}, {0, 1}} {
		start := []int{0, 3, 5}[from]
		got := slices.Sorted(slices.Values(order[start : start+len(round)]))
		if !slices.Equal(got, round) {
			t.Errorf("round %d samples %v, want %v", from, got, round)
		}
	}
	differ := 0
	for seed := range uint64(20) {
		if !slices.Equal(order, Schedule(seed+100, []int{3, 3, 1})) {
			differ++
		}
	}
	if differ < 10 {
		t.Errorf("only %d of 20 seeds draw another order", differ)
	}
}

func TestTake(t *testing.T) {
	lanes := []string{"one", "one", "two"}
	var busy [2]atomic.Int32
	var most, count atomic.Int32
	var running atomic.Int32
	err := Take(t.Context(), Schedule(1, []int{20, 20, 20}), lanes, 3, func(_ context.Context, cell, _ int) error {
		lane := cell / 2
		if busy[lane].Add(1) > 1 {
			t.Error("two samples of one function at once")
		}
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(100 * time.Microsecond)
		running.Add(-1)
		busy[lane].Add(-1)
		count.Add(1)
		return nil
	})
	if err != nil || count.Load() != 60 || most.Load() > 3 {
		t.Errorf("%v, %d samples, %d at once", err, count.Load(), most.Load())
	}
}

func TestTakeStops(t *testing.T) {
	bad := errors.New("bad")
	n := 0
	err := Take(t.Context(), []int{0, 0, 0}, []string{""}, 1, func(context.Context, int, int) error { n++; return bad })
	if !errors.Is(err, bad) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	err = Take(ctx, []int{0, 0, 0}, []string{""}, 1, func(context.Context, int, int) error { n++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}
