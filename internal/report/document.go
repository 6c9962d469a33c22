// Package report turns what the verbs found into one [Document], and a document
// into text for a person, Markdown for a pull request or JSON for a program.
package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/bench"
	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
	"github.com/coldcut/coldcut/trace"
)

// Schema is the version of the document's form. Adding a key keeps it.
const Schema = 1

// Document is everything that a verb reports. It is the only JSON schema.
type Document struct {
	Schema  int    `json:"schema"`
	Coldcut string `json:"coldcut"`
	Verb    string `json:"verb"`
	Path    string `json:"path"`
	// Services maps each service that is used, or kept, to its operations.
	Services map[string][]string `json:"services"`
	*Scan
	*Slim
	*Verify
	*Check
	// Bench stands alone: its keys are those of the document, see [Document.JSON].
	Bench *bench.Result `json:"-"`
	// Audit too stands alone.
	Audit       *audit.Result     `json:"-"`
	Explanation *scan.Explanation `json:"explanation,omitempty"`
	Imports     *Imports          `json:"imports,omitempty"`

	top int // how many functions of an audit are listed
}

// Scan is what the sources use.
type Scan struct {
	Catalog    string            `json:"catalog"`
	Files      int               `json:"files"`
	Uses       []scan.Use        `json:"uses"`
	Unresolved []scan.Unresolved `json:"unresolved"`
	// Settled are the unresolved places for which something is declared.
	Settled      []scan.Unresolved  `json:"settled,omitempty"`
	Declarations []scan.Declaration `json:"declarations,omitempty"`
	Notes        []scan.Note        `json:"notes"`
	// Entries are the handlers that the scan was limited to, and Skipped counts the
	// files that they do not reach. Without entries every file was scanned.
	Entries []scan.Entry `json:"entries,omitempty"`
	Skipped int          `json:"skipped,omitempty"`
	// Against compares the scan with what really ran, where it was asked to.
	Against *trace.Comparison `json:"against,omitempty"`
}

