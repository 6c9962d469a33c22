package plan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/scan"
)

// Weight is something in the package, other than boto3's data, that may be dead
// weight or slow. Nothing follows from it unless a person says so.
type Weight struct {
	// Kind is "unreached", "tests", "stubs", "duplicate", "runtime" or "heavy".
	Kind string `json:"kind"`
	// Name is the distribution, or the module where the kind is "heavy".
	Name  string `json:"name"`
	Why   string `json:"why"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	// MS is what it takes at the start, in milliseconds, where that was measured.
	MS *float64 `json:"ms,omitempty"`
	// Dropped says that --drop-unreached took it away.
	Dropped bool `json:"dropped,omitempty"`
}

// inRuntime are boto3 and what it requires: Lambda's managed Python runtimes have
// them. Source: AWS's Lambda developer guide, "Runtime dependencies in Python".
var inRuntime = []string{"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}

// smallest is the size in bytes below which dead weight is not worth a line.
const smallest = 16 << 10

// weigher adds up what weights are made of.
type weigher struct {
	pkg    *artifact.Artifact
	owners map[string][]string
	found  map[[2]string]*Weight
}

// weigh finds the dead weight that the package's list of files shows.
func (p *planner) weigh() error {
	owners, err := p.pkg.AllOwners()
	if err != nil {
		return err
	}
	w := &weigher{pkg: p.pkg, owners: owners, found: map[[2]string]*Weight{}}
	unreached := map[string]bool{}
	for _, d := range p.uses.Distributions {
		unreached[d.Name] = d.Reached == ""
	}
	twice, err := duplicates(p.pkg)
	if err != nil {
		return err
	}
	for _, f := range p.pkg.Files() {
		if of := owners[f.Path]; len(of) > 0 && f.Mode.IsRegular() && !strings.Contains(f.Path, ".dist-info/") {
			w.file(f, of[len(of)-1], unreached, twice)
		}
	}
	for _, f := range w.found {
		if f.Bytes >= smallest {
			f.Dropped = f.Kind == "unreached" && slices.ContainsFunc(p.opts.DropUnreached, func(n string) bool { return normal(n) == normal(f.Name) })
			p.plan.Weights = append(p.plan.Weights, *f)
		}
	}
	slices.SortFunc(p.plan.Weights, func(a, b Weight) int {
		return cmp.Or(slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return nil
}

// kinds of findings in the order in which a person is told of them.
var kinds = []string{"heavy", "unreached", "duplicate", "stubs", "tests", "runtime"}

// file counts a file for what is to be said of it; for one thing alone, so that sizes
// add up.
func (w *weigher) file(f artifact.File, of string, unreached map[string]bool, twice map[string]string) {
	switch {
	case isStubs(of) || path.Ext(f.Path) == ".pyi":
		w.count(f, "stubs", of, "type stubs, which no running program reads")
	case twice[normal(of)] != "":
		w.count(f, "duplicate", of, "installed more than once: "+twice[normal(of)])
	case unreached[of]:
		w.count(f, "unreached", of, "no entry reaches any of its modules")
	case inTests(f.Path):
		w.count(f, "tests", of, "tests that were shipped with it")
	case w.pkg.Form() != artifact.ContainerImage && slices.Contains(inRuntime, normal(of)): // images bring their own runtime
		w.count(f, "runtime", "boto3 and what it requires", "Lambda's Python runtimes have one of their own, which serves where it is new enough")
	}
}

func (w *weigher) count(f artifact.File, kind, name, why string) {
	key := [2]string{kind, name}
	if w.found[key] == nil {
		w.found[key] = &Weight{Kind: kind, Name: name, Why: why}
	}
	w.found[key].Files++
	w.found[key].Bytes += f.Size
}

// isStubs tells distributions that hold nothing but types (PEP 561, and the names
// that the stubs of boto3 have).
func isStubs(name string) bool {
	name = normal(name)
	return strings.HasSuffix(name, "-stubs") || strings.HasPrefix(name, "types-") || strings.HasPrefix(name, "mypy-boto3-")
}

// inTests reports whether a file lies in a folder of tests of some package.
func inTests(file string) bool {
	dirs := strings.Split(path.Dir(file), "/")
	return slices.ContainsFunc(dirs[min(1, len(dirs)):], func(d string) bool { return d == "tests" || d == "test" })
}

// normal is a distribution's name as PEP 503 compares it.
func normal(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return strings.Join(fields, "-")
}

// duplicates lists the distributions that are installed more than once, and where.
func duplicates(pkg *artifact.Artifact) (map[string]string, error) {
	all, err := pkg.Distributions()
	if err != nil {
		return nil, err
	}
	where := map[string][]string{}
	for _, d := range all {
		where[normal(d.Name)] = append(where[normal(d.Name)], d.Dir)
	}
	twice := map[string]string{}
	for name, dirs := range where {
		if len(dirs) > 1 {
			twice[name] = strings.Join(dirs, ", ")
		}
	}
	return twice, nil
}

// UndroppableError says why a distribution that is to go stays.
type UndroppableError struct{ Name, Reason, Hint string }

func (e *UndroppableError) Error() string {
	return fmt.Sprintf("--drop-unreached %s: %s", e.Name, e.Reason)
}

// dropUnreached drops the distributions that were named, if nothing reaches them. The
// dist-info stays, so that pip check finds what others require.
func (p *planner) dropUnreached() error {
	for _, name := range p.opts.DropUnreached {
		d, err := p.droppable(name)
		if err != nil {
			return err
		}
		paths, err := p.filesOf(d.Name)
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			return &UndroppableError{name, "every file of it is one of another distribution's too", "it stays"}
		}
		p.decide(Decision{
			Item: Item{Kind: Files, Name: "unreached/" + d.Name, Paths: paths}, Action: Drop, Pass: JunkPass,
			Rule: "unreached", Why: "no entry reaches any of its modules, and --drop-unreached names it",
		})
	}
	return nil
}

// droppable finds the distribution, or says why it must stay.
func (p *planner) droppable(name string) (scan.Distribution, error) {
	fail := func(hint, reason string, args ...any) (scan.Distribution, error) {
		return scan.Distribution{}, &UndroppableError{name, fmt.Sprintf(reason, args...), hint}
	}
	if len(p.uses.Entries) == 0 {
		return fail("name the function's handler with --entry", "what is reached is not known without an entry")
	}
	if !slices.Contains(p.plan.Passes, JunkPass) {
		return fail("leave --only away, or add junk to it", "the pass junk, which would drop it, does not run")
	}
	for _, d := range p.uses.Distributions {
		switch {
		case normal(d.Name) != normal(name):
		case d.Reached != "" && d.By != "":
			return fail("coldcut slim lists what nothing reaches", "%s reaches %s", d.By, d.Reached)
		case d.Reached != "":
			return fail("coldcut slim lists what nothing reaches", "%s runs", d.Reached)
		default:
			return d, nil
		}
	}
	installed, err := p.pkg.Distributions()
	if err != nil {
		return scan.Distribution{}, err
	}
	if slices.ContainsFunc(installed, func(d artifact.Distribution) bool { return normal(d.Name) == normal(name) }) {
		return fail("it stays", "it has no modules that an entry could reach, and what reads its files is not known")
	}
	return fail("give the name that pip lists", "the package holds no such distribution")
}

// filesOf lists what a distribution, and no other one, has outside of its dist-info,
// with the bytecode of it.
func (p *planner) filesOf(name string) ([]string, error) {
	owners, err := p.pkg.AllOwners()
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range p.pkg.Files() {
		if of := owners[f.Path]; len(of) != 1 || of[0] != name || strings.Contains(f.Path, ".dist-info/") {
			continue
		}
		paths = append(paths, f.Path)
		if path.Ext(f.Path) == ".py" {
			paths = append(paths, p.bytecodeOf(f.Path)...)
		}
	}
	gone := map[string]bool{}
	for _, file := range paths {
		gone[file] = true
	}
	for _, f := range p.pkg.Files() { // no folder stays empty
		if f.Mode.IsDir() && p.emptied(f.Path, gone) {
			paths = append(paths, f.Path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// emptied reports whether all that a folder holds is gone.
func (p *planner) emptied(dir string, gone map[string]bool) bool {
	files := slices.DeleteFunc(slices.Clone(p.pkg.Under(dir)), func(f artifact.File) bool { return f.Mode.IsDir() })
	return len(files) > 0 && !slices.ContainsFunc(files, func(f artifact.File) bool { return !gone[f.Path] })
}
