package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/bench"
	"github.com/coldcut/coldcut/internal/awslambda"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/report"
)

// benching is one run of bench.
type benching struct {
	*output
	run      awslambda.Options
	place    awslambda.Place
	on       string
	from     []string
	save     string
	html     string
	slim     string
	event    string
	env      []string
	borrowed []string
	local    localOptions
	opening
	rate   float64
	price  float64
	yes    bool
	policy bool
	laid   []string // what is measured of images
}

func newBench(sys *system) *cobra.Command {
	b := &benching{output: &output{sys: sys}}
	cmd := &cobra.Command{
		Use:   "bench ARM ARM...",
		Short: "Compare the cold starts of packages, on this machine or on AWS",
		Long: `bench deploys each ARM, a package, as functions of its own, forces cold starts in
random order, and compares the time until Initialization, Initialization and the
total as X-Ray has them.

--on local, the default, starts a local Lambda on loopback and runs the packages
in a real Python there. Its cold starts have no download and no placement, so they
are comparable with one another and never with those of AWS.

Of a container image, what Python imports of it runs there as a zip: the folders of its
path over one another, and not its own interpreter.

--on aws uses your AWS configuration. It says what it will create and about what
that costs, and asks. --function measures functions that are there, and puts them
back as they were. Everything temporary is deleted at the end, on errors, Ctrl-C
and SIGTERM. --print-policy prints the IAM policy that this needs.

A difference is shown only if it is proven: Mann-Whitney p below 0.05 after Holm's
correction, and a 95 % interval clear of zero; else there is a ~. --format json
holds every sample, and --from renders it again.`,
		Example: `  coldcut bench build/ function.zip
  coldcut bench fat.zip slim.zip --samples 50 --memory 128,1769 --html report.html
  coldcut bench fat.zip slim.zip --on aws --role arn:aws:iam::123456789012:role/measure
  coldcut bench --on aws --function orders --function orders-slim
  coldcut bench --from results.json --html report.html`,
		RunE: func(cmd *cobra.Command, args []string) error { return b.main(cmd.Context(), args) },
	}
	b.addFlags(cmd)
	return cmd
}

func (b *benching) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.on, "on", "local", "where to run: local or aws")
	f.IntVar(&b.run.Samples, "samples", 30, "cold starts for each ARM at each memory size")
	f.IntSliceVar(&b.run.MemoryMB, "memory", nil, "memory sizes in `MB` (default 128,512,1769; functions that are there: their own)")
	f.Uint64Var(&b.run.Seed, "seed", 0, "draw the order by this (default: a new one, which is printed)")
	f.StringVar(&b.run.Handler, "handler", "", "the handler, such as app.handler (default: the only one that the packages have)")
	f.StringVar(&b.run.Runtime, "runtime", "", "the runtime, such as python3.13 (default: the newest Python here; python3.13 on AWS)")
	f.StringVar(&b.run.Arch, "arch", "", "x86_64 or arm64 (default: this machine's; x86_64 on AWS)")
	f.StringArrayVar(&b.env, "env", nil, "an environment variable of the functions, `NAME=VALUE` (repeatable)")
	f.StringVar(&b.event, "event", "", "the event, as JSON or as @`FILE` (default {})")
	f.DurationVar(&b.run.Timeout, "timeout", 30*time.Second, "the functions' timeout")
	f.BoolVar(&b.run.AllowErrors, "allow-errors", false, "count cold starts whose handler fails")
	f.StringVar(&b.save, "save", "", "write the results as JSON to this `FILE` too")
	f.StringVar(&b.html, "html", "", "write a page with pictures to this `FILE` too")
	f.StringVar(&b.slim, "slim", "", "show on the page what was cut, by this `FILE` of coldcut slim --format json")
	f.StringArrayVar(&b.from, "from", nil, "render the results in this `FILE` instead of measuring (repeatable)")
	f.Float64Var(&b.rate, "cold-starts", 1_000_000, "cold starts in a month, for what the difference costs")
	f.Float64Var(&b.price, "price", 0, "USD a GB-second (default: the published price for the architecture)")
	b.addOpening(cmd)
	b.addPlaceFlags(cmd)
	b.addFlag(cmd)
}

