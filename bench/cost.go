package bench

// Rates are what a difference in billed time is priced with.
type Rates struct {
	// ColdStarts is how many there are in a month.
	ColdStarts float64 `json:"cold_starts_a_month"`
	// GBSecond is the price of a GB-second in USD.
	GBSecond float64 `json:"usd_per_gb_second"`
	// Source says where the price is from, and of when.
	Source string `json:"source"`
}

// Published prices of the first tier in us-east-1, of
// https://aws.amazon.com/lambda/pricing/.
const (
	gbSecondX86 = 0.0000166667
	gbSecondArm = 0.0000133334
	pricesOf    = "aws.amazon.com/lambda/pricing, us-east-1, first tier, as of August 2025"
)

// DefaultRates are the published prices for an architecture ("arm64", else x86_64)
// and a number of cold starts that is easily scaled in the head.
func DefaultRates(arch string) Rates {
	r := Rates{ColdStarts: 1_000_000, GBSecond: gbSecondX86, Source: pricesOf + ", x86"}
	if arch == "arm64" {
		r.GBSecond, r.Source = gbSecondArm, pricesOf+", arm"
	}
	return r
}

// Cost is what arm b costs in a month beyond arm a, by the means of what a cold
// start is billed: means, since a bill is a sum. The time of Initialization is part
// of it: since 2025-08-01 Lambda bills it for zip packages on managed runtimes too
// (https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
// The price of the request itself is the same for both.
type Cost struct {
	MemoryMB int     `json:"memory_mb"`
	A        string  `json:"a"`
	B        string  `json:"b"`
	BilledA  float64 `json:"mean_billed_a_ms"`
	BilledB  float64 `json:"mean_billed_b_ms"`
	// USD and its interval are for a month: below zero, b saves.
	USD  float64 `json:"usd_a_month"`
	Low  float64 `json:"ci_low_usd"`
	High float64 `json:"ci_high_usd"`
	// P and Adjusted are the rank test's of what was billed, as in [Compared].
	P        float64 `json:"p"`
	Adjusted float64 `json:"p_adjusted"`
	// Proven is whether Adjusted is below 0.05 and the interval is clear of zero.
	Proven bool `json:"proven"`
}

// USD is the price of so many billed milliseconds at a memory size.
func (r Rates) USD(ms float64, memoryMB int) float64 {
	return ms / 1000 * float64(memoryMB) / 1024 * r.GBSecond
}

func (r *Result) costs() []Cost {
	out := []Cost{}
	names := r.Names()
	for _, memory := range r.Sizes() {
		for i, a := range names {
			for _, b := range names[i+1:] {
				if c, ok := r.cost(r.Arm(a, memory), r.Arm(b, memory)); ok {
					out = append(out, c)
				}
			}
		}
	}
	ps := make([]float64, len(out))
	for i, c := range out {
		ps[i] = c.P
	}
	for i, p := range holm(ps) {
		out[i].Adjusted, out[i].Proven = p, p < alpha && (out[i].Low > 0 || out[i].High < 0)
	}
	return out
}

func (r *Result) cost(a, b *Arm) (Cost, bool) {
	if a == nil || b == nil || r.Rates.ColdStarts <= 0 {
		return Cost{}, false
	}
	xs, ys := a.Values(Billed), b.Values(Billed)
	if len(xs) == 0 || len(ys) == 0 {
		return Cost{}, false
	}
	month := func(ms float64) float64 { return r.Rates.ColdStarts * r.Rates.USD(ms, a.MemoryMB) }
	low, high := interval(bootstrap(xs, ys, mean, r.drawFor(string(Billed), a, b)))
	c := Cost{MemoryMB: a.MemoryMB, A: a.Name, B: b.Name, BilledA: mean(xs), BilledB: mean(ys), Low: month(low), High: month(high)}
	c.P = mannWhitney(xs, ys)
	c.USD = month(c.BilledB - c.BilledA)
	return c, true
}