// Slim is what was cut. Refused is set, and the sizes are not, where nothing was.
type Slim struct {
	Out     string         `json:"out,omitempty"`
	Boto    plan.Boto      `json:"boto"`
	Before  *artifact.Stat `json:"before,omitempty"`
	After   *artifact.Stat `json:"after,omitempty"`
	Passes  []Pass         `json:"passes,omitempty"`
	Groups  []Group        `json:"groups,omitempty"`
	Kept    []Kept         `json:"kept,omitempty"`
	Dropped []string       `json:"dropped,omitempty"`
	// ClientsOnly are the services kept of which boto3 makes no resources any more.
	ClientsOnly []string         `json:"clients_only,omitempty"`
	Credentials plan.Credentials `json:"credentials,omitempty"`
	Lock        string           `json:"lock,omitempty"`
	// Bytecode is what became of bytecode; nil where there is none.
	Bytecode *shake.Bytecode `json:"bytecode,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
	// Weights are what else in the package is dead weight, or slow.
	Weights []plan.Weight `json:"weights,omitempty"`
	// Start is what the function's start takes, where that was measured.
	Start   *Start         `json:"start,omitempty"`
	Refused *Refused       `json:"refused,omitempty"`
	Changes []shake.Change `json:"changes,omitempty"`
	// Images are those of each platform, where the package is an image.
	Images []Image `json:"images,omitempty"`
}

// Image is one platform's: its layers, from the lowest on, before and after.
type Image struct {
	Platform string              `json:"platform"`
	Services map[string][]string `json:"services"`
	Before   []artifact.Layer    `json:"layers_before"`
	After    []artifact.Layer    `json:"layers_after"`
}

// Group is one line of the table: a folder or a group of files.
type Group struct {
	Name   string        `json:"name"`
	Before artifact.Stat `json:"before"`
	After  artifact.Stat `json:"after"`
}

// Kept is a service that stays, with the rule and the place that needs it.
type Kept struct {
	Service string `json:"service"`
	Rule    string `json:"rule"`
	Why     string `json:"why"`
}

// Refused says why nothing was cut.
type Refused struct {
	Reason string `json:"reason"`
	Hint   string `json:"hint"`
}

// ForScan makes the document of a scan.
func ForScan(version, path string, r *scan.Result) *Document {
	return &Document{
		Schema: Schema, Coldcut: version, Verb: "scan", Path: path, Services: r.Services,
		Scan: &Scan{
			Catalog: r.Catalog, Files: r.Files,
			Uses: orEmpty(r.Uses), Unresolved: orEmpty(r.Unresolved),
			Settled: r.Settled, Declarations: r.Declarations, Notes: orEmpty(r.Notes),
			Entries: r.Entries, Skipped: r.Skipped,
		},
	}
}

// ForExplain makes the document of an explanation. The uses of other services
// are left out.
func ForExplain(version, path string, r *scan.Result, e *scan.Explanation) *Document {
	d := ForScan(version, path, r)
	d.Verb, d.Explanation = "explain", e
	d.Scan.Uses = slices.DeleteFunc(slices.Clone(r.Uses), func(u scan.Use) bool { return u.Service != e.Service })
	return d
}

// ForRefusal makes the document of a slim that cut nothing.
func ForRefusal(version, path string, r *scan.Result, why *plan.RefusedError) *Document {
	d := ForScan(version, path, r)
	d.Verb = "slim"
	d.Slim = &Slim{Boto: why.Boto, Refused: &Refused{Reason: why.Reason, Hint: why.Hint}}
	return d
}

// ForSlim makes the document of a cut. The sizes are those of fat and slim as
// coldcut's own writer packs them.
func ForSlim(ctx context.Context, version, out string, fat *artifact.Artifact, uses *scan.Result, p *plan.Plan, slim *shake.Result) (*Document, error) {
	before, err := fat.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	after, err := slim.Artifact.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	d := ForScan(version, fat.Path(), uses)
	d.Verb, d.Services = "slim", p.Services
	took, err := passes(ctx, fat, p, slim, before, after)
	if err != nil {
		return nil, err
	}
	d.Slim = &Slim{
		Out: out, Boto: p.Boto, Passes: took, Credentials: p.Credentials,
		Warnings: slices.Concat(p.Warnings, slim.Warnings), Changes: slim.Changes, Bytecode: slim.Bytecode, Weights: p.Weights,
	}
	d.Scan.Settled = p.Settled
	d.Slim.addServices(p)
	d.Slim.Groups, err = groups(fat, slim.Artifact, before, after)
	if err != nil {
		return nil, err
	}
	return d, d.Slim.addTotals(ctx, fat, slim.Artifact)
}

func (s *Slim) addServices(p *plan.Plan) {
	for _, d := range p.Decisions {
		switch {
		case d.Kind == plan.Resources:
			s.ClientsOnly = append(s.ClientsOnly, path.Dir(d.Name))
		case d.Kind != plan.Service:
		case d.Action == plan.Drop:
			s.Dropped = append(s.Dropped, d.Name)
		default:
			s.Kept = append(s.Kept, Kept{Service: d.Name, Rule: d.Rule, Why: d.Why})
		}
	}
}

func (s *Slim) addTotals(ctx context.Context, fat, slim *artifact.Artifact) error {
	before, err := fat.Stat(ctx)
	if err != nil {
		return err
	}
	after, err := slim.Stat(ctx)
	if err != nil {
		return err
	}
	s.Before, s.After = &before, &after
	return nil
}

func byPath(a *artifact.Artifact, sizes []artifact.Size) map[string]artifact.Size {
	m := make(map[string]artifact.Size, len(sizes))
	for i, f := range a.Files() {
		m[f.Path] = sizes[i]
	}
	return m
}

// groups adds the files up as du would, with botocore's and boto3's data apart
// from their code.
func groups(fat, slim *artifact.Artifact, before, after []artifact.Size) ([]Group, error) {
	installed, err := boto.Find(fat)
	if err != nil {
		return nil, err
	}
	was := tally(fat, before, installed)
	is := tally(slim, after, installed)
	names := map[string]bool{}
	for n := range was {
		names[n] = true
	}
	for n := range is {
		names[n] = true
	}
	var out []Group
	for n := range names {
		out = append(out, Group{Name: n, Before: was[n].stat(), After: is[n].stat()})
	}
	slices.SortFunc(out, func(a, b Group) int {
		if a.Before.DiskBytes != b.Before.DiskBytes {
			return int(b.Before.DiskBytes/4096 - a.Before.DiskBytes/4096)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

// heap is a group while it is added up.
type heap struct {
	artifact.Stat
	dirs map[string]bool
}

func (h *heap) stat() artifact.Stat {
	if h == nil {
		return artifact.Stat{}
	}
	return h.Stat
}

// block is what du counts at least for a file or a folder.
const block = 4096

func tally(a *artifact.Artifact, sizes []artifact.Size, installed []*boto.Installation) map[string]*heap {
	heaps := map[string]*heap{}
	for i, f := range a.Files() {
		name := groupOf(f.Path, installed)
		h := heaps[name]
		if h == nil {
			h = &heap{dirs: map[string]bool{}}
			heaps[name] = h
		}
		h.Bytes += sizes[i].Bytes
		h.ZipBytes += sizes[i].ZipBytes
		h.DiskBytes += (sizes[i].Bytes + block - 1) / block * block
		if !f.Mode.IsDir() {
			h.Files++
		}
		for dir := path.Dir(f.Path); dir != "." && !h.dirs[dir] && groupOf(dir+"/.", installed) == name; dir = path.Dir(dir) {
			h.dirs[dir] = true
			h.DiskBytes += block
		}
	}
	return heaps
}

// groupOf names the line of the table that a file belongs to.
func groupOf(file string, installed []*boto.Installation) string {
	for _, in := range installed {
		for _, data := range []string{in.DataDir(), in.Boto3DataDir()} {
			if strings.HasPrefix(file, data+"/") {
				return data
			}
		}
	}
	root := ""
	for _, in := range installed {
		if in.Root != "" && strings.HasPrefix(file, in.Root+"/") && len(in.Root) > len(root) {
			root = in.Root
		}
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(file, root), "/")
	first, _, below := strings.Cut(rest, "/")
	switch {
	case !below:
		return path.Join(root, "(files)")
	case strings.HasSuffix(first, ".dist-info"):
		return path.Join(root, "*.dist-info")
	}
	return path.Join(root, first)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// JSON writes the document for programs.
func (d *Document) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	var all any = d
	if d.Audit != nil {
		all = newAuditDocument(d)
	}
	if d.Bench != nil {
		all = benchDocument{d.Schema, d.Coldcut, d.Verb, d.Bench}
	}
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