func (b *benching) addPlaceFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&b.borrowed, "function", nil, "on AWS: measure this function as it is (repeatable)")
	f.StringVar(&b.run.Role, "role", "", "on AWS: the `ARN` of the temporary functions' role")
	f.StringVar(&b.run.Bucket, "bucket", "", "on AWS: upload packages over 50 MB to this bucket")
	f.StringVar(&b.place.Region, "region", "", "on AWS: the region (default: that of your configuration)")
	f.StringVar(&b.place.Profile, "profile", "", "on AWS: the profile of your configuration")
	f.IntVar(&b.run.Parallel, "parallel", 0, "on AWS: functions at a time (default: half of what the account has left, at most 12)")
	f.BoolVar(&b.yes, "yes", false, "on AWS: do not ask")
	f.BoolVar(&b.policy, "print-policy", false, "print the IAM policy that a run on AWS needs, and do nothing")
	b.local.addFlags(cmd)
}

func (b *benching) main(ctx context.Context, args []string) error {
	if err := b.check(); err != nil {
		return err
	}
	switch {
	case b.policy:
		return b.printPolicy(args)
	case len(b.from) > 0:
		return b.again(args)
	}
	if err := b.checkRun(args); err != nil {
		return err
	}
	cut, err := b.readSlim() // before a long run, not after it
	if err != nil {
		return err
	}
	if err := b.prepare(ctx, args); err != nil {
		return err
	}
	r, err := b.measure(ctx)
	if err != nil {
		return b.notMeasured(err)
	}
	return b.render(r, cut)
}

// checkRun refuses flags that do not go together.
func (b *benching) checkRun(args []string) error {
	switch {
	case b.on != "local" && b.on != "aws":
		return usageError("unknown place %q; there are local and aws", b.on)
	case len(args)+len(b.borrowed) < 2:
		return &exitError{exitUsage, errors.New("bench compares: it needs two arms at least"), "coldcut bench build/ function.zip"}
	case b.on == "local" && len(b.borrowed) > 0:
		return usageError("--function is for --on aws: a local Lambda starts empty")
	case b.on == "local" && (b.run.Role != "" || b.run.Bucket != "" || b.place != awslambda.Place{}):
		return usageError("--role, --bucket, --region and --profile are for --on aws")
	case b.on == "aws" && len(args) > 0 && b.run.Role == "":
		return &exitError{exitUsage, errors.New("temporary functions need a role: --role ARN"), "docs/reference/iam-policy.md says what it must allow"}
	case b.run.Samples < 1 || b.run.Parallel < 0 || b.rate < 0 || b.price < 0:
		return usageError("--samples, --parallel, --cold-starts and --price cannot be less than nothing")
	case slices.ContainsFunc(b.run.MemoryMB, func(m int) bool { return m < 128 || m > 10240 }):
		return usageError("Lambda has 128 to 10240 MB")
	}
	return nil
}

func (b *benching) printPolicy(args []string) error {
	o := b.run
	for _, name := range args {
		o.Arms = append(o.Arms, awslambda.Arm{Name: name})
	}
	for _, name := range b.borrowed {
		o.Arms = append(o.Arms, awslambda.Arm{Name: name, Function: name})
	}
	_, err := b.sys.stdout.Write(awslambda.Policy(o))
	return err
}

// prepare fills in what a run needs and was not given.
func (b *benching) prepare(ctx context.Context, args []string) error {
	trees, err := b.openArms(args)
	defer closeAll(trees)
	if err != nil {
		return err
	}
	if err := b.defaults(ctx, trees); err != nil {
		return err
	}
	if err := b.inputs(); err != nil {
		return err
	}
	python := strings.TrimPrefix(b.run.Runtime, "python")
	bar := b.progress("reading the packages")
	defer bar.done()
	var handlers [][]string
	names := armNames(args)
	for i, tree := range trees {
		p, err := bench.Load(ctx, tree, python)
		if err != nil {
			return err
		}
		b.run.Arms = append(b.run.Arms, awslambda.Arm{Name: names[i], Package: p})
		found, err := handlersOf(tree, p.Zip)
		if err != nil {
			return err
		}
		handlers = append(handlers, found)
	}
	for _, name := range b.borrowed {
		b.run.Arms = append(b.run.Arms, awslambda.Arm{Name: name, Function: name})
	}
	return b.chooseHandler(handlers)
}

