package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/scan"
)

// explaining is one run of explain.
type explaining struct {
	*output
	path, name string
	sources    []string
	config     string
	opening
	entries
	importing
	seen evidence
}

func newExplain(sys *system) *cobra.Command {
	x := &explaining{output: &output{sys: sys}}
	cmd := &cobra.Command{
		Use:   "explain PATH {SERVICE[:OPERATION|:SHAPE] | --imports}",
		Short: "Show why a service, an operation or a shape is kept",
		Long: `explain prints the way from where the program begins to the place that uses the
service or operation, and from there back to where its client was made and to the
service's name, one line a step. Of what is not kept it says that nothing reaches
it, and where its name stands all the same.

Of a shape of a service's model it prints the way that leads to it, from an operation,
an exception or boto3's resources, or which operations would bring it back.

--imports starts the function in Python, several times, and shows what it imports with
the time that each part takes, now and in the slim package, and which imports of your
own code take most. It runs the code that runs at import, with nothing of your
environment and without network; --env gives what it wants. Only compare the times
with one another: to take them costs time itself. A full bar is what stays, a light
one what goes, a dotted one what is imported from another place afterwards.`,
		Example: `  coldcut explain build/ dynamodb:GetItem
  coldcut explain build/ s3
  coldcut explain build/ s3:GetObjectOutput
  coldcut explain layer.zip sqs:send_message --sources src/
  coldcut explain build/ --imports --entry app.handler
  coldcut explain build/ --imports --slim function.zip --python 3.13 --env TABLE=orders`,
		Args: func(cmd *cobra.Command, args []string) error {
			if x.asked && len(args) == 1 {
				return nil
			}
			if x.asked || len(args) != 2 {
				return &exitError{exitUsage, fmt.Errorf("%s needs a PATH and a SERVICE, SERVICE:OPERATION or SERVICE:SHAPE, or else --imports", cmd.CommandPath()), cmd.CommandPath() + " --help shows examples"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			x.path = args[0]
			if x.asked {
				return x.imports(cmd.Context())
			}
			x.name = args[1]
			return x.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&x.sources, "sources", nil, "a `DIR` of code outside PATH that runs with it (repeatable)")
	f.StringVar(&x.config, "config", "", "read the configuration from this `FILE`")
	x.addOpening(cmd)
	x.entries.addFlags(cmd)
	f.BoolVar(&x.asked, "imports", false, "show what the function imports when it starts, and what that takes")
	f.StringVar(&x.slim, "slim", "", "compare the imports with those of this `PACKAGE` (default: what slim would make)")
	f.StringVar(&x.python, "python", "", "time the imports in this Python, `X.Y` (default: the newest that can import the function)")
	f.IntVar(&x.runs, "runs", 5, "how often the function is started")
	f.StringArrayVar(&x.env, "env", nil, "a variable that the function wants, `NAME=VALUE` (repeatable)")
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
	trees, err := x.openOne(paths)
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
