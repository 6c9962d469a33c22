// Package shake carries a plan out. Each pass is one transformation of the
// package, and what it did to every file is on record.
package shake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/plan"
)

// Pass is one transformation of the package.
type Pass struct {
	Name string
	// Doc says in one line what the pass takes away.
	Doc string
	run func(context.Context, *cut) error
}

// Passes is the pipeline. The plan says which of its decisions belong to which
// pass; the last pass makes the package's own records true again.
var Passes = []Pass{
	{plan.ServicesPass, "the models of services that are not used, in botocore and in boto3", drop},
	{plan.VersionsPass, "API versions that nothing can reach", drop},
	{plan.JunkPass, "what no running function reads: examples, tests, scripts, foreign bytecode, docutils", drop},
	{plan.ModelsPass, "operations, shapes, endpoints and documentation that nothing can reach, inside the models", models},
	{plan.TunePass, "work that each start of boto3 does in vain, in its code", tune},
	{plan.ImportsPass, "modules of boto3 and its friends that nothing can import; the others are imported when they are needed", deferImports},
	{plan.HelpPass, "nothing: errors say what is gone, and how to keep it", help},
	{plan.BytecodePass, "nothing, or the sources with --strip-source: Python finds compiled what it would compile at every cold start", bytecode},
	{RecordPass, "RECORD of each distribution, what bytecode tells of its source, and the lock", record},
}

// RecordPass runs whatever the plan says.
const RecordPass = "record"

// Fingerprint is a file's size in bytes and its SHA-256; zero where there is no file.
type Fingerprint struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Change is what a pass did to one file.
type Change struct {
	Path string `json:"path"`
	// From is the file's old name, where it has a new one.
	From   string      `json:"from,omitempty"`
	Pass   string      `json:"pass"`
	Before Fingerprint `json:"before"`
	After  Fingerprint `json:"after"`
}

// Result is the slim package, not yet written, and how it came about.
type Result struct {
	Artifact *artifact.Artifact
	// Changes are sorted by pass, in pipeline order, and by path.
	Changes []Change
	// Bytecode is what became of bytecode; nil where there is none.
	Bytecode *Bytecode
	// Warnings say what a pass could not do, and what to do about it.
	Warnings []string
	// Interim are files as a pass left them, by pass, where a later one changed or removed
	// them: Changes has the last.
	Interim map[string]artifact.Edits
}

// Options for [Options.Apply]. The zero value is what [Apply] has.
type Options struct {
	// Progress, if set, is told how many of all sources are compiled. Its calls never
	// overlap.
	Progress func(done, total int)
	// Sources are the trees of code that runs with the package, beside its own.
	Sources []*artifact.Artifact
	// Closed says that no code runs with the package but its own and that of Sources,
	// also where it looks like one that others import from.
	Closed bool
}

// cut is a package on its way through the pipeline.
type cut struct {
	fat   *artifact.Artifact
	plan  *plan.Plan
	pass  string
	edits artifact.Edits // against fat
	by    map[string]string
	moved map[string]string // old path to new
	// beside maps a new file to one whose RECORD is to list it too.
	beside   map[string]string
	opts     Options
	bytecode *Bytecode
	warnings []string
	interim  map[string]artifact.Edits
}

// Apply runs the passes over the package. The result reads from fat, which must
// stay open until it was written.
func Apply(ctx context.Context, fat *artifact.Artifact, p *plan.Plan) (*Result, error) {
	return Options{}.Apply(ctx, fat, p)
}

// Apply is [Apply] with options.
func (o Options) Apply(ctx context.Context, fat *artifact.Artifact, p *plan.Plan) (*Result, error) {
	c := &cut{opts: o, fat: fat, plan: p, edits: artifact.Edits{}, by: map[string]string{}, moved: map[string]string{}, beside: map[string]string{}, interim: map[string]artifact.Edits{}}
	for _, pass := range Passes {
		c.pass = pass.Name
		if err := pass.run(ctx, c); err != nil {
			return nil, fmt.Errorf("pass %s: %w", pass.Name, err)
		}
	}
	changes, err := c.changes(ctx)
	if err != nil {
		return nil, err
	}
	return &Result{Artifact: fat.With(c.edits), Changes: changes, Bytecode: c.bytecode, Warnings: c.warnings, Interim: c.interim}, nil
}

// remove takes a file away; the first pass that does so gets the credit.
func (c *cut) remove(path string) {
	if _, done := c.by[path]; !done {
		c.edits[path], c.by[path] = nil, c.pass
	}
}

// write replaces or adds a file. Writing what is there already is no change.
func (c *cut) write(path string, data []byte) error {
	if f, ok := c.fat.Lookup(path); ok && f.Size == int64(len(data)) {
		old, err := c.fat.ReadFile(path)
		if err != nil {
			return err
		}
		if string(old) == string(data) {
			delete(c.edits, path) // an earlier pass may have taken it away
			delete(c.by, path)
			for _, files := range c.interim {
				delete(files, path)
			}
			return nil
		}
	}
	c.set(path, data)
	return nil
}

// set edits a file, nil removes it, and keeps what an earlier pass had made of it.
func (c *cut) set(path string, data []byte) {
	if by := c.by[path]; by != "" && by != c.pass && c.edits[path] != nil {
		if c.interim[by] == nil {
			c.interim[by] = artifact.Edits{}
		}
		c.interim[by][path] = c.edits[path]
	}
	c.edits[path], c.by[path] = data, c.pass
}

// add writes a file that belongs to the distribution that another one is of.
func (c *cut) add(path, beside string, data []byte) error {
	if _, there := c.fat.Lookup(path); !there {
		c.beside[path] = beside
	}
	return c.write(path, data)
}

// move gives a file another name and content.
func (c *cut) move(from, to string, data []byte) {
	c.set(from, nil)
	c.set(to, data)
	c.moved[from] = to
}

// removed reports whether a pass took the file away.
func (c *cut) removed(path string) bool {
	data, edited := c.edits[path]
	return edited && data == nil
}

// changes fingerprints every file that was edited, in parallel.
func (c *cut) changes(ctx context.Context) ([]Change, error) {
	list := make([]Change, 0, len(c.edits))
	from := map[string]string{}
	for old, path := range c.moved {
		from[path] = old
	}
	for path := range c.edits {
		if _, elsewhere := c.moved[path]; !elsewhere {
			list = append(list, Change{Path: path, From: from[path], Pass: c.by[path]})
		}
	}
	order := func(name string) int {
		return slices.IndexFunc(Passes, func(p Pass) bool { return p.Name == name })
	}
	slices.SortFunc(list, func(a, b Change) int {
		if a.Pass != b.Pass {
			return order(a.Pass) - order(b.Pass)
		}
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range list {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return c.fingerprint(&list[i])
		})
	}
	return list, g.Wait()
}

func (c *cut) fingerprint(ch *Change) error {
	if data := c.edits[ch.Path]; data != nil {
		ch.After = fingerprintOf(data)
	}
	old := cmp.Or(ch.From, ch.Path)
	f, ok := c.fat.Lookup(old)
	if !ok || !f.Mode.IsRegular() {
		return nil
	}
	data, err := c.fat.ReadFile(old)
	if err != nil {
		return err
	}
	ch.Before = fingerprintOf(data)
	return nil
}

func fingerprintOf(data []byte) Fingerprint {
	sum := sha256.Sum256(data)
	return Fingerprint{Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
}
