package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// near holds a figure to a published one, to the digits that were published.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: %v, published is %v", what, got, want)
	}
}

// Placental permeability, Hollander and Wolfe (1973), p. 69, as in the examples of
// R's wilcox.test: W = 35, one-sided p = 0.1272.
var (
	permeabilityX = []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	permeabilityY = []float64{1.15, 0.88, 0.90, 0.74, 1.21}
)

func TestMannWhitney(t *testing.T) {
	near(t, "permeability", mannWhitney(permeabilityX, permeabilityY), 2*0.1272, 1e-4)
	// W = 35 of 50 pairs.
	near(t, "its Cliff's delta", cliffsDelta(permeabilityY, permeabilityX), 2*35.0/50-1, 1e-12)
	if p := mannWhitney([]float64{1, 1, 1}, []float64{1, 1, 1}); p != 1 {
		t.Errorf("equal samples have p %v", p)
	}
}

// TestCliffsDelta is the example of R's effsize, after Hogarty and Kromrey (1999):
// delta -0.25.
func TestCliffsDelta(t *testing.T) {
	treatment := []float64{10, 10, 20, 20, 20, 30, 30, 30, 40, 50}
	control := []float64{10, 20, 30, 40, 40, 50}
	near(t, "effsize", cliffsDelta(control, treatment), -0.25, 1e-12)
	if w := effectWord(-0.25); w != "small" {
		t.Errorf("-0.25 is %s", w)
	}
}

// The mice of Efron and Tibshirani (1993), An Introduction to the Bootstrap, table
// 2.1: days of survival.
var (
	miceTreated = []float64{94, 197, 16, 38, 99, 141, 23}
	miceControl = []float64{52, 104, 146, 10, 50, 31, 40, 27, 46}
)

// TestBootstrap holds the resampling to table 2.2 of that book: the standard error
// of the treated mice's median, for infinitely many resamples, is 37.83.
func TestBootstrap(t *testing.T) {
	constant := []float64{0}
	spread := bootstrap(constant, miceTreated, median, 1)
	near(t, "standard error of the median", Summarize(spread).SD, 37.83, 0.5)
	near(t, "standard error of the mean", Summarize(bootstrap(constant, miceTreated, mean, 1)).SD, 23.36, 0.4)
	if !slices.Equal(bootstrap(miceControl, miceTreated, median, 7), bootstrap(miceControl, miceTreated, median, 7)) {
		t.Error("the same seed draws other resamples")
	}
}

// TestBootstrapInterval holds the interval of a difference of medians to its exact
// distribution: that of an odd number of values puts on each of them the
// probability that at least half of the draws are not greater.
func TestBootstrapInterval(t *testing.T) {
	type atom struct{ value, weight float64 }
	var atoms []atom
	for y, wy := range medianWeights(miceTreated) {
		for x, wx := range medianWeights(miceControl) {
			atoms = append(atoms, atom{y - x, wy * wx})
		}
	}
	slices.SortFunc(atoms, func(a, b atom) int { return int(a.value - b.value) })
	exact := func(q float64) float64 {
		sum := 0.0
		for _, a := range atoms {
			if sum += a.weight; sum >= q {
				return a.value
			}
		}
		return math.Inf(1)
	}
	low, high := interval(bootstrap(miceControl, miceTreated, median, 3))
	// Values that have next to no weight may stand beside the exact one.
	if low < exact(0.02) || low > exact(0.03) || high < exact(0.97) || high > exact(0.98) {
		t.Errorf("[%v, %v], exact is [%v, %v]", low, high, exact(0.025), exact(0.975))
	}
}

// medianWeights is the exact bootstrap distribution of the median of an odd number
// of values.
func medianWeights(xs []float64) map[float64]float64 {
	sorted := slices.Sorted(slices.Values(xs))
	n := len(sorted)
	atMost := func(k int) float64 { // the median of n draws is among the k smallest
		p, sum := float64(k)/float64(n), 0.0
		for i := n/2 + 1; i <= n; i++ {
			sum += choose(n, i) * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
		}
		return sum
	}
	out := map[float64]float64{}
	for k := 1; k <= n; k++ {
		out[sorted[k-1]] = atMost(k) - atMost(k-1)
	}
	return out
}

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// TestCoverage asks whether 95 % intervals hold the true difference about that
// often, for samples as skewed as cold starts are.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	draw := func(scale float64) []float64 {
		xs := make([]float64, 30)
		for i := range xs {
			xs[i] = scale * math.Exp(0.2*random.NormFloat64())
		}
		return xs
	}
	const trials = 200
	held := 0
	for i := range trials {
		low, high := interval(bootstrap(draw(300), draw(270), median, uint64(i)))
		if low <= -30 && -30 <= high {
			held++
		}
	}
	if share := float64(held) / trials; share < 0.92 || share > 0.99 {
		t.Errorf("%.3f of the intervals hold the truth", share)
	}
}

