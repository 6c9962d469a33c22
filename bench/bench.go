// Package bench compares the cold starts of packages: it draws the order in which
// they are sampled, keeps every sample, and says what the samples prove.
//
// It is built so that one cannot fool oneself. Arms are interleaved at random, since
// what changes over a day is as large as the effect. Medians are compared, with a
// rank test and a bootstrap interval, since cold starts are not normal. Nothing is
// deleted: samples that are no cold starts are excluded by name, outliers are
// flagged. Doubts are data ([Warning]), and results of different places are never
// compared.
package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Backend is the kind of place in which samples were taken.
type Backend string

// The backends. A local cold start has no download and no placement, so the two
// measure different things.
const (
	AWS   Backend = "aws"
	Local Backend = "local"
)

// Result is a whole run: the raw samples, and what [Result.Analyse] makes of them.
type Result struct {
	Backend Backend `json:"backend"`
	// Seed drew the order of the samples, and draws the bootstrap's resamples.
	Seed uint64 `json:"seed"`
	// Asked is the number of cold starts that each arm was to have at each memory size.
	Asked    int        `json:"samples_asked"`
	Started  time.Time  `json:"started"`
	Ended    time.Time  `json:"ended"`
	Place    string     `json:"place"`
	Runtime  string     `json:"runtime,omitempty"`
	Handler  string     `json:"handler,omitempty"`
	Arch     string     `json:"architecture,omitempty"`
	Rates    Rates      `json:"rates"`
	Arms     []Arm      `json:"arms"`
	Notes    []string   `json:"notes,omitempty"` // what the place says of itself
	Compared []Compared `json:"comparisons"`
	Costs    []Cost     `json:"costs"`
	Warnings []Warning  `json:"warnings"`
}

// Arm is one package at one memory size.
type Arm struct {
	Name     string `json:"name"`
	MemoryMB int    `json:"memory_mb"`
	// Bytecode says how many sources ship with bytecode that the runtime's Python
	// takes: all, some, none, or unknown.
	Bytecode BytecodeState `json:"bytecode"`
	// Package is nil for a function that was there before.
	Package  *Package `json:"package,omitempty"`
	Function string   `json:"function,omitempty"`
	Samples  []Sample `json:"samples"`
	// Discarded are first cold starts after an upload, which are slower.
	Discarded []Sample           `json:"discarded,omitempty"`
	Summary   map[Metric]Summary `json:"summary"`
}

// Sample is one cold start, or what was meant to be one. A figure that the place
// did not give is nil. Milliseconds are X-Ray's unless said otherwise.
type Sample struct {
	// Order is the sample's place in the run, from 1.
	Order int       `json:"order"`
	At    time.Time `json:"at"`
	// UntilInit is the time from the start of the AWS::Lambda segment to that of
	// Initialization.
	UntilInit *float64 `json:"until_init_ms"`
	// Init is Initialization; REPORT's Init Duration where there is no trace.
	Init *float64 `json:"init_ms"`
	// Total is the AWS::Lambda segment.
	Total *float64 `json:"total_ms"`
	// Handler is the invocation itself.
	Handler *float64 `json:"handler_ms"`
	// ReportInit, Duration, Billed and MaxMemory are the REPORT line's.
	ReportInit *float64 `json:"report_init_ms"`
	Duration   *float64 `json:"duration_ms"`
	Billed     *float64 `json:"billed_ms"`
	MaxMemory  *float64 `json:"max_memory_mb"`
	// Unpack is how long a local Lambda unpacked the package, before Initialization.
	// AWS does other things then, and does not say how long they take.
	Unpack   *float64 `json:"unpack_ms,omitempty"`
	TraceID  string   `json:"trace_id,omitempty"`
	Cold     bool     `json:"cold"`
	Excluded bool     `json:"excluded"`
	// Why says why the sample is excluded.
	Why     string `json:"why,omitempty"`
	Outlier bool   `json:"outlier,omitempty"`
	// Failed is the error that the handler ended with.
	Failed string `json:"failed,omitempty"`
}

// Exclude takes the sample out of every statistic, and keeps it.
func (s *Sample) Exclude(why string) { s.Excluded, s.Why = true, why }

