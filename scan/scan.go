// Package scan finds which AWS services and operations Python sources use.
//
// It must never miss one in silence: a service that the scan does not see is a
// service that production misses. So it follows names, not types: whatever is
// called like a client's constructor is one until the sources show otherwise,
// and a place whose service the sources do not tell is reported as [Unresolved].
//
// The program is taken as closed: every caller of a function is in the package
// or in the sources given beside it.
package scan

import (
	"context"
	"fmt"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
)

// Certainty says how well a use is known.
type Certainty string

const (
	// Certain uses follow from the data flow.
	Certain Certainty = "certain"
	// Possible uses are kept because they cannot be ruled out.
	Possible Certainty = "possible"
)

// Pos is a place in the sources. File is relative to the package, or to the
// folder of sources, with that folder's name before it.
type Pos struct {
	File string `json:"file"`
	// Line and Column count from 1; Column counts bytes of UTF-8.
	Line   int `json:"line"`
	Column int `json:"column"`
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Use is one place where a service is used. Operation is empty where the
// service's client, resource or model is made, and an API name ("GetItem")
// where it is called.
type Use struct {
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Certainty Certainty `json:"certainty"`
	Pos
	// Via says how it was found, in words for a person.
	Via string `json:"via"`
	// Origin is the distribution that the file belongs to; empty for the
	// function's own code.
	Origin string `json:"origin,omitempty"`
	// Declared marks what a [Declaration] keeps.
	Declared bool `json:"declared,omitempty"`
}

// Unresolved is a place where a service cannot be determined.
type Unresolved struct {
	Pos
	Reason string `json:"reason"`
	Origin string `json:"origin,omitempty"`
	// Within is the function that it lies in, dotted, as a [Declaration] names it.
	Within string `json:"within,omitempty"`
}

// Note is something that a person should know and that decides nothing.
type Note struct {
	Pos
	Message string `json:"message"`
}

// AllOperations stands for every operation of a service.
const AllOperations = boto.AllOperations

// Result is what the sources use. Every list is sorted.
type Result struct {
	// Catalog names where the services' names came from.
	Catalog    string       `json:"catalog"`
	Files      int          `json:"files"`
	Bytes      int64        `json:"bytes"`
	Uses       []Use        `json:"uses"`
	Unresolved []Unresolved `json:"unresolved"`
	// Settled are the places that Declarations speak for.
	Settled      []Unresolved  `json:"settled,omitempty"`
	Declarations []Declaration `json:"declarations,omitempty"`
	// Services maps each service to the operations it may be asked for.
	Services map[string][]string `json:"services"`
	// ClientsOnly are the services of which no resource can be made: every place that
	// asks for one of them is seen, and makes a client.
	ClientsOnly []string `json:"clients_only,omitempty"`
	// Inner are the services for which botocore makes clients by itself, to get
	// credentials, with the place that does.
	Inner map[string]Pos `json:"inner,omitempty"`
	// Own are the client methods and API names that botocore may call on any client
	// by itself, whatever a program asks for.
	Own []string `json:"own,omitempty"`
	// Versions are the strings in the sources that are API versions of a service in use.
	Versions map[string][]string `json:"versions,omitempty"`
	// AnyVersion lists services whose API version cannot be determined; "*" means all.
	AnyVersion []string `json:"any_version,omitempty"`
	// Profile is where the function's own code names a profile of credentials.
	Profile *Pos `json:"profile,omitempty"`
	// Docutils tells that nothing but botocore's documentation imports docutils;
	// its files were not scanned then.
	Docutils bool   `json:"docutils,omitempty"`
	Notes    []Note `json:"notes,omitempty"`
	// Entries are those that the scan was limited to; where there are none, every
	// file was scanned. Skipped counts the files that they do not reach.
	Entries []Entry `json:"entries,omitempty"`
	Skipped int     `json:"skipped,omitempty"`
	// Distributions are those that have modules, where there are entries to reach them.
	Distributions []Distribution `json:"distributions,omitempty"`
}

// Options for [Scan]. The zero value scans the package alone.
type Options struct {
	// Sources are trees outside the package whose code runs with it.
	Sources []*artifact.Artifact `json:"-"`
	// Declarations are those of the configuration; those in comments are found.
	Declarations []Declaration
	// Entries limit the scan to what runs when they do. An entry that is not in the
	// package is an [EntryError].
	Entries []Entry
	// Strings are texts from outside the sources that may name modules, such as the
	// values of environment variables. They count only together with Entries.
	Strings []string
	// Progress, where set, is told how many files were read; it may be called
	// from several goroutines.
	Progress func(done, total int) `json:"-"`
	// Cache, where set, is asked first. All other options are part of its key, as
	// JSON has them.
	Cache *Cache `json:"-"`
}

// Scan reads every Python source of the package and of opts.Sources. Errors are
// those of reading; what the sources do not tell is in the result.
func Scan(ctx context.Context, pkg *artifact.Artifact, opts Options) (*Result, error) {
	if opts.Cache == nil {
		return scan(ctx, pkg, opts)
	}
	trees := append([]*artifact.Artifact{pkg}, opts.Sources...)
	return opts.Cache.scan(ctx, trees, opts, func(watched []*artifact.Artifact) (*Result, error) {
		opts.Sources = watched[1:]
		return scan(ctx, watched[0], opts)
	})
}

func scan(ctx context.Context, pkg *artifact.Artifact, opts Options) (*Result, error) {
	f, err := newFinder(ctx, pkg, opts)
	if err != nil {
		return nil, err
	}
	return f.run(ctx, opts.Declarations)
}

// newFinder reads the sources.
func newFinder(ctx context.Context, pkg *artifact.Artifact, opts Options) (*finder, error) {
	installed, err := boto.Find(pkg)
	if err != nil {
		return nil, err
	}
	prog, err := load(ctx, pkg, opts, installed)
	if err != nil {
		return nil, err
	}
	return &finder{prog: prog, solver: newSolver(prog), catalog: boto.CatalogOf(installed), installed: installed}, nil
}
