package bench

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

// confidence of all intervals.
const confidence = 0.95

// alpha is the level below which a difference counts as proven.
const alpha = 1 - confidence

// Summary describes the samples of one figure. Quantiles are interpolated so that
// they are median-unbiased (Hyndman and Fan's type 8).
type Summary struct {
	N      int     `json:"n"`
	Mean   float64 `json:"mean"`
	SD     float64 `json:"sd"`
	Median float64 `json:"median"`
	// Low and High are samples: the order statistics between which the median lies
	// with at least Confidence, nil where there are too few samples to have any.
	Low        *float64 `json:"ci_low"`
	High       *float64 `json:"ci_high"`
	Confidence float64  `json:"confidence"`
	Min        float64  `json:"min"`
	Q1         float64  `json:"q1"`
	Q3         float64  `json:"q3"`
	P90        float64  `json:"p90"`
	P99        float64  `json:"p99"`
	Max        float64  `json:"max"`
}

// Summarize describes values; there must be at least one.
func Summarize(values []float64) Summary {
	xs := slices.Sorted(slices.Values(values))
	s := stats.Sample{Xs: xs, Sorted: true}
	median := benchmath.AssumeNothing.Summary(benchmath.NewSample(xs, &benchmath.DefaultThresholds), confidence)
	out := Summary{
		N: len(xs), Mean: s.Mean(), Median: median.Center, Confidence: median.Confidence,
		Low: finite(median.Lo), High: finite(median.Hi),
		Min: xs[0], Q1: s.Quantile(0.25), Q3: s.Quantile(0.75), P90: s.Quantile(0.9), P99: s.Quantile(0.99), Max: xs[len(xs)-1],
	}
	if out.Low == nil || out.High == nil {
		out.Low, out.High, out.Confidence = nil, nil, 0
	}
	if len(xs) > 1 {
		out.SD = s.StdDev()
	}
	return out
}

func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// Median is the middle of a sample, which it leaves as it is: of an even number the mean of
// the two in the middle.
func Median(xs []float64) float64 { return median(slices.Clone(xs)) }

// median sorts xs and returns its middle.
func median(xs []float64) float64 {
	slices.Sort(xs)
	n := len(xs)
	if n%2 == 1 {
		return xs[n/2]
	}
	return (xs[n/2-1] + xs[n/2]) / 2
}

func mean(xs []float64) float64 { return stats.Mean(xs) }

// resamples is how often the bootstrap draws: enough for the ends of a 95 %
// interval to hold still to about a hundredth of its length.
const resamples = 10_000

// bootstrap draws from both samples with replacement and returns the sorted
// differences of the statistic, b's minus a's. The statistic may change its argument.
func bootstrap(a, b []float64, statistic func([]float64) float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	draw := func(from, to []float64) float64 {
		for i := range to {
			to[i] = from[random.IntN(len(from))]
		}
		return statistic(to)
	}
	toA, toB := make([]float64, len(a)), make([]float64, len(b))
	out := make([]float64, resamples)
	for i := range out {
		out[i] = draw(b, toB) - draw(a, toA)
	}
	slices.Sort(out)
	return out
}

// interval is the percentile interval of sorted bootstrap values.
func interval(sorted []float64) (low, high float64) {
	s := stats.Sample{Xs: sorted, Sorted: true}
	return s.Quantile(alpha / 2), s.Quantile(1 - alpha/2)
}

// mannWhitney is the two-sided p of the rank test: exact where the samples are small
// enough, else by the normal approximation with corrections for ties and continuity.
// Samples that are all equal have 1.
func mannWhitney(a, b []float64) float64 {
	thresholds := benchmath.DefaultThresholds
	return benchmath.AssumeNothing.Compare(
		benchmath.NewSample(slices.Clone(a), &thresholds), benchmath.NewSample(slices.Clone(b), &thresholds)).P
}

// cliffsDelta is the probability that a value of b is greater than one of a, less
// the probability that it is smaller: -1 to 1, 0 where neither is greater.
func cliffsDelta(a, b []float64) float64 {
	sum := 0
	for _, x := range a {
		for _, y := range b {
			switch {
			case y > x:
				sum++
			case y < x:
				sum--
			}
		}
	}
	return float64(sum) / float64(len(a)*len(b))
}