// Metric names a figure of a sample, as its key in JSON.
type Metric string

// The figures that are summarised. The first three are those of X-Ray that are
// compared.
const (
	UntilInit  Metric = "until_init_ms"
	Init       Metric = "init_ms"
	Total      Metric = "total_ms"
	Handler    Metric = "handler_ms"
	ReportInit Metric = "report_init_ms"
	Billed     Metric = "billed_ms"
	MaxMemory  Metric = "max_memory_mb"
	Unpack     Metric = "unpack_ms"
)

// Metrics are all figures, in the order in which they are shown.
var Metrics = []Metric{UntilInit, Init, Total, Handler, ReportInit, Billed, MaxMemory, Unpack}

// ComparedMetrics are those that are compared.
var ComparedMetrics = []Metric{UntilInit, Init, Total}

// Of returns the figure of a sample, and whether it has it.
func (m Metric) Of(s *Sample) (float64, bool) {
	at := map[Metric]*float64{
		UntilInit: s.UntilInit, Init: s.Init, Total: s.Total, Handler: s.Handler,
		ReportInit: s.ReportInit, Billed: s.Billed, MaxMemory: s.MaxMemory, Unpack: s.Unpack,
	}[m]
	if at == nil {
		return 0, false
	}
	return *at, true
}

// Label is the figure's name for a person.
func (m Metric) Label() string {
	return map[Metric]string{
		UntilInit: "until Initialization", Init: "Initialization", Total: "total", Handler: "handler",
		ReportInit: "Init Duration", Billed: "Billed Duration", MaxMemory: "Max Memory Used", Unpack: "unpacking (local)",
	}[m]
}

// Values are the figures of the samples that count, in the order of the run.
func (a *Arm) Values(m Metric) []float64 {
	var out []float64
	for i := range a.Samples {
		if v, ok := m.Of(&a.Samples[i]); ok && !a.Samples[i].Excluded {
			out = append(out, v)
		}
	}
	return out
}

// Counted is the number of samples that count.
func (a *Arm) Counted() (n int) {
	for _, s := range a.Samples {
		if !s.Excluded {
			n++
		}
	}
	return n
}

// Sizes are the memory sizes of the run, in the order of the arms.
func (r *Result) Sizes() []int {
	var out []int
	seen := map[int]bool{}
	for _, a := range r.Arms {
		if !seen[a.MemoryMB] {
			seen[a.MemoryMB] = true
			out = append(out, a.MemoryMB)
		}
	}
	return out
}

// Names are the names of the arms, in order.
func (r *Result) Names() []string {
	var out []string
	seen := map[string]bool{}
	for _, a := range r.Arms {
		if !seen[a.Name] {
			seen[a.Name] = true
			out = append(out, a.Name)
		}
	}
	return out
}

// Arm finds an arm at a memory size, nil if it is not there.
func (r *Result) Arm(name string, memoryMB int) *Arm {
	for i := range r.Arms {
		if r.Arms[i].Name == name && r.Arms[i].MemoryMB == memoryMB {
			return &r.Arms[i]
		}
	}
	return nil
}

// Merge puts results together, to be analysed as one. Those of different backends
// are never compared. Where there are several runs a warning would come too late:
// arms of different runs were not interleaved, so a note says so.
func Merge(results ...*Result) (*Result, error) {
	if len(results) == 0 {
		return nil, errors.New("there are no results")
	}
	out := *results[0]
	out.Arms = slices.Clone(out.Arms)
	for _, r := range results[1:] {
		if r.Backend != out.Backend {
			return nil, fmt.Errorf("results of %s and of %s are never compared", out.Backend, r.Backend)
		}
		for _, a := range r.Arms {
			if out.Arm(a.Name, a.MemoryMB) != nil {
				return nil, fmt.Errorf("two of the results have %s at %d MB", a.Name, a.MemoryMB)
			}
			out.Arms = append(out.Arms, a)
		}
		out.Notes = append(slices.Clone(out.Notes), "not all arms were measured in one run, in turns: what changed between the runs is part of their differences")
	}
	out.Notes = slices.Compact(out.Notes)
	out.Analyse()
	return &out, nil
}
