// Command coldcut cuts boto3 down to what a Python program uses.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// The exit codes, the same in every format.
const (
	exitOK     = 0
	exitFailed = 1 // the tool failed
	exitUsage  = 2 // it was called in a way that it does not understand
	exitGate   = 3 // a gate tripped: slim refused, verify differed
)

// gcPercent trades a little time for memory: a cut of a large package runs beside
// builds, in small containers. It counts once the heap has grown to freeHeap, so that
// what is done in milliseconds needs no collection.
const gcPercent, freeHeap = 40, 16 << 20

// collectLater has the first collection happen at freeHeap. The runtime takes a
// percentage, of 4 MiB where there is little on the heap (runtime.heapMinimum).
func collectLater() {
	debug.SetGCPercent(100 * freeHeap / (4 << 20))
	then.Store(gcPercent)
	first := new(*int)
	runtime.AddCleanup(first, func(then *atomic.Int64) { debug.SetGCPercent(int(then.Load())) }, &then)
}

// then is the percentage after the first collection.
var then atomic.Int64

// auditPercent is that of an audit: it cuts hundreds of packages that are small beside
// the largest, one after another, and a third of the time would go into collecting.
const auditPercent = 200

// auditBase and auditEach are the memory that an audit aims at, in bytes: for itself, and
// for each function that is looked at at a time, of which half is garbage. Without an aim
// the most that it takes is the most of as many moments as there are functions, and grows
// with these.
const auditBase, auditEach = 16 << 20, 40 << 20

// collectRarely is for a long run of such work, so much of it at a time.
func (s *system) collectRarely(judges int) {
	then.Store(auditPercent)
	debug.SetGCPercent(auditPercent)
	if s.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(auditBase + int64(judges)*auditEach)
	}
}

// packing is how much memory a cut aims at once it is planned, in bytes. What was
// compiled is held until it is written, beside the files that are being packed.
const packing = 85 << 20

// keepSmall has memory collected sooner from now on, unless whoever started this said
// how much there may be. The scan is over then, which is fast because it is not asked.
func (s *system) keepSmall() {
	if s.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(packing)
	}
}

func main() {
	collectLater()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &system{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv})
	stop()
	os.Exit(code)
}

// system is what the program sees of the world; tests give another one.
type system struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	caching        caching
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, sys *system) int {
	root := newRoot(sys)
	addVerbs(root, sys, args)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var command commandExit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &command):
		return int(command)
	}
	return fail(sys.stderr, err)
}

// exitError is an error that knows its exit code and what to do about it.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// fail prints an error with its hint and returns its exit code.
func fail(w io.Writer, err error) int {
	e := explain(err)
	fmt.Fprintf(w, "coldcut: error: %s\n", report.Printable(e.err.Error()))
	if e.hint != "" {
		fmt.Fprintf(w, "coldcut: hint: %s\n", report.Printable(e.hint))
	}
	return e.code
}

// explain gives the errors of the packages below their exit codes and hints.
func explain(err error) *exitError {
	var known *exitError
	var refusedPlan *plan.RefusedError
	var refusedPackage *artifact.RefusedError
	var entry *scan.EntryError
	var unknownService *boto.UnknownServiceError
	var unknownOperation *boto.UnknownOperationError
	var declaration *scan.DeclarationError
	var undroppable *plan.UndroppableError
	var platform *artifact.PlatformError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusedPlan):
		return &exitError{exitGate, err, refusedPlan.Hint}
	case errors.As(err, &undroppable):
		return &exitError{exitGate, err, undroppable.Hint}
	case errors.As(err, &unknownService):
		hint := "coldcut scan PATH lists the names; they are those of boto3.client()"
		if len(unknownService.Similar) > 0 {
			hint = "did you mean " + strings.Join(unknownService.Similar, ", ") + "?"
		}
		return &exitError{exitUsage, err, hint}
	case errors.As(err, &entry):
		return unknownEntry(entry)
	case errors.As(err, &unknownOperation):
		return &exitError{exitUsage, err, "operations are named as in the API (GetItem) or as the client's method (get_item)"}
	case errors.As(err, &declaration):
		return &exitError{exitUsage, err, "coldcut slim --help shows how to declare what a place can ask for"}
	case errors.As(err, &platform):
		hint := "name the one that is meant: --platform " + platform.Has[0]
		if unique := slices.Compact(slices.Sorted(slices.Values(platform.Has))); len(unique) < len(platform.Has) {
			hint = "several are for one platform: save the one that is meant alone"
		}
		return &exitError{exitUsage, err, hint}
	case errors.As(err, &refusedPackage):
		return &exitError{exitFailed, err, refusedPackage.Hint}
	case errors.Is(err, context.Canceled):
		return &exitError{exitFailed, errors.New("interrupted; nothing was left behind"), ""}
	}
	return &exitError{exitFailed, err, ""}
}

