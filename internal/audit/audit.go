// Package audit says of the functions of an account which boto3 they ship and what a
// cut would take from each, without writing one.
//
// Who lists functions and downloads their code is somebody else, see
// internal/awslambda: this package reads the files it is given, and keeps nothing of
// them but what a [Function] holds.
package audit

import (
	"cmp"
	"slices"
	"time"

	"github.com/coldcut/coldcut/internal/shard"
)

// Verdict is what an audit comes to for one function.
type Verdict string

// The verdicts, what matters most first.
const (
	// Slims: it ships a boto3, and Takes says what a cut takes from that.
	Slims Verdict = "slims"
	// Unused: it ships a boto3, and no use of any AWS service was found.
	Unused Verdict = "unused"
	// CannotTell: it ships a boto3, and the sources do not tell what is used; a cut
	// would be refused.
	CannotTell Verdict = "cannot-tell"
	// NotRead: its code or one of its layers could not be read.
	NotRead Verdict = "not-read"
	// Image: it is a container image, which an audit does not download.
	Image Verdict = "image"
	// Runtimes: it ships no botocore, and so runs with the runtime's.
	Runtimes Verdict = "runtime"
)

// Verdicts lists all verdicts in their order.
var Verdicts = []Verdict{Slims, Unused, CannotTell, NotRead, Image, Runtimes}

// Function is what was found out of one function.
type Function struct {
	Region   string `json:"region"`
	Name     string `json:"name"`
	ARN      string `json:"arn"`
	Runtime  string `json:"runtime,omitempty"`
	Handler  string `json:"handler,omitempty"`
	MemoryMB int    `json:"memory_mb,omitempty"`
	// Verdict is slims, unused, cannot-tell, not-read, image or runtime.
	Verdict Verdict `json:"verdict"`
	// Why says where the verdict is another one than Slims.
	Why string `json:"why,omitempty"`
	// ZipBytes is the size of the function's own zip as Lambda has it.
	ZipBytes int64   `json:"zip_bytes,omitempty"`
	Layers   []Layer `json:"layers,omitempty"`
	// Boto is the boto3 that it runs with, where it ships one.
	Boto *Boto `json:"boto,omitempty"`
	// Services are those that it may ask for, sorted.
	Services []string `json:"services,omitempty"`
	// Takes is what a cut takes from the package that holds the boto3, or from the layer,
	// as if no other function ran with it: see [LayerSum].
	Takes *Takes `json:"takes,omitempty"`
	// Start is what the local model says that a cut takes from the start; nil where
	// the model cannot say.
	Start *Start `json:"start,omitempty"`
	// Unresolved are the first of the places that the scan could not resolve, and
	// UnresolvedPlaces counts them all.
	Unresolved       []Place  `json:"unresolved,omitempty"`
	UnresolvedPlaces int      `json:"unresolved_places,omitempty"`
	Notes            []string `json:"notes,omitempty"`
}

// Layer is one of a function's layers.
type Layer struct {
	ARN      string `json:"arn"`
	ZipBytes int64  `json:"zip_bytes"`
}

// Boto is a boto3 that a function ships.
type Boto struct {
	Boto3    string `json:"boto3"`
	Botocore string `json:"botocore"`
	// Layer is the ARN of the layer that holds it; empty where it is the function's
	// own package.
	Layer string `json:"layer,omitempty"`
	// Files and Bytes are those of boto3, botocore and s3transfer with their data.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// Sources counts the Python sources of these and of what boto3 depends on, and
	// Uncompiled those of them that come without bytecode which the runtime's Python
	// takes; nil where that is not known.
	Sources    int  `json:"sources"`
	Uncompiled *int `json:"uncompiled,omitempty"`
}

// Takes is what a cut takes: files, bytes on disk, and bytes in the zip. What the passes
// bytecode and imports would add is not counted.
type Takes struct {
	Files    int   `json:"files"`
	Bytes    int64 `json:"bytes"`
	ZipBytes int64 `json:"zip_bytes"`
	// Of is what the package, or the layer, has before.
	Of Size `json:"of"`
}

// Size is what a package takes.
type Size struct {
	Files    int   `json:"files"`
	Bytes    int64 `json:"bytes"`
	ZipBytes int64 `json:"zip_bytes"`
}