// effectWord is the usual word for the size of Cliff's delta (Romano et al., 2006).
func effectWord(delta float64) string {
	switch d := math.Abs(delta); {
	case d < 0.147:
		return "negligible"
	case d < 0.33:
		return "small"
	case d < 0.474:
		return "medium"
	}
	return "large"
}

// holm adjusts p values so that the chance of a single false one among all of them
// stays at the level (Holm, 1979).
func holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case ps[i] < ps[j]:
			return -1
		case ps[i] > ps[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(ps))
	highest := 0.0
	for rank, i := range order {
		highest = max(highest, min(1, ps[i]*float64(len(ps)-rank)))
		out[i] = highest
	}
	return out
}

const (
	// gain is the difference that a run should be able to find, as a part of the
	// median: what an optimisation is worth doing for.
	gain = 0.10
	// power is the chance to find it that counts as enough.
	power = 0.90
)

// needed is about how many samples an arm must have for the rank test to find a
// shift with the chance that power gives, by Noether's formula (1987). How far
// single samples are told apart is taken from the samples themselves, so no form
// of their distribution is assumed. It is 0 where that cannot be said.
func needed(a, b []float64, shift float64) int {
	p := separation(a, b, shift)
	if p <= 0.5 {
		return 0
	}
	z := stats.StdNormal.InvCDF(1-alpha/2) + stats.StdNormal.InvCDF(power)
	return max(leastSamples, int(math.Ceil(z*z/(6*(p-0.5)*(p-0.5)))))
}

// leastSamples is the fewest with which the rank test can ever fall below alpha.
const leastSamples = 4

// separation is the chance that a sample of a exceeds one of b if both had the same
// median and a were then moved up by shift.
func separation(a, b []float64, shift float64) float64 {
	toA, toB := median(slices.Clone(a)), median(slices.Clone(b))
	moved := make([]float64, len(a))
	for i, x := range a {
		moved[i] = x - toA + shift
	}
	centred := make([]float64, len(b))
	for i, y := range b {
		centred[i] = y - toB
	}
	return (1 + cliffsDelta(centred, moved)) / 2
}

// trend is the Mann-Kendall test for a monotonic trend: Kendall's tau of the values
// with their order, and its two-sided p by the normal approximation with corrections
// for ties and continuity.
func trend(xs []float64) (tau, p float64) {
	n := len(xs)
	s := 0
	for i := range xs {
		for j := i + 1; j < n; j++ {
			switch {
			case xs[j] > xs[i]:
				s++
			case xs[j] < xs[i]:
				s--
			}
		}
	}
	variance := float64(n*(n-1)*(2*n+5) - tieTerm(xs))
	if n < 3 || variance <= 0 {
		return 0, 1
	}
	variance /= 18
	z := 0.0
	if s != 0 {
		z = (math.Abs(float64(s)) - 1) / math.Sqrt(variance)
	}
	return 2 * float64(s) / float64(n*(n-1)), 2 * (1 - stats.StdNormal.CDF(z))
}

func tieTerm(xs []float64) (sum int) {
	count := map[float64]int{}
	for _, x := range xs {
		count[x]++
	}
	for _, t := range count {
		sum += t * (t - 1) * (2*t + 5)
	}
	return sum
}

// slope is the median of the slopes between all pairs (Sen, 1968), for each step.
func slope(xs []float64) float64 {
	var all []float64
	for i := range xs {
		for j := i + 1; j < len(xs); j++ {
			all = append(all, (xs[j]-xs[i])/float64(j-i))
		}
	}
	if len(all) == 0 {
		return 0
	}
	return median(all)
}

// fences are Tukey's inner ones: what lies beyond is an outlier.
func fences(s Summary) (low, high float64) {
	iqr := s.Q3 - s.Q1
	return s.Q1 - 1.5*iqr, s.Q3 + 1.5*iqr
}