func newRoot(sys *system) *cobra.Command {
	root := &cobra.Command{
		Use:   "coldcut",
		Short: "Cut boto3 down to what a Python program uses",
		Long: `coldcut finds which AWS services a Python program uses and cuts the boto3 and
botocore that are shipped with it down to those: in a Lambda function, a layer,
or a site-packages folder. Where it cannot tell, it keeps, or refuses and says where.`,
		Example: `  coldcut scan build/                          what the code uses, and where
  coldcut explain build/ dynamodb:GetItem      why it is kept
  coldcut slim build/ -o function.zip          the slim package
  coldcut slim layer.zip --sources src/ -o slim-layer.zip
  coldcut verify build/ function.zip           prove that it answers as before
  coldcut check src/                           does the lock keep what the code needs?
  coldcut init                                 look at a project, and say what to add to its build
  coldcut trace -- pytest                      what a run really used
  coldcut bench build/ function.zip            cold starts, compared
  coldcut audit --on aws                       what cuts would take, in a whole account`,
		Version:       built(debug.ReadBuildInfo()),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(args[:1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(sys.stdout)
	root.SetErr(sys.stderr)
	root.SetVersionTemplate("coldcut {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &exitError{exitUsage, err, fmt.Sprintf("%s --help shows the flags", cmd.CommandPath())}
	})
	sys.caching.addFlags(root)
	return root
}

var verbs = []struct {
	name string
	make func(*system) *cobra.Command
}{
	{"scan", newScan},
	{"explain", newExplain},
	{"slim", newSlim},
	{"verify", newVerify},
	{"check", newCheck},
	{"init", newInit},
	{"trace", newTrace},
	{"bench", newBench},
	{"audit", newAudit},
	{"serve", newServe},
}

// addVerbs adds the verb that args begin with alone, for the flags of the others take
// as long to make as all else that a start does in main; or else all.
func addVerbs(root *cobra.Command, sys *system, args []string) {
	for _, verb := range verbs {
		if len(args) > 0 && args[0] == verb.name {
			root.AddCommand(verb.make(sys))
			return
		}
	}
	for _, verb := range verbs {
		root.AddCommand(verb.make(sys))
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	strictArguments(root)
}

// strictArguments has the commands that cobra brings refuse what they do not
// know, as ours do.
func strictArguments(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if found, _, err := root.Find(args); err != nil || found == root && len(args) > 0 {
					return unknownCommand(args)
				}
				return nil
			}
		case "completion":
			cmd.Args = noArguments
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range cmd.Commands() {
				shell.Args = noArguments
			}
		}
	}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &exitError{exitUsage, fmt.Errorf("%s does not take %q", cmd.CommandPath(), args[0]), cmd.CommandPath() + " --help shows how it is called"}
	}
	return nil
}

func unknownCommand(args []string) error {
	return &exitError{exitUsage, fmt.Errorf("unknown command %q", strings.Join(args, " ")), "coldcut --help lists the commands"}
}

// built tells what the program was built of: its version and, where it was built in a
// checkout, the commit with its date. There is no other date: the same commit gives the
// same program whenever it is built.
func built(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "unknown"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	facts := []string{info.GoVersion, settings["GOOS"] + "/" + settings["GOARCH"]}
	if commit := settings["vcs.revision"]; commit != "" {
		fact := "commit " + commit[:min(len(commit), 12)] + " of " + settings["vcs.time"]
		if settings["vcs.modified"] == "true" {
			fact += " with changes"
		}
		facts = append([]string{fact}, facts...)
	}
	return version + " (" + strings.Join(facts, ", ") + ")"
}

// version comes from what the Go tool recorded in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "devel" {
			v += " " + s.Value[:min(len(s.Value), 12)]
		}
	}
	return v + " (" + info.GoVersion + ")"
}
