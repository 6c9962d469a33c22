package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/bench"
)

// Start is what it takes to import a function, in milliseconds of CPU time, as medians of
// several starts of each package in turns.
type Start struct {
	Python string `json:"python"`
	Runs   int    `json:"runs"`
	// Entries are the modules that are imported.
	Entries []string `json:"entries"`
	// BeforeMS and AfterMS are milliseconds of CPU time, medians.
	BeforeMS float64 `json:"before_ms"`
	AfterMS  float64 `json:"after_ms"`

	gains map[string]gain
}

// gain is what the start takes longer without a pass.
type gain struct {
	ms     float64
	proven bool
}

// NewStart makes it of what each start took: those of the fat package, of the slim one,
// and of what the slim one would be without each of the passes.
func NewStart(python string, entries, passes []string, took [][]float64) *Start {
	slim := took[1]
	s := &Start{Python: python, Runs: len(slim), Entries: entries, BeforeMS: bench.Median(took[0]), AfterMS: bench.Median(slim), gains: map[string]gain{}}
	for i, pass := range passes {
		without := took[i+2]
		s.gains[pass] = gain{
			ms: bench.Median(without) - s.AfterMS,
			// By chance alone seven starts are all slower than seven others once in 3,432.
			proven: slices.Min(without) > slices.Max(slim) || slices.Max(without) < slices.Min(slim),
		}
	}
	return s
}

// AddStart tells what the start of the function takes, and what each pass gains of it.
func (d *Document) AddStart(s *Start) {
	if s == nil {
		return
	}
	d.Slim.Start = s
	for i := range d.Passes {
		if g, measured := s.gains[d.Passes[i].Name]; measured {
			d.Passes[i].SavesMS, d.Passes[i].Proven = &g.ms, g.proven
		}
	}
}

// saves is the cell of what a pass gains at the start; what is not proven is a tilde.
func (p *Pass) saves() string {
	switch {
	case p.SavesMS == nil:
		return ""
	case !p.Proven:
		return "~"
	}
	return fmt.Sprintf("%.1f ms", *p.SavesMS)
}

// sentence says what the start takes.
func (s *Start) sentence() string {
	return fmt.Sprintf("to import %s takes %.1f ms of CPU time, and %.1f ms in the slim package (Python %s, median of %s); a pass saves what it takes longer without it",
		strings.Join(s.Entries, ", "), s.BeforeMS, s.AfterMS, s.Python, plural(s.Runs, "start"))
}