// Place is one that the scan could not resolve.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Result is the audit of an account, or of a part of it.
type Result struct {
	// Account is the number that the functions' ARNs have; empty where there is none.
	Account string   `json:"account"`
	Regions []string `json:"regions"`
	// Local says that it was not AWS that was asked.
	Local   bool      `json:"local,omitempty"`
	Started time.Time `json:"started"`
	// Shard is the part that this is; nil for the whole.
	Shard     *shard.Shard `json:"shard,omitempty"`
	Functions []Function   `json:"functions"`
	// Skipped counts the functions of other runtimes than Python's.
	Skipped map[string]int `json:"skipped,omitempty"`
	// Again counts the functions that were as an earlier run had found them, and so
	// were not downloaded.
	Again int `json:"unchanged"`
	// Model says what Start of the functions is made of.
	Model []Rate   `json:"model"`
	Notes []string `json:"notes,omitempty"`
}

// Totals is what a result adds up to.
type Totals struct {
	Functions int             `json:"functions"`
	Verdicts  map[Verdict]int `json:"verdicts"`
	// Takes adds up what cuts take from functions' own packages.
	Takes Takes `json:"takes"`
	// Layers are those with a boto3 that functions run with, sorted by what they take.
	Layers []LayerSum `json:"layers,omitempty"`
}

// LayerSum is a layer with a boto3, for all functions that run with it.
type LayerSum struct {
	ARN       string `json:"arn"`
	Functions int    `json:"functions"`
	// CannotTell counts those of which the services cannot be told: what they can ask
	// for must be declared before the layer can be cut.
	CannotTell int `json:"cannot_tell"`
	// AtMost is what a cut takes for the function for which it takes least. One for all
	// of them keeps what each needs, and so takes no more.
	AtMost *Takes `json:"at_most,omitempty"`
}

// Sum adds a result up.
func (r *Result) Sum() Totals {
	t := Totals{Functions: len(r.Functions), Verdicts: map[Verdict]int{}}
	layers := map[string]*LayerSum{}
	for i := range r.Functions {
		f := &r.Functions[i]
		t.Verdicts[f.Verdict]++
		switch {
		case f.Boto == nil:
		case f.Boto.Layer == "" && f.Takes != nil:
			t.Takes.add(f.Takes)
		case f.Boto.Layer != "":
			l := layers[f.Boto.Layer]
			if l == nil {
				l = &LayerSum{ARN: f.Boto.Layer}
				layers[l.ARN] = l
			}
			l.add(f)
		}
	}
	for _, l := range layers {
		t.Layers = append(t.Layers, *l)
	}
	slices.SortFunc(t.Layers, func(a, b LayerSum) int {
		return cmp.Or(cmp.Compare(b.atMost(), a.atMost()), cmp.Compare(a.ARN, b.ARN))
	})
	return t
}

func (l *LayerSum) add(f *Function) {
	l.Functions++
	switch {
	case f.Verdict == CannotTell:
		l.CannotTell++
	case f.Takes != nil && (l.AtMost == nil || f.Takes.Bytes < l.AtMost.Bytes):
		l.AtMost = f.Takes
	}
}

func (l *LayerSum) atMost() int64 {
	if l.AtMost == nil {
		return 0
	}
	return l.AtMost.Bytes
}

func (t *Takes) add(o *Takes) {
	t.Files += o.Files
	t.Bytes += o.Bytes
	t.ZipBytes += o.ZipBytes
	t.Of.Files += o.Of.Files
	t.Of.Bytes += o.Of.Bytes
	t.Of.ZipBytes += o.Of.ZipBytes
}

// Sort puts what matters most first: what a cut takes from the start, by the model's
// lower end, then from the package, then what could be taken if more were known.
func (r *Result) Sort() {
	slices.SortFunc(r.Functions, func(a, b Function) int {
		return cmp.Or(
			slices.Index(Verdicts, a.Verdict)-slices.Index(Verdicts, b.Verdict),
			cmp.Compare(b.Start.least(), a.Start.least()),
			cmp.Compare(b.takes(), a.takes()),
			cmp.Compare(b.ships(), a.ships()),
			cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Name, b.Name),
		)
	})
}

func (f *Function) takes() int64 {
	if f.Takes == nil {
		return 0
	}
	return f.Takes.Bytes
}

func (f *Function) ships() int64 {
	if f.Boto == nil {
		return 0
	}
	return f.Boto.Bytes
}

func (s *Start) least() float64 {
	if s == nil {
		return 0
	}
	return s.LowMS
}
