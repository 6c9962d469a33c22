package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/scan"
)

func newScan(sys *system) *cobra.Command {
	out := &output{sys: sys}
	var maxSize byteSize = artifact.DefaultMaxSize
	var config string
	var begin entries
	cmd := &cobra.Command{
		Use:   "scan PATH...",
		Short: "Show which AWS services and operations the code uses, and where",
		Long: `scan reads every Python source below each PATH (a folder, a zip or a layer) and
prints one line a use:

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
where there is none, from an index of the newest one when coldcut was built.`,
		Example: `  coldcut scan src/
  coldcut scan build/ --format json
  coldcut scan layer.zip src/
  coldcut scan build/ --entry app.handler`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, paths []string) error {
			return runScan(cmd.Context(), out, paths, config, int64(maxSize), &begin)
		},
	}
	out.addFlag(cmd)
	begin.addFlags(cmd)
	cmd.Flags().StringVar(&config, "config", "", "read the configuration from this `FILE`")
	cmd.Flags().Var(&maxSize, "max-size", "refuse packages that unpack to more than this")
	return cmd
}

func runScan(ctx context.Context, out *output, paths []string, config string, maxSize int64, begin *entries) error {
	if err := out.check(); err != nil {
		return err
	}
	conf, err := findConfig(config, paths)
	if err != nil {
		return err
	}
	begin.configure(conf)
	trees, err := openAll(paths, maxSize)
	defer closeAll(trees)
	if err != nil {
		return err
	}
	pkg, rest, err := mainTree(trees)
	if err != nil {
		return err
	}
	bar := out.progress("scanning")
	uses, err := begin.scan(ctx, out.sys, pkg, paths, scan.Options{Sources: rest, Declarations: conf.declarations(), Progress: bar.counted()})
	bar.done()
	if err != nil {
		return err
	}
	return out.write(report.ForScan(version(), pkg.Path(), uses))
}

// mainTree picks the tree whose botocore names the services: the first that has one.
func mainTree(trees []*artifact.Artifact) (*artifact.Artifact, []*artifact.Artifact, error) {
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

func openAll(paths []string, maxSize int64) ([]*artifact.Artifact, error) {
	var trees []*artifact.Artifact
	for _, p := range paths {
		t, err := artifact.Open(p, artifact.Options{MaxSize: maxSize})
		if err != nil {
			return trees, err
		}
		trees = append(trees, t)
	}
	return trees, nil
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
