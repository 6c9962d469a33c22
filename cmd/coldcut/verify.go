package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/verify"
)

// verifying is one run of verify.
type verifying struct {
	*output
	opts verify.Options
	only string
	opening
	layers, fatLayers, slimLayers []string
	stacked                       bool // what is compared has layers
}

func newVerify(sys *system) *cobra.Command {
	v := &verifying{output: &output{sys: sys}}
	cmd := &cobra.Command{
		Use:   "verify FAT SLIM",
		Short: "Prove that the slim package answers as the fat one did",
		Long: `verify starts Python on both packages, does the same in each, and compares what
an application could see: requests as they would be sent, results, exceptions,
endpoints, paginators, waiters and presigned URLs, for every operation that SLIM
still has. There is no network, and both run with nothing of your environment.

What SLIM no longer has must fail with the error that botocore has for it. If SLIM
holds a lock of coldcut's, what that lists must be there.

The cases are made from FAT's models; the same --seed makes the same ones. Cases
that show nothing are counted as not exercised, each with its reason: --format
json lists them all.

With --layer, --fat-layer and --slim-layer both run as Lambda has them: the function
before its layers, and these in the order in which it lists them, over one another. FAT
and SLIM may be layers as well, the first ones then.

verify exits with 3 if anything differs.`,
		Example: `  coldcut verify build/ function.zip
  coldcut verify build/ slim/ --services s3,sqs --python 3.13
  coldcut verify app.zip app.zip --fat-layer boto.zip --slim-layer slim-boto.zip --layer more.zip
  coldcut verify build/ slim/ --only-case s3:GetObject:request/required`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &exitError{exitUsage, errors.New("verify needs two packages"), "coldcut verify build/ function.zip"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&v.opts.Python, "python", "", "run this Python, such as 3.13 (default: the newest that can import FAT)")
	f.IntVar(&v.opts.Seed, "seed", 1, "make other random values")
	f.StringSliceVar(&v.opts.Services, "services", nil, "compare only these")
	f.IntVar(&v.opts.Jobs, "jobs", 0, "pairs of interpreters at a time (default: half the processors)")
	f.DurationVar(&v.opts.Limit, "limit", verify.DefaultLimit, "end a package that takes longer for one case")
	f.StringVar(&v.only, "only-case", "", "repeat one case: `SERVICE:OPERATION:CASE`")
	f.StringArrayVar(&v.layers, "layer", nil, "a layer `FILE` that both run with, in the order in which the function lists them (repeatable)")
	f.StringArrayVar(&v.fatLayers, "fat-layer", nil, "a layer `FILE` that FAT runs with (repeatable)")
	f.StringArrayVar(&v.slimLayers, "slim-layer", nil, "a layer `FILE` that SLIM runs with (repeatable)")
	v.addOpening(cmd)
	v.addFlag(cmd)
	return cmd
}

func (v *verifying) run(ctx context.Context, fat, slim string) error {
	if err := errors.Join(v.check(), v.checkOptions()); err != nil {
		return err
	}
	layered := len(v.layers)+len(v.fatLayers)+len(v.slimLayers) > 0
	switch images := artifact.IsImage(fat) && artifact.IsImage(slim); {
	case images && layered:
		return usageError("layers are those of functions that are zips; an image has none of Lambda's")
	case images:
		return v.verifyImages(ctx, fat, slim)
	}
	trees, err := v.openOne([]string{fat, slim})
	defer closeAll(trees)
	if err != nil {
		return err
	}
	if layered {
		return v.verifyStack(ctx, trees[0], trees[1])
	}
	if err := v.lockedIn(trees[1]); err != nil {
		return err
	}
	verdict, err := v.compare(ctx, trees[0], trees[1])
	if err != nil {
		return err
	}
	return v.deliver(report.ForVerify(version(), fat, slim, verdict))
}

// verifyStack compares both packages as they run: with the layers, on one path.
func (v *verifying) verifyStack(ctx context.Context, fat, slim *artifact.Artifact) error {
	fatLayers, slimLayers := slices.Concat(v.layers, v.fatLayers), slices.Concat(v.layers, v.slimLayers)
	before, err := v.openStack(fat, fatLayers)
	if err != nil {
		return err
	}
	defer closeAll(before.parts)
	after, err := v.openStack(slim, slimLayers)
	if err != nil {
		return err
	}
	defer closeAll(after.parts)
	if v.opts.Path, err = before.path(v.opts.Python); err != nil {
		return err
	}
	if v.opts.Root, err = before.botocore(v.opts.Path); err != nil {
		return notCompared(err)
	}
	v.stacked = true
	if err := v.lockedIn(after.tree); err != nil {
		return err
	}
	verdict, err := v.compare(ctx, before.tree, after.tree)
	if err != nil {
		return err
	}
	doc := report.ForVerify(version(), fat.Path(), slim.Path(), verdict)
	doc.Verify.FatLayers, doc.Verify.SlimLayers = fatLayers, slimLayers
	notes, err := stacked(append([]*artifact.Artifact{fat}, before.parts...))
	for _, n := range notes {
		doc.Verify.Shadowed = append(doc.Verify.Shadowed, n.File+": "+n.Message)
	}
	if err != nil {
		return err
	}
	return v.deliver(doc)
}

// openStack opens the layers of a package; the caller closes them.
func (v *verifying) openStack(pkg *artifact.Artifact, layers []string) (*stack, error) {
	parts, err := v.openOne(layers)
	if err == nil {
		var s *stack
		if s, err = stackOf(pkg, parts, v.artifactOptions()); err == nil {
			return s, nil
		}
	}
	closeAll(parts)
	return nil, err
}

// compare runs both.
func (v *verifying) compare(ctx context.Context, fat, slim *artifact.Artifact) (*verify.Verdict, error) {
	bar := v.progress("verifying")
	defer bar.done()
	v.opts.Progress = bar.counted()
	verdict, err := verify.Compare(ctx, fat, slim, v.opts)
	if err != nil {
		return nil, notCompared(err)
	}
	return verdict, nil
}

// deliver writes the verdict.
func (v *verifying) deliver(doc *report.Document) error {
	if err := v.write(doc); err != nil {
		return err
	}
	if doc.Verify.Differs > 0 {
		return &exitError{exitGate, fmt.Errorf("%s", differ(doc.Verify.Differs)), "what differs in the slim package would differ in production: ship the fat one until this is understood"}
	}
	return nil
}

func differ(n int) string {
	if n == 1 {
		return "the packages differ in 1 case"
	}
	return "the packages differ in " + strconv.Itoa(n) + " cases"
}

func (v *verifying) checkOptions() error {
	if v.opts.Jobs < 0 {
		return usageError("--jobs %d is less than nothing", v.opts.Jobs)
	}
	if v.opts.Limit <= 0 {
		return usageError("--limit %s leaves no time", v.opts.Limit)
	}
	if v.only == "" {
		return nil
	}
	var err error
	if v.opts.Only, err = verify.ParseCase(v.only); err != nil {
		return &exitError{exitUsage, err, "the report prints the command that repeats a case"}
	}
	return nil
}

// lockedIn reads what the lock in a slim package says is kept.
func (v *verifying) lockedIn(slim *artifact.Artifact) error {
	v.opts.Keep = map[string][]string{}
	for _, f := range slim.Files() {
		if path.Base(f.Path) != plan.LockName || !f.Mode.IsRegular() || v.stacked && path.Dir(f.Path) != v.opts.Root {
			continue // that of another layer speaks of another botocore
		}
		data, err := slim.ReadFile(f.Path)
		if err != nil {
			return err
		}
		lock, err := plan.ReadLock(f.Path, data)
		if err != nil {
			return err
		}
		for name, service := range lock.Services {
			v.opts.Keep[name] = service.Operations
			if service.ClientsOnly {
				v.opts.ClientsOnly = append(v.opts.ClientsOnly, name)
			}
		}
	}
	return nil
}

// notCompared says what to do where there was nothing to compare.
func notCompared(err error) error {
	var none *verify.NoBotoError
	var unimportable *verify.ImportError
	switch {
	case errors.As(err, &none):
		return &exitError{exitFailed, err, "verify compares packages that hold botocore: what you would deploy, before and after slim"}
	case errors.As(err, &unimportable) && unimportable.Missing() != "":
		return &exitError{exitFailed, err, unimportable.Missing() + " is not in FAT: verify imports from nothing but the package; pip install --target puts it there"}
	case errors.As(err, &unimportable):
		return &exitError{exitFailed, err, "name the Python that the package is made for: --python 3.13"}
	}
	return err
}
