// Package verify proves that a slim package answers as the fat one did.
//
// It says nothing of files. It starts the target's own Python on both packages,
// does the same in each, and compares what an application could see: what is
// sent, what is returned, what is raised. The cases are made from the fat
// package's models. What was not exercised is listed, never dropped.
package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/coldcut/coldcut/artifact"
)

// Options for [Compare]. The zero value compares everything.
type Options struct {
	// Python is the language version to run, such as "3.13"; the newest found in
	// which the fat package can be imported if empty.
	Python string
	// Seed is what the cases' random values come from. The same seed makes the
	// same cases.
	Seed int
	// Services limits the comparison to these.
	Services []string
	// Only limits it to one case, if its Case is not empty.
	Only Case
	// Jobs is the number of pairs of interpreters; half the processors if 0.
	Jobs int
	// Limit is how long a package may take for one case; [DefaultLimit] if 0. One
	// that takes longer is ended, and so does not answer.
	Limit time.Duration
	// Root is the folder inside both packages that botocore is imported from, and Path
	// those that are looked into, in order; where Root is none of them it comes first.
	// Empty means that the packages tell: they hold one botocore. What lies in no such
	// folder is not looked at.
	Root string
	Path []string
	// Beside is a folder that both packages import what they lack from: the
	// dependencies of a wheel.
	Beside string
	// Keep is what the slim package was meant to keep: services and their
	// operations, "*" among them for all. What it lacks of that is a difference.
	Keep map[string][]string
	// ClientsOnly are services of which the slim package was meant to keep clients and
	// no resources. Of any other it must have the resources that the fat one has.
	ClientsOnly []string
	// SkipUnchanged leaves out the operations of a service for which both packages
	// hold the same files, byte for byte, and the same of everything else that is
	// read: they cannot differ. They are counted as a gap.
	SkipUnchanged bool
	// Memory, if set, has what the fat package did in comparisons before, and learns
	// from this one.
	Memory *Memory
	// Progress, if set, is told how many of all operations are done. Its calls
	// never overlap.
	Progress func(done, total int)
}

// Case names a case. Operation is empty where it belongs to a whole service,
// and Service too where it belongs to the package.
type Case struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Case      string `json:"case"`
}

// String returns the form that [ParseCase] reads: "s3:GetObject:request/edge".
func (c Case) String() string { return c.Service + ":" + c.Operation + ":" + c.Case }

// ParseCase reads the name of a case.
func ParseCase(s string) (Case, error) {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) != 3 || parts[0] == "" || parts[2] == "" {
		return Case{}, fmt.Errorf("%q is not a case such as s3:GetObject:request/required", s)
	}
	return Case{parts[0], parts[1], parts[2]}, nil
}

func (c Case) compare(d Case) int {
	return strings.Compare(c.String(), d.String())
}

// Difference is a case in which the packages differ, with what was seen of each.
type Difference struct {
	Case
	// Fat and Slim are JSON; null past the first thousand differences, which
	// are enough to read and would otherwise fill the memory.
	Fat  json.RawMessage `json:"fat"`
	Slim json.RawMessage `json:"slim"`
	// Place tells which botocore differs where an image holds several; see [Verdict.At].
	Place string `json:"place,omitempty"`
}

// Gap is a case that was not exercised, and why.
type Gap struct {
	Case
	Reason string `json:"reason"`
}

// Verdict is the outcome, sorted by case.
type Verdict struct {
	// Python is the version of the interpreter that both packages ran in.
	Python   string `json:"python"`
	Boto3    string `json:"boto3"`
	Botocore string `json:"botocore"`
	Seed     int    `json:"seed"`

	// Cases is the sum of the other three.
	Cases        int          `json:"cases"`
	Same         int          `json:"same"`
	Differs      int          `json:"differs"`
	NotExercised int          `json:"not_exercised"`
	Differences  []Difference `json:"differences"`
	Gaps         []Gap        `json:"gaps"`

	// Services are those that were compared, with the operations.
	Services map[string][]string `json:"-"`
	// Tally has what came of each service; the empty name is for the package.
	Tally map[string]*Tally `json:"-"`
}

// NoBotoError says that a package has nothing to compare.
type NoBotoError struct{ Package, Reason string }

func (e *NoBotoError) Error() string { return e.Package + ": " + e.Reason }

// Compare runs both packages. Differences are no error; an error means that the
// comparison did not come to its end.
func Compare(ctx context.Context, fat, slim *artifact.Artifact, opts Options) (v *Verdict, err error) {
	root := opts.Root
	if root == "" {
		if root, err = rootOf(fat); err != nil {
			return nil, err
		}
	} else {
		fat, slim = opts.importable(fat), opts.importable(slim)
	}
	if opts.Beside != "" { // the harness works elsewhere
		if opts.Beside, err = filepath.Abs(opts.Beside); err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
	}
	scratch, err := os.MkdirTemp("", "coldcut-verify-")
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	t := &trial{opts: opts, root: root, scratch: scratch, verdict: &Verdict{Seed: opts.Seed, Differences: []Difference{}, Gaps: []Gap{}}}
	if err := t.writeHarness(); err != nil {
		return nil, err
	}
	if opts.SkipUnchanged {
		if t.unchanged, err = unchanged(fat, slim, root); err != nil {
			return nil, err
		}
	}
	if t.fat, err = unpack(ctx, fat, filepath.Join(scratch, "fat"), root); err != nil {
		return nil, err
	}
	if t.slim, err = unpack(ctx, slim, filepath.Join(scratch, "slim"), root); err != nil {
		return nil, err
	}
	if opts.Root == "" {
		t.within = packageAt(fat, root)
	}
	t.path = map[string][]string{t.fat: t.lookedInto(t.fat, root), t.slim: t.lookedInto(t.slim, root)}
	if err := t.compare(ctx); err != nil {
		return nil, err
	}
	v = t.finish()
	if v.Cases == 0 {
		return nil, fmt.Errorf("there is no case %s", opts.Only)
	}
	return v, nil
}

