package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/deploy"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// Input is what a function is judged by.
type Input struct {
	// Code and Layers are the paths of the zips, the layers in the function's order. The
	// names of the files follow from the function and its layers, and differ.
	Code   string
	Layers []string
	// Env are the environment variables. Where they could not be read EnvError says
	// why. They may hold secrets, and nothing of them goes into the result.
	Env      map[string]string
	EnvError string
}

// shown is how many unresolved places a function lists: an account has many functions.
const shown = 10

// judging is one function on its way to a verdict.
type judging struct {
	f      *Function
	in     Input
	trees  []*artifact.Artifact // the code, then the layers
	holder int                  // which of them has the botocore; -1 is the runtime
	boto   []*boto.Installation // what it has
}

// Judge fills in what a function's package and layers tell. What is wrong with these is
// a verdict and no error; an error is the context's.
func Judge(ctx context.Context, f *Function, in Input) error {
	j := &judging{f: f, in: in, holder: -1}
	defer func() {
		for _, t := range j.trees {
			_ = t.Close() // it was only read
		}
	}()
	err := j.judge(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		f.Verdict, f.Why = NotRead, reason(err)
		f.Takes, f.Start = nil, nil
	}
	return nil
}

// reason is what an error says, without the path of the file that was downloaded.
func reason(err error) string {
	var refused *artifact.RefusedError
	if !errors.As(err, &refused) {
		return err.Error()
	}
	if refused.Entry != "" {
		return fmt.Sprintf("its zip is refused: %s: %s", refused.Entry, refused.Reason)
	}
	return "its zip is refused: " + refused.Reason
}

func (j *judging) judge(ctx context.Context) error {
	for i, name := range append([]string{j.in.Code}, j.in.Layers...) {
		t, err := artifact.Open(name, artifact.Options{})
		if err != nil {
			if i > 0 {
				return fmt.Errorf("the layer %s: %s", j.f.Layers[i-1].ARN, reason(err))
			}
			return err
		}
		j.trees = append(j.trees, t)
	}
	if err := j.findBoto(); err != nil {
		return err
	}
	if err := j.setAside(); err != nil {
		return err
	}
	// Scanned is the tree that is cut, together with all that runs beside it.
	pkg := max(j.holder, 0)
	opts := scan.Options{Sources: slices.Delete(slices.Clone(j.trees), pkg, pkg+1)}
	j.entries(&opts)
	uses, err := scan.Scan(ctx, j.trees[pkg], opts)
	if err != nil {
		return err
	}
	j.note(uses)
	if j.holder < 0 {
		j.f.Verdict, j.f.Why = Runtimes, "it ships no botocore"
		return nil
	}
	return j.plan(ctx, j.trees[pkg], uses)
}

