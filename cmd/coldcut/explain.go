package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/scan"
)

// explaining is one run of explain.
type explaining struct {
	*output
	path, name string
	sources    []string
	config     string
	maxSize    byteSize
	entries
	seen evidence
}

func newExplain(sys *system) *cobra.Command {
	x := &explaining{output: &output{sys: sys}, maxSize: artifact.DefaultMaxSize}
	cmd := &cobra.Command{
		Use:   "explain PATH SERVICE[:OPERATION|:SHAPE]",
		Short: "Show why a service, an operation or a shape is kept",
		Long: `explain prints the way from where the program begins to the place that uses the
service or operation, and from there back to where its client was made and to the
service's name, one line a step. Of what is not kept it says that nothing reaches
it, and where its name stands all the same.

Of a shape of a service's model it prints the way that leads to it, from an operation,
an exception or boto3's resources, or which operations would bring it back.`,
		Example: `  coldcut explain build/ dynamodb:GetItem
  coldcut explain build/ s3
  coldcut explain build/ s3:GetObjectOutput
  coldcut explain layer.zip sqs:send_message --sources src/`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &exitError{exitUsage, fmt.Errorf("%s needs a PATH and a SERVICE, SERVICE:OPERATION or SERVICE:SHAPE", cmd.CommandPath()), cmd.CommandPath() + " --help shows examples"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			x.path, x.name = args[0], args[1]
			return x.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&x.sources, "sources", nil, "a `DIR` of code outside PATH that runs with it (repeatable)")
	f.StringVar(&x.config, "config", "", "read the configuration from this `FILE`")
	f.Var(&x.maxSize, "max-size", "refuse packages that unpack to more than this")
	x.entries.addFlags(cmd)
	x.seen.addWith(cmd)
	x.addFlag(cmd)
	return cmd
}

func (x *explaining) run(ctx context.Context) error {
	if err := errors.Join(x.check(), x.seen.read()); err != nil {
		return err
	}
	conf, err := findConfig(x.config, append([]string{x.path}, x.sources...))
	if err != nil {
		return err
	}
	x.configure(conf)
	if len(x.sources) == 0 {
		x.sources = conf.sources()
	}
	paths := append([]string{x.path}, x.sources...)
	trees, err := openAll(paths, int64(x.maxSize))
	defer closeAll(trees)
	if err != nil {
		return err
	}
	bar := x.progress("scanning")
	opts := scan.Options{Sources: trees[1:], Declarations: conf.declarations(), Progress: bar.counted()}
	if err := x.options(paths, &opts); err != nil {
		return err
	}
	why, uses, err := scan.Explain(ctx, trees[0], opts, x.name, x.seen.addTo)
	bar.done()
	if err != nil {
		return err
	}
	uses.Notes = append(x.notes, uses.Notes...)
	return x.write(report.ForExplain(version(), x.path, uses, why))
}