func (b *benching) defaults(ctx context.Context, trees []*artifact.Artifact) error {
	if b.run.Seed == 0 {
		b.run.Seed = 1 + uint64(rand.Uint32()) // short enough for every reader of JSON
	}
	if len(b.run.MemoryMB) == 0 && len(b.borrowed) == 0 {
		b.run.MemoryMB = []int{128, 512, 1769}
	}
	if b.run.Arch == "" {
		b.run.Arch = "x86_64"
		if b.on == "local" && runtime.GOARCH == "arm64" {
			b.run.Arch = "arm64"
		}
	}
	if b.run.Arch != "x86_64" && b.run.Arch != "arm64" {
		return usageError("unknown architecture %q; there are x86_64 and arm64", b.run.Arch)
	}
	if b.run.Runtime != "" {
		return nil
	}
	b.run.Runtime = "python3.13"
	if b.on == "local" {
		p, err := pyrun.Find(ctx, pythonOf(trees))
		if err != nil {
			return err
		}
		b.run.Runtime = "python" + p.Language()
	}
	return nil
}

// inputs reads the environment and the event.
func (b *benching) inputs() error {
	b.run.Env = map[string]string{}
	for _, pair := range b.env {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return usageError("--env %q is not NAME=VALUE", pair)
		}
		b.run.Env[name] = value
	}
	b.run.Event = []byte(b.event)
	if name, ok := strings.CutPrefix(b.event, "@"); ok {
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("the event: %w", err)
		}
		b.run.Event = data
	}
	return nil
}

// armNames names arms by the last part of their paths, as far as that tells them
// apart. The same package may be given twice: that shows what chance does.
func armNames(paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
		same := func(other string) bool { return other != path && filepath.Base(other) == names[i] }
		if slices.ContainsFunc(paths, same) {
			names[i] = path
		}
	}
	for i, name := range names {
		for n := 2; slices.Contains(names[:i], names[i]); n++ {
			names[i] = fmt.Sprintf("%s (%d)", name, n)
		}
	}
	return names
}

// chooseHandler takes the one handler that all packages have.
func (b *benching) chooseHandler(found [][]string) error {
	if b.run.Handler != "" || len(found) == 0 {
		return nil
	}
	all := found[0]
	for _, f := range found[1:] {
		all = slices.DeleteFunc(slices.Clone(all), func(h string) bool { return !slices.Contains(f, h) })
	}
	switch len(all) {
	case 1:
		b.run.Handler = all[0]
		return nil
	case 0:
		return &exitError{exitUsage, errors.New("no handler was found that all packages have"), "name it: --handler app.handler"}
	}
	return &exitError{exitUsage, fmt.Errorf("there are %d handlers: %s", len(all), strings.Join(all, ", ")), "name one: --handler " + all[0]}
}

// measure runs the benchmark where it was asked for.
func (b *benching) measure(ctx context.Context) (r *bench.Result, err error) {
	if b.on == "local" {
		var stop func() error
		if b.place.Endpoint, stop, err = b.local.start(); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, stop()) }()
		b.run.Parallel, b.run.Role = 1, localRole
		b.run.Poll, b.run.Patience = 5*time.Millisecond, 10*time.Second
	}
	client, err := awslambda.Connect(ctx, b.place)
	if err != nil {
		return nil, err
	}
	if b.on == "aws" {
		b.run.DeleteLogs = true
		if err := b.ask(client.Region()); err != nil {
			return nil, err
		}
	}
	bar := b.progress("cold starts")
	b.run.Progress = bar.counted()
	r, err = client.Run(ctx, b.run)
	bar.done()
	if err == nil {
		r.Notes = slices.Concat(b.local.conditions(), b.laid, r.Notes)
	}
	return r, err
}