// importable is a view of what a package holds in Root and Path.
func (o Options) importable(a *artifact.Artifact) *artifact.Artifact {
	edits := artifact.Edits{}
	for _, f := range a.Files() {
		if !slices.ContainsFunc(append(o.Path, o.Root), func(dir string) bool { return strings.HasPrefix(f.Path, dir+"/") }) {
			edits[f.Path] = nil
		}
	}
	return a.With(edits)
}

// folderOf is the folder that a package lies in whose botocore is imported from dir. What is
// said of files names them by it: both packages have the same folders below.
func (t *trial) folderOf(dir string) string {
	if base := t.above(dir); base != string(filepath.Separator) {
		return base
	}
	return dir
}

func (t *trial) above(dir string) string {
	return filepath.Clean(strings.TrimSuffix(dir, filepath.FromSlash(t.root)))
}

// lookedInto are the folders that a package is imported from, whose root lies at dir.
func (t *trial) lookedInto(dir, root string) []string {
	base := t.above(dir)
	path := t.opts.Path
	if !slices.Contains(path, root) {
		path = append([]string{root}, path...)
	}
	var all []string
	for _, p := range path {
		all = append(all, filepath.Join(base, filepath.FromSlash(p)))
	}
	if t.within != "" { // what it needs lies outside
		outer := strings.Repeat("../", 1+strings.Count(t.within, "."))
		all = append(all, filepath.Join(dir, filepath.FromSlash(outer)))
	}
	if t.opts.Beside != "" {
		all = append(all, t.opts.Beside)
	}
	return all
}

// packageAt is the name of the package that a folder is, empty if it is none. A botocore
// inside of one is imported as that sees to, as with the AWS CLI 1.46.3.
func packageAt(a *artifact.Artifact, root string) string {
	var names []string
	for dir := root; dir != "" && isPackage(a, dir); dir = path.Dir("/" + dir)[1:] {
		names = append(names, path.Base(dir))
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}

func isPackage(a *artifact.Artifact, dir string) bool {
	return slices.ContainsFunc([]string{"__init__.py", "__init__.pyc"}, func(name string) bool {
		_, there := a.Lookup(path.Join(dir, name))
		return there
	})
}

// rootOf finds the folder that botocore can be imported from: python in a layer. A
// botocore has both code and data; what others call botocore, such as
// instrumentation of it, has not.
func rootOf(a *artifact.Artifact) (string, error) {
	var code []string
	data := map[string]bool{}
	for _, f := range a.Files() {
		const folder = "/botocore/"
		at := strings.LastIndex("/"+f.Path, folder)
		if at < 0 {
			continue
		}
		dir, name := ("/" + f.Path)[:at], f.Path[at+len(folder)-1:]
		switch {
		case name == "__init__.py" || name == "__init__.pyc":
			code = append(code, dir)
		case strings.HasPrefix(name, "data/"):
			data[dir] = true
		}
	}
	var roots []string
	for _, dir := range code {
		if data[dir] {
			roots = append(roots, strings.TrimPrefix(dir, "/"))
		}
	}
	switch len(roots) {
	case 0:
		return "", &NoBotoError{a.Path(), "there is no botocore in it"}
	case 1:
		return roots[0], nil
	}
	return "", &NoBotoError{a.Path(), fmt.Sprintf("there are %d botocores in it (%s); only one can be compared", len(roots), strings.Join(roots, ", "))}
}

// unpack returns the folder to import from: the package's own where it is one,
// with nothing written into it.
func unpack(ctx context.Context, a *artifact.Artifact, dir, root string) (string, error) {
	if a.Form() == artifact.Directory && !a.Edited() {
		abs, err := filepath.Abs(a.Path())
		return filepath.Join(abs, filepath.FromSlash(root)), err
	}
	staged, err := artifact.Stage(ctx, a, dir, artifact.WriteOptions{})
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.FromSlash(root)), staged.Commit()
}

func (o Options) jobs() int {
	if o.Jobs > 0 {
		return o.Jobs
	}
	return max(1, runtime.NumCPU()/2) // each is two processes
}

func (o Options) limit() time.Duration {
	if o.Limit > 0 {
		return o.Limit
	}
	return DefaultLimit
}

// wants reports whether a service is to be compared.
func (o Options) wants(service string) bool {
	if o.Only.Case != "" {
		return service == o.Only.Service
	}
	return len(o.Services) == 0 || slices.Contains(o.Services, service)
}
