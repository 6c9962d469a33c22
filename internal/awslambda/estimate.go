package awslambda

import (
	"time"

	"github.com/coldcut/coldcut/bench"
)

// Estimate is about what a run takes. It is rough, and meant to be too high.
type Estimate struct {
	// Functions are made, and deleted again; Borrowed are changed, and restored.
	Functions  int
	Borrowed   []string
	ColdStarts int
	Time       time.Duration
	USD        float64
}

const (
	// aColdStart is what one takes with its update and waits.
	aColdStart = 8 * time.Second
	// billed is what Lambda bills one for, with a slow Initialization.
	billed = 5000.0
	// A request, and a trace recorded and retrieved.
	// https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/xray/pricing/
	aRequest, aTrace = 0.20e-6, 5e-6 + 0.5e-6
)

// Estimate says what a run with these options would do.
func (o Options) Estimate() Estimate {
	var e Estimate
	rates := bench.DefaultRates(o.Arch)
	for _, arm := range o.Arms {
		sizes := o.MemoryMB
		if arm.Function != "" {
			e.Borrowed = append(e.Borrowed, arm.Function)
			if len(sizes) == 0 {
				sizes = []int{1024} // it is not known yet
			}
		} else {
			e.Functions += len(sizes)
		}
		for _, size := range sizes {
			n := o.Samples
			if arm.Function == "" {
				n++ // the first one after the upload
			}
			e.ColdStarts += n
			e.USD += float64(n) * (rates.USD(billed, size) + aRequest + aTrace)
		}
	}
	lanes := max(1, e.Functions+len(e.Borrowed))
	if parallel := o.Parallel; parallel > 0 {
		lanes = min(lanes, parallel)
	}
	lanes = min(lanes, mostParallel)
	e.Time = aColdStart * time.Duration((e.ColdStarts+lanes-1)/lanes)
	return e
}
