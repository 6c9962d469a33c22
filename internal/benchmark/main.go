//go:build unix

// Command benchmark measures what coldcut promises of itself and prints the
// tables of docs/benchmarks.md. `make bench` runs it.
//
// What is compared runs in turns, several times, and the medians are compared:
// a machine that others use too slows both sides.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/page"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// setting is what the benchmarks share.
type setting struct {
	coldcut string // the binary
	work    string // where packages are made, and left for the next run
	runs    int
	// coldStarts are taken of each package at each memory size.
	coldStarts int
	// seed decides the order in which the arms of init run.
	seed uint64
	// functions are how many the audited accounts have.
	functions counts
	profile   string
	python    *pyrun.Interpreter
}

// counts is a flag of numbers.
type counts []int

// String implements [flag.Value].
func (c *counts) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint([]int(*c)), " ", ","), "[]")
}

// Set implements [flag.Value].
func (c *counts) Set(text string) error {
	*c = nil
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return fmt.Errorf("want numbers such as 100,500, not %q", text)
		}
		*c = append(*c, n)
	}
	return nil
}

type benchmark struct {
	name string
	run  func(context.Context, *setting) error
}

func main() {
	s := setting{work: filepath.Join(".work", "bench")}
	flag.StringVar(&s.coldcut, "coldcut", filepath.Join("bin", "coldcut"), "the `binary` to measure")
	flag.IntVar(&s.runs, "runs", 7, "how often each side runs")
	flag.IntVar(&s.coldStarts, "cold-starts", 30, "how many cold starts of each package at each memory size")
	flag.Uint64Var(&s.seed, "seed", 1, "what decides the order in which the arms of init run")
	s.functions = counts{100, 500}
	flag.Var(&s.functions, "functions", "how many functions the audited accounts have, with commas between them")
	flag.StringVar(&s.profile, "profile", "", "write a CPU profile of the stages to `FILE`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: benchmark [flags] [recipe|scan|memory|parser|article|trace|models|tools|proof|init|coldstarts|audit|stages]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(context.Background(), &s, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s *setting, names []string) (err error) {
	// Stages comes last: it makes this program large, see runOnce.
	all := []benchmark{{"recipe", recipe}, {"scan", scans}, {"memory", memory}, {"parser", parser}, {"article", article}, {"trace", trace}, {"models", models}, {"tools", tools}, {"proof", proof}, {"init", initialization}, {"coldstarts", coldStarts}, {"audit", auditRate}, {"stages", stages}}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(b benchmark) bool { return b.name == name }) {
			return fmt.Errorf("there is no benchmark %q", name)
		}
	}
	if s.python, err = example.Newest(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(s.work, 0o755); err != nil {
		return err
	}
	fmt.Printf("%s, %s, Python %s\n", machine(ctx), runtime.Version(), s.python.Version)
	for _, b := range all {
		if len(names) > 0 && !slices.Contains(names, b.name) {
			continue
		}
		if err := b.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	return nil
}

// machine describes the machine as far as it matters.
func machine(ctx context.Context) string {
	kernel, err := exec.CommandContext(ctx, "uname", "-sr").Output()
	if err != nil {
		kernel = []byte(runtime.GOOS)
	}
	return fmt.Sprintf("%d cores (%s), %s", runtime.NumCPU(), runtime.GOARCH, release.Find(kernel))
}

// release leaves out the part of a kernel's version that says who built it.
var release = regexp.MustCompile(`^\w+( \d+\.\d+)?`)

// function builds the function of the article with the newest boto3.
func (s *setting) function(ctx context.Context) (string, error) {
	dir := filepath.Join(s.work, "function-"+s.python.Language())
	return dir, example.Kit{Out: os.Stderr}.Build(ctx, s.python, "dynamodb", dir, "boto3")
}

// huge builds the same with more than the 250 MB that Lambda takes, from the
// libraries that get people there.
func (s *setting) huge(ctx context.Context) (string, error) {
	dir := filepath.Join(s.work, "huge-"+s.python.Language())
	return dir, example.Kit{Out: os.Stderr}.Build(ctx, s.python, "dynamodb", dir,
		"--only-binary", ":all:", "boto3", "numpy", "pandas", "pyarrow")
}

const hugeName = "boto3, numpy, pandas, pyarrow"

// table prints rows as Markdown, the first as the head.
func table(title string, rows ...[]string) {
	fmt.Printf("\n### %s\n\n", title)
	_ = page.Table(os.Stdout, rows)
}