// ofVersion is a layer's folder that one version of Python alone imports from.
var ofVersion = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^python/lib/python(3\.\d+)/`) })

// python is the language version of the runtime: "3.13".
func (f *Function) python() string { return strings.TrimPrefix(f.Runtime, "python") }

// findBoto finds the botocore that the function runs with: Python looks in the package,
// and then in the layers, which are unpacked over one another, the later ones last.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
func (j *judging) findBoto() error {
	order := []int{0}
	for i := len(j.trees) - 1; i > 0; i-- {
		order = append(order, i)
	}
	for _, i := range order {
		found, err := boto.Find(j.trees[i])
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(in *boto.Installation) bool {
			m := ofVersion().FindStringSubmatch(in.Root + "/")
			return in.Botocore == "" || i > 0 && m != nil && m[1] != j.f.python()
		})
		switch {
		case len(found) == 0:
		case j.holder < 0:
			j.holder, j.boto = i, found
		default:
			j.f.Notes = append(j.f.Notes, fmt.Sprintf("botocore %s in %s is hidden by botocore %s in %s", versions(found), j.place(i), versions(j.boto), j.place(j.holder)))
		}
	}
	if j.holder < 0 {
		return nil
	}
	return j.describeBoto()
}

// setAside takes what other trees have of the boto family out of what is scanned: it is
// hidden, or the interface of the botocore that is not, and in no case the function's code.
func (j *judging) setAside() error {
	for i, t := range j.trees {
		if i == max(j.holder, 0) {
			continue
		}
		found, err := boto.Find(t)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		gone := artifact.Edits{}
		for _, f := range t.Files() {
			if boto.Family(found, f.Path) != "" {
				gone[f.Path] = nil
			}
		}
		j.trees[i] = t.With(gone)
	}
	return nil
}

func versions(all []*boto.Installation) string {
	var names []string
	for _, in := range all {
		names = append(names, in.Botocore)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), "+")
}

// place names a tree.
func (j *judging) place(i int) string {
	if i == 0 {
		return "the package"
	}
	return j.f.Layers[i-1].ARN
}

func (j *judging) describeBoto() error {
	b := &Boto{Botocore: versions(j.boto)}
	if j.holder > 0 {
		b.Layer = j.f.Layers[j.holder-1].ARN
	}
	tree := j.trees[j.holder]
	var boto3 []string
	lacking := 0
	for _, in := range j.boto {
		if in.Boto3 != "" {
			boto3 = append(boto3, in.Boto3)
		}
		sources, without, _, err := compiled(tree, in.Root, j.f.python())
		if err != nil {
			return err
		}
		b.Sources += sources
		if without < 0 {
			lacking = without
		} else if lacking >= 0 {
			lacking += without
		}
	}
	if lacking >= 0 {
		b.Uncompiled = &lacking
	}
	slices.Sort(boto3)
	b.Boto3 = strings.Join(slices.Compact(boto3), "+")
	for _, f := range tree.Files() {
		if !f.Mode.IsDir() && boto.Family(j.boto, f.Path) != "" {
			b.Files++
			b.Bytes += f.Size
		}
	}
	if _, _, err := plan.LockIn(tree, j.boto[0]); err == nil {
		j.f.Notes = append(j.f.Notes, "it was cut by coldcut already")
	}
	j.f.Boto = b
	return nil
}

// wayward are variables by which other code runs first, or is found elsewhere.
var wayward = []string{"AWS_LAMBDA_EXEC_WRAPPER", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME"}

// entries limits the scan to what the handler reaches, where it is plain that nothing
// else runs.
func (j *judging) entries(opts *scan.Options) {
	if j.f.Handler == "" {
		return
	}
	if j.in.EnvError != "" {
		j.f.Notes = append(j.f.Notes, "its environment cannot be read, so everything in the package counts as run: "+j.in.EnvError)
		return
	}
	for _, name := range wayward {
		if j.in.Env[name] != "" {
			j.f.Notes = append(j.f.Notes, name+" is set, so everything in the package counts as run")
			return
		}
	}
	const from = "the function's configuration"
	opts.Entries = []scan.Entry{{Handler: j.f.Handler, From: from, Need: scan.Expected}}
	for _, name := range deploy.Wrapped {
		if real := j.in.Env[name]; real != "" {
			opts.Entries[0].Need = scan.Optional // the wrapper may come from anywhere
			opts.Entries = append(opts.Entries, scan.Entry{Handler: real, From: name, Need: scan.Expected})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(j.in.Env)) {
		opts.Strings = append(opts.Strings, j.in.Env[name])
	}
}

// named has paths and sentences of a scan say where a file is deployed, and not where it
// was downloaded to: a scan names what lies beside the package by its zip.
func (j *judging) named() *strings.Replacer {
	pairs := []string{filepath.Base(j.in.Code) + "/", ""}
	for i, name := range j.in.Layers {
		_, layer, _ := strings.Cut(j.f.Layers[i].ARN, ":layer:")
		pairs = append(pairs, filepath.Base(name)+"/", "layer "+layer+"/")
	}
	return strings.NewReplacer(pairs...)
}

// note takes from a scan what the report shows.
func (j *judging) note(uses *scan.Result) {
	named := j.named()
	j.f.Services = slices.Sorted(maps.Keys(uses.Services))
	j.f.UnresolvedPlaces = len(uses.Unresolved)
	for _, u := range uses.Unresolved[:min(shown, len(uses.Unresolved))] {
		j.f.Unresolved = append(j.f.Unresolved, Place{File: named.Replace(u.File), Line: u.Line, Reason: named.Replace(u.Reason)})
	}
	for _, n := range uses.Notes {
		if n.File == "" { // those of the scan's bounds: the others are many, and decide nothing
			j.f.Notes = append(j.f.Notes, named.Replace(n.Message))
		}
	}
}

// options are those of a function's cut. Bytecode is left to the model of the start: it
// wants the runtime's Python, which need not be here. The pass imports takes no file, and
// a third of the time.
var options = plan.Options{Credentials: plan.Environment, NoBytecode: true, NoImports: true}

func (j *judging) plan(ctx context.Context, pkg *artifact.Artifact, uses *scan.Result) error {
	p, err := plan.New(pkg, uses, options)
	var refused *plan.RefusedError
	switch {
	case errors.As(err, &refused) && len(refused.Unresolved) > 0:
		j.f.Verdict, j.f.Why = CannotTell, refused.Reason
		return nil
	case errors.As(err, &refused):
		j.f.Verdict, j.f.Why = Unused, "no use of any AWS service was found"
		return nil
	case err != nil:
		return err
	}
	slim, err := shake.Apply(ctx, pkg, p)
	if err != nil {
		return err
	}
	j.f.Verdict = Slims
	j.f.Services = slices.Sorted(maps.Keys(p.Services))
	if err := j.takes(ctx, pkg, slim.Artifact); err != nil {
		return err
	}
	return j.start(pkg, slim.Artifact)
}

func (j *judging) takes(ctx context.Context, fat, slim *artifact.Artifact) error {
	before, err := fat.Stat(ctx)
	if err != nil {
		return err
	}
	after, err := slim.Stat(ctx)
	if err != nil {
		return err
	}
	j.f.Takes = &Takes{
		Files: before.Files - after.Files, Bytes: before.Bytes - after.Bytes, ZipBytes: before.ZipBytes - after.ZipBytes,
		Of: Size{before.Files, before.Bytes, before.ZipBytes},
	}
	return nil
}

// start estimates, where the runtime's bytecode is known and there is one botocore.
func (j *judging) start(fat, slim *artifact.Artifact) error {
	if j.f.Boto.Uncompiled == nil || len(j.boto) != 1 {
		return nil
	}
	before, err := parsed(fat, j.boto[0], j.f.Services)
	if err != nil {
		return err
	}
	after, err := boto.Find(slim)
	if err != nil || len(after) != 1 {
		return err
	}
	left, err := parsed(slim, after[0], j.f.Services)
	if err != nil {
		return err
	}
	_, _, sources, err := compiled(fat, j.boto[0].Root, j.f.python())
	if err == nil {
		j.f.Start = estimate(before-left, sources)
	}
	return err
}
