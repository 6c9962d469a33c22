package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/trace"
)

// commandExit is the exit code of a command that was traced; it needs no words.
type commandExit int

func (e commandExit) Error() string { return "the command exited with " + strconv.Itoa(int(e)) }

// tracing is one run of trace.
type tracing struct {
	sys       *system
	out       string
	appending bool
}

func newTrace(sys *system) *cobra.Command {
	t := &tracing{sys: sys}
	cmd := &cobra.Command{
		Use:   "trace [flags] -- COMMAND...",
		Short: "Run a program and record which AWS services and operations it uses",
		Long: `trace runs COMMAND, a test suite for example, with a hook in every Python that
it starts, and writes down each service and each operation that is really used,
with the line that does so. Stubs, moto and mocks count: what matters is that
the client's method is called. The command keeps its input, output and signals.

The hook gets in by PYTHONPATH, so python -I, -E and -S keep it out, and so does
a child that is given an environment of its own.

trace exits with the command's exit code, 128 and the signal's number if one
ended it. If no Python told of the hook there is nothing to write, and trace
exits with 1 where the command exits with 0.

A trace adds to what a scan finds; it never settles an unresolved place.`,
		Example: `  coldcut trace -- pytest tests/
  coldcut trace -o trace.json --append -- python -m app.worker --once
  coldcut scan build/ tests/ --against coldcut-trace.json
  coldcut slim build/ -o function.zip --with-trace coldcut-trace.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &exitError{exitUsage, errors.New("trace needs a command"), "coldcut trace -- pytest"}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return t.run(args) },
	}
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows the command's name is the command's
	f.StringVarP(&t.out, "output", "o", "coldcut-trace.json", "where the trace goes")
	f.BoolVar(&t.appending, "append", false, "add to the trace that is there")
	return cmd
}

func (t *tracing) run(args []string) error {
	// Before the command runs, for hours perhaps.
	old, err := t.before()
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, passedOn...)
	defer signal.Stop(signals)
	found, err := trace.Record(trace.Command{
		Args: args, Env: os.Environ(), Stdin: os.Stdin, Stdout: t.sys.stdout, Stderr: t.sys.stderr,
		Signals: signals, Arrived: arrived,
	})
	if err != nil {
		return notTraced(err)
	}
	exit := found.Runs[0].Exit
	t.tell(found)
	if old != nil {
		old.Append(found)
		found = old
	}
	data, err := found.Encode()
	if err == nil {
		err = artifact.WriteFileUnsynced(t.out, data) // to wait is most of what a short run costs
	}
	if err == nil && exit != 0 {
		err = commandExit(exit)
	}
	return err
}

// before returns the trace to which this run is to be added, if any.
func (t *tracing) before() (*trace.Trace, error) {
	if !t.appending {
		return nil, nil
	}
	old, err := readTrace(t.out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return old, err
}

// tell says what was seen, beside what the command wrote.
func (t *tracing) tell(found *trace.Trace) {
	run := found.Runs[0]
	fmt.Fprintf(t.sys.stderr, "coldcut: traced %s and %s in %s: %s\n",
		count(len(found.Services), "service"), count(found.Operations(), "operation"), count(run.Processes, "Python process"), report.Printable(t.out))
	if len(found.Services) == 0 {
		fmt.Fprintln(t.sys.stderr, "coldcut: hint: none of them made a client of AWS: does the command reach that code?")
	}
}

func count(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"):
		what += "e"
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// notTraced gives a run without a trace its exit code: the command's own, unless
// that would pass for success.
func notTraced(err error) error {
	var unseen *trace.UnseenError
	var unhooked *trace.UnhookedError
	switch {
	case errors.As(err, &unseen):
		hint := "the hook gets in by PYTHONPATH, which python -I, -E and -S ignore, and which the command's children must inherit"
		return &exitError{max(unseen.Exit, exitFailed), err, hint}
	case errors.As(err, &unhooked):
		return &exitError{max(unhooked.Exit, exitFailed), err, "tell us the versions of boto3 and botocore"}
	}
	return err
}

func readTrace(name string) (*trace.Trace, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	t, err := trace.Parse(data)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("%s: %w", name, err), "make it with coldcut trace -o " + name + " -- COMMAND"}
	}
	return t, nil
}

func readTraces(names []string) ([]*trace.Trace, error) {
	var all []*trace.Trace
	for _, name := range names {
		t, err := readTrace(name)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// evidence are the flags that bring traces to a scan.
type evidence struct {
	with, against []string

	traces, compared []*trace.Trace
}

func (e *evidence) addWith(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&e.with, "with-trace", nil, "add what the trace in `FILE` saw (repeatable)")
}

func (e *evidence) addAgainst(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&e.against, "against", nil, "tell what the trace in `FILE` saw and the scan missed (repeatable)")
}

// read fails before a long scan, not after it.
func (e *evidence) read() (err error) {
	if e.traces, err = readTraces(e.with); err != nil {
		return err
	}
	e.compared, err = readTraces(e.against)
	return err
}

// addTo adds the traces to what the scan found.
func (e *evidence) addTo(r *scan.Result) {
	for i, t := range e.traces {
		t.AddTo(r, e.with[i])
	}
}

// compare adds to a scan's document how it stands to the traces.
func (e *evidence) compare(r *scan.Result, d *report.Document) {
	if len(e.compared) > 0 {
		d.Against = trace.Compare(r, e.compared...)
	}
}

// verdict is the gate: anything that ran and is not kept.
func (e *evidence) verdict(d *report.Document) error {
	if d.Against == nil || len(d.Against.Missed) == 0 {
		return nil
	}
	hint := "if the code that did it is part of the program, give it as another PATH; if the scan read it, please report the line as a bug"
	return &exitError{exitGate, fmt.Errorf("the scan missed %s that ran", count(len(d.Against.Missed), "use")), hint}
}

// arrived reports whether a signal reached the command without our help: the
// terminal sends what is typed to every process before it.
func arrived(s os.Signal) bool { return slices.Contains(typed, s) && atTerminal() }
