package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/scan"
)

// scanning is one run of scan.
type scanning struct {
	*output
	paths  []string
	layers []string
	config string
	opening
	entries
	evidence
}

func newScan(sys *system) *cobra.Command {
	s := &scanning{output: &output{sys: sys}}
	cmd := &cobra.Command{
		Use:   "scan PATH...",
		Short: "Show which AWS services and operations the code uses, and where",
		Long: `scan reads every Python source below each PATH (a folder, a zip, a layer or an image)
and prints one line a use:

  FILE:LINE:COLUMN  SERVICE  OPERATION  HOW

An operation of - is where the client or resource is made. "possible" uses could
not be ruled out. "unresolved" places are those whose service the sources do not
tell; slim refuses until they are declared, in a comment or the configuration
(coldcut slim --help).

--entry limits the scan to what runs from a handler. Without it, the handlers of a
SAM, CloudFormation, Serverless, CDK or Terraform template in PATH, beside it or in
the current folder count, where it plainly deploys this very code; the output names
them. An import of any name widens the scan again, which a note says.

The names of services and operations come from the botocore inside PATH, or,
where there is none, from an index of the newest one when coldcut was built.

With --against, scan compares itself with a run that coldcut trace recorded: it
tells what ran and would not be kept, and exits with 3 if there is any; and what
would be kept though the run did not touch it. Give the code of the tests as
another PATH if the tests ran.`,
		Example: `  coldcut scan src/
  coldcut scan build/ --format json
  coldcut scan layer.zip src/
  coldcut scan build/ --entry app.handler
  coldcut scan build/ tests/ --against coldcut-trace.json`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, paths []string) error {
			s.paths = paths
			return s.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	s.entries.addFlags(cmd)
	f.StringArrayVar(&s.layers, "layer", nil, "a layer `FILE` of the function, or its folder (repeatable)")
	s.addWith(cmd)
	s.addAgainst(cmd)
	f.StringVar(&s.config, "config", "", "read the configuration from this `FILE`")
	s.addOpening(cmd)
	s.addFlag(cmd)
	return cmd
}

func (s *scanning) run(ctx context.Context) error {
	if err := errors.Join(s.check(), s.evidence.read()); err != nil {
		return err
	}
	s.sys.prepareCache()
	conf, err := findConfig(s.config, s.paths)
	if err != nil {
		return err
	}
	s.configure(conf)
	trees, own, err := openSources(slices.Concat(s.paths, s.layers), s.artifactOptions())
	defer closeAll(trees)
	if err != nil {
		return err
	}
	pkg, rest, err := mainTree(trees)
	if err != nil {
		return err
	}
	bar := s.progress("scanning")
	opts := scan.Options{Sources: rest, Declarations: conf.declarations(), Progress: bar.counted()}
	uses, err := s.scan(ctx, s.sys, pkg, s.paths, opts)
	bar.done()
	if err != nil {
		return err
	}
	s.addTo(uses)
	notes, err := stacked(trees)
	if err != nil {
		return err
	}
	uses.Notes = slices.Concat(uses.Notes, notes, own)
	for _, t := range trees {
		if t.Image() == nil {
			continue
		}
		for _, note := range unseen(t.Image()) {
			uses.Notes = append(uses.Notes, scan.Note{Pos: scan.Pos{File: t.Path(), Line: 1, Column: 1}, Message: note})
		}
	}
	doc := report.ForScan(version(), pkg.Path(), uses)
	s.compare(uses, doc)
	if err := s.write(doc); err != nil {
		return err
	}
	return s.verdict(doc)
}

// mainTree picks the tree whose botocore names the services: the first that has one.
func mainTree(trees []*artifact.Artifact) (*artifact.Artifact, []*artifact.Artifact, error) {
	if len(trees) == 1 {
		return trees[0], nil, nil
	}
	for i, t := range trees {
		installed, err := boto.Find(t)
		if err != nil {
			return nil, nil, err
		}
		if len(installed) > 0 {
			return t, append(append([]*artifact.Artifact{}, trees[:i]...), trees[i+1:]...), nil
		}
	}
	return trees[0], trees[1:], nil
}

// openAll opens packages, and of an image each platform's, unless one is named.
func openAll(paths []string, opts artifact.Options) ([]*artifact.Artifact, error) {
	var trees []*artifact.Artifact
	for _, p := range paths {
		more, err := openEach(p, opts)
		if err != nil {
			return trees, err
		}
		trees = append(trees, more...)
	}
	return trees, nil
}

func openEach(path string, opts artifact.Options) ([]*artifact.Artifact, error) {
	if opts.Platform != "" || !artifact.IsImage(path) {
		t, err := artifact.Open(path, opts)
		return []*artifact.Artifact{t}, err
	}
	set, err := artifact.OpenImages(context.Background(), path, opts)
	if err != nil {
		return nil, err
	}
	var all []*artifact.Artifact
	for _, i := range set.Images() {
		all = append(all, i.Package())
	}
	return all, nil
}

// openOne opens packages, and of an image the one platform that is meant.
func (o *opening) openOne(paths []string) ([]*artifact.Artifact, error) {
	var trees []*artifact.Artifact
	for _, p := range paths {
		t, err := artifact.Open(p, o.artifactOptions())
		if err != nil {
			return trees, err
		}
		trees = append(trees, t)
	}
	return trees, nil
}

// opening is how packages are opened, as flags say.
type opening struct {
	maxSize  byteSize
	platform string
}

func (o *opening) addOpening(cmd *cobra.Command) {
	o.maxSize = artifact.DefaultMaxSize
	cmd.Flags().Var(&o.maxSize, "max-size", "refuse packages that unpack to more than this")
	cmd.Flags().StringVar(&o.platform, "platform", "", "of an image for several platforms take this `OS/ARCH`, such as linux/arm64")
}

func (o *opening) artifactOptions() artifact.Options {
	return artifact.Options{MaxSize: int64(o.maxSize), Platform: o.platform}
}

// closeAll closes what was only read; an error there has lost nothing.
func closeAll(trees []*artifact.Artifact) {
	for _, t := range trees {
		_ = t.Close()
	}
}

func needPaths(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &exitError{exitUsage, fmt.Errorf("%s needs a PATH", cmd.CommandPath()), cmd.CommandPath() + " --help shows examples"}
	}
	return nil
}