// ask says what a run on AWS does, and lets the user decide.
func (b *benching) ask(region string) error {
	e := b.run.Estimate()
	fmt.Fprintf(b.sys.stderr, "coldcut: in %s:\n", region)
	if e.Functions > 0 {
		fmt.Fprintf(b.sys.stderr, "  creates %s named %s…, and deletes what it created at the end\n", count(e.Functions, "function"), awslambda.Prefix)
	}
	for _, name := range e.Borrowed {
		fmt.Fprintf(b.sys.stderr, "  changes the environment, memory size and tracing of %s over and over, and restores them\n", report.Printable(name))
	}
	fmt.Fprintf(b.sys.stderr, "  takes %s: about %s and %.2f USD\n", count(e.ColdStarts, "cold start"), e.Time.Round(time.Minute), max(e.USD, 0.01))
	if b.yes {
		return nil
	}
	if !isTerminal(b.sys.stderr) {
		return &exitError{exitUsage, errors.New("nobody is there to be asked"), "--yes says yes"}
	}
	fmt.Fprint(b.sys.stderr, "Go on? [y/N] ")
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errors.New("not begun")
	}
	return nil
}

// again renders results that are there.
func (b *benching) again(args []string) error {
	if len(args) > 0 {
		return usageError("--from renders what was measured; it takes no ARM")
	}
	var all []*bench.Result
	for _, name := range b.from {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r, err := report.ReadBench(data)
		if err != nil {
			return &exitError{exitFailed, fmt.Errorf("%s: %w", name, err), "make it with coldcut bench --format json"}
		}
		all = append(all, r)
	}
	r, err := bench.Merge(all...)
	if err != nil {
		return &exitError{exitUsage, err, "measure both in one run"}
	}
	cut, err := b.readSlim()
	if err != nil {
		return err
	}
	return b.render(r, cut)
}

// render writes the results in every form that was asked for.
func (b *benching) render(r *bench.Result, cut *report.Slim) error {
	r.Rates.ColdStarts = b.rate
	if b.price > 0 {
		r.Rates.GBSecond, r.Rates.Source = b.price, "--price"
	}
	r.Analyse()
	d := report.ForBench(version(), r)
	if b.save != "" {
		var data strings.Builder
		if err := d.JSON(&data); err != nil {
			return err
		}
		if err := artifact.WriteFile(b.save, []byte(data.String())); err != nil {
			return err
		}
	}
	if b.html != "" {
		page, err := d.Page(cut)
		if err != nil {
			return err
		}
		if err := artifact.WriteFile(b.html, page); err != nil {
			return err
		}
	}
	return b.write(d)
}

// readSlim reads what coldcut slim reported, if it was given.
func (b *benching) readSlim() (*report.Slim, error) {
	if b.slim == "" {
		return nil, nil
	}
	data, err := os.ReadFile(b.slim)
	if err != nil {
		return nil, err
	}
	cut, err := report.ReadSlim(data)
	if err != nil {
		return nil, &exitError{exitFailed, fmt.Errorf("%s: %w", b.slim, err), "make it with coldcut slim --format json"}
	}
	return cut, nil
}

// notMeasured says what to do where a run failed. What it could not clean up comes
// first: nothing else can wait as little.
func (b *benching) notMeasured(err error) error {
	var left *awslambda.CleanupError
	if errors.As(err, &left) {
		for name, data := range left.Restore {
			if e := os.WriteFile(name, data, 0o600); e != nil {
				err = errors.Join(err, e)
			}
		}
		fmt.Fprintln(b.sys.stderr, "coldcut: something was left behind; these commands clean it up:")
		for _, command := range left.Commands {
			fmt.Fprintln(b.sys.stderr, "  "+report.Printable(command))
		}
		return &exitError{exitFailed, err, ""}
	}
	return explainBench(err)
}

func explainBench(err error) error {
	var failed *awslambda.FunctionError
	var large *awslambda.TooLargeError
	var changed *awslambda.ChangedError
	var region *awslambda.NoRegionError
	switch {
	case errors.As(err, &region):
		return &exitError{exitFailed, err, "name one: --region us-east-1"}
	case errors.As(err, &failed) && failed.Init:
		return &exitError{exitFailed, err, "a function that cannot start has no cold start to measure: do the package, --handler, --runtime and --env belong together?"}
	case errors.As(err, &failed):
		return &exitError{exitFailed, err, "give it an event that it can handle with --event, or count its failures with --allow-errors"}
	case errors.As(err, &large) && large.Direct:
		return &exitError{exitFailed, err, "--bucket NAME uploads it through a bucket of yours"}
	case errors.As(err, &changed):
		return &exitError{exitFailed, err, "run again when nobody deploys; it was left as they made it"}
	}
	return err
}