// TestSummarize holds order-statistic intervals to the classic table: with 6 values
// the median lies between the extremes with 96.9 %, with 30 between the 10th and the
// 21st with 95.7 % (Conover, Practical Nonparametric Statistics).
func TestSummarize(t *testing.T) {
	values := make([]float64, 30)
	for i := range values {
		values[(i*7)%30] = float64(i + 1)
	}
	s := Summarize(values)
	if s.Low == nil || *s.Low != 10 || *s.High != 21 {
		t.Errorf("interval %v to %v", s.Low, s.High)
	}
	near(t, "confidence", s.Confidence, 0.957, 5e-4)
	near(t, "median", s.Median, 15.5, 0)
	near(t, "confidence of 6", Summarize(values[:6]).Confidence, 0.969, 5e-4)
	if s := Summarize(values[:5]); s.Low != nil || s.Confidence != 0 {
		t.Errorf("5 samples have an interval: %+v", s)
	}
	if s := Summarize(values[:1]); s.SD != 0 || s.Median != values[0] {
		t.Errorf("one sample: %+v", s)
	}
	// Type 8: (n + 1/3) p + 1/3 = 7.9166…
	near(t, "first quartile", s.Q1, 30.0/4+1.0/12+1.0/3, 1e-9)
}

// TestFences is NIST's example of outliers (e-Handbook of Statistical Methods,
// 7.1.6): of 90 values only 1441 is beyond the inner fences, which are about -39
// and 1211.
func TestFences(t *testing.T) {
	s := Summarize(nist)
	if s.N != 90 || s.Median != 559.5 {
		t.Fatalf("%d values with the median %v; published are 90 and 559.5", s.N, s.Median)
	}
	low, high := fences(s)
	// NIST interpolates quartiles otherwise (type 6).
	near(t, "lower fence", low, -39, 15)
	near(t, "upper fence", high, 1211, 15)
	a := Arm{}
	for i, v := range nist {
		a.Samples = append(a.Samples, Sample{Order: i + 1, Total: &v})
	}
	a.summarise()
	if w := a.outliers(); w == nil || !slices.Equal(w.Samples, []int{90}) {
		t.Errorf("outliers: %+v", w)
	}
}

var nist = []float64{
	30, 171, 184, 201, 212, 250, 265, 270, 272, 289, 305, 306, 322, 322, 336, 346, 351, 370, 390, 404, 409, 411, 436,
	437, 439, 441, 444, 448, 451, 453, 470, 480, 482, 487, 494, 495, 499, 503, 514, 521, 522, 527, 548, 550, 559, 560,
	570, 572, 574, 578, 585, 592, 592, 607, 616, 618, 621, 629, 637, 638, 640, 656, 668, 707, 709, 719, 737, 739, 752,
	758, 766, 792, 792, 794, 802, 818, 830, 832, 843, 858, 860, 869, 918, 925, 953, 991, 1000, 1005, 1068, 1441,
}

// TestTrend is the tuna of R's cor.test, after Hollander and Wolfe (1973), p. 187:
// tau 0.4444, p 0.1194 exactly; the approximation is a little off.
func TestTrend(t *testing.T) {
	lightness := []float64{44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1}
	score := []float64{2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8}
	order := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	slices.SortFunc(order, func(i, j int) int {
		if lightness[i] < lightness[j] {
			return -1
		}
		return 1
	})
	var series []float64
	for _, i := range order {
		series = append(series, score[i])
	}
	tau, p := trend(series)
	near(t, "tau", tau, 0.4444, 1e-4)
	near(t, "p", p, 0.1194, 2e-3)
	if _, p := trend([]float64{2, 2, 2, 2}); p != 1 {
		t.Errorf("no change has p %v", p)
	}
	near(t, "slope", slope([]float64{1, 3, 5, 100, 9}), 2, 1e-9)
}

// TestHolm is the worked example of R's p.adjust: 0.01, 0.02, 0.03 and 0.005.
func TestHolm(t *testing.T) {
	got := holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		near(t, "Holm", got[i], want, 1e-12)
	}
}

// TestNeeded holds the formula to what it promises: with so many samples the rank
// test finds the shift about nine times in ten, and with a third of them not half
// as reliably.
func TestNeeded(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	draw := func(n int, centre float64) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = centre + 12*random.NormFloat64()
		}
		return xs
	}
	n := needed(draw(400, 100), draw(400, 100), 10)
	if n < 28 || n > 42 {
		t.Fatalf("%d samples are said to find a gain of 10 %% at a spread of 12 %%", n)
	}
	found := func(n int) float64 {
		hits := 0
		for range 300 {
			if mannWhitney(draw(n, 100), draw(n, 90)) < alpha {
				hits++
			}
		}
		return float64(hits) / 300
	}
	if share := found(n); share < 0.85 || share > 0.97 {
		t.Errorf("with %d samples %.2f of the runs find it", n, share)
	}
	if share := found(n / 3); share > 0.65 {
		t.Errorf("with %d samples %.2f of the runs find it", n/3, share)
	}
	if n := needed([]float64{5, 5}, []float64{5, 5}, 1); n > 9 {
		t.Errorf("%d samples for what has no spread", n)
	}
}
