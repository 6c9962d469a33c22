//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/bench"
	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/report"
)

// started is a function whose cold starts are measured.
type started struct {
	name  string // of the folder in examples
	about string
	flags []string // of coldcut slim
	bench []string // of coldcut bench
	// requirements are installed in place of the example's own.
	requirements []string
}

// coldFunctions are the article's function and two that do more at their start.
var coldFunctions = []started{
	{name: "dynamodb", about: "imports boto3, makes no client", flags: []string{"--keep", "dynamodb"}, requirements: []string{"boto3"}},
	{name: "orders", about: "clients of five services, and a table of DynamoDB", bench: []string{"--event", `{"Records": []}`}},
	{name: "fleet", about: "Powertools with pydantic, clients of ec2, cloudwatch and s3", bench: []string{"--event", "@examples/fleet/health.json"}},
}

// coldArms are the ways in which each function is deployed. People deploy the first
// two: tools that build packages on one Python for another, or that care for size,
// drop bytecode.
var coldArms = []struct {
	name string
	make func(ctx context.Context, s *setting, whole, dir string, flags []string) error
}{
	{"no-bytecode", func(_ context.Context, _ *setting, whole, dir string, _ []string) error {
		return copyTimes(whole, dir, false)
	}},
	{"pip", func(_ context.Context, _ *setting, whole, dir string, _ []string) error {
		return copyTimes(whole, dir, true)
	}},
	{"services", func(ctx context.Context, s *setting, whole, dir string, flags []string) error {
		return s.cut(ctx, whole, dir, append([]string{"--only", "services"}, flags...)...)
	}},
	{"slim", func(ctx context.Context, s *setting, whole, dir string, flags []string) error {
		return s.cut(ctx, whole, dir, flags...)
	}},
}

// coldStarts measures cold starts on a local Lambda, and leaves the page of each
// function beside its results.
func coldStarts(ctx context.Context, s *setting) error {
	rows := [][]string{{"function", "memory", "package", "zip", "bytecode", "Initialization, ms", "times faster", "total, ms", "times faster", "billed, ms"}}
	var notes []string
	for _, f := range coldFunctions {
		r, err := s.coldFunction(ctx, f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		rows = append(rows, coldRows(f, r)...)
		notes = append(notes, r.Notes...)
	}
	table(fmt.Sprintf("Cold starts on the local Lambda, Python %s, %d each in random order: medians with 95 %% intervals", s.python.Language(), s.coldStarts), rows...)
	slices.Sort(notes)
	fmt.Printf("\nTimes faster are against `pip`; ~ is not proven. Conditions: %s.\n", strings.Join(slices.Compact(notes), "; "))
	return nil
}

// coldFunction builds the packages of one function and measures them in one run.
func (s *setting) coldFunction(ctx context.Context, f started) (*bench.Result, error) {
	whole := filepath.Join(s.work, "cold-"+f.name+"-"+s.python.Language())
	if err := (example.Kit{Out: os.Stderr}).Build(ctx, s.python, f.name, whole, f.requirements...); err != nil {
		return nil, err
	}
	arms := filepath.Join(s.work, "cold-"+f.name+"-arms")
	if err := os.RemoveAll(arms); err != nil {
		return nil, err
	}
	if err := os.Mkdir(arms, 0o755); err != nil {
		return nil, err
	}
	saved, page := filepath.Join(s.work, "cold-"+f.name+".json"), filepath.Join(s.work, "cold-"+f.name+".html")
	args := []string{"bench", "--runtime", "python" + s.python.Language(), "--samples", fmt.Sprint(s.coldStarts), "--save", saved, "--html", page}
	for _, a := range coldArms {
		dir := filepath.Join(arms, a.name)
		if err := a.make(ctx, s, whole, dir, f.flags); err != nil {
			return nil, err
		}
		args = append(args, dir)
		if err := s.works(ctx, f.name, dir); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(os.Stderr, "$ coldcut %s\n", strings.Join(args, " "))
	if _, err := runOnce(ctx, s.coldcut, append(args, f.bench...)...); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(saved)
	if err != nil {
		return nil, err
	}
	return report.ReadBench(data)
}

// works runs the example's own tests on a package: what is fast because it is broken
// is not measured.
func (s *setting) works(ctx context.Context, name, dir string) error {
	_, stderr, err := s.python.Run(ctx, pyrun.Command{
		NoSite: true,
		Args:   []string{"-m", "unittest", "discover", filepath.Join("examples", name, "tests")},
		Env: []string{
			"PYTHONPATH=" + dir, "AWS_DEFAULT_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none",
		},
	})
	if err != nil {
		return fmt.Errorf("the tests of %s on %s: %w\n%s", name, dir, err, stderr)
	}
	return nil
}

// coldRows are the rows of one function.
func coldRows(f started, r *bench.Result) [][]string {
	var rows [][]string
	arms := slices.Clone(r.Arms)
	slices.SortStableFunc(arms, func(a, b bench.Arm) int { return cmp.Compare(a.MemoryMB, b.MemoryMB) })
	for _, a := range arms {
		row := []string{"`" + f.name + "`", fmt.Sprintf("%d MB", a.MemoryMB), a.Name, megabytes(a.Package.ZipBytes), string(a.Bytecode)}
		for _, m := range []bench.Metric{bench.Init, bench.Total} {
			row = append(row, interval(a.Summary[m]), faster(r, m, a))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.0f", a.Summary[bench.Billed].Median)))
	}
	rows[0][0] += ": " + f.about
	return rows
}

// interval is a median with its order-statistic interval.
func interval(s bench.Summary) string {
	if s.Low == nil || s.High == nil {
		return fmt.Sprintf("%.0f", s.Median)
	}
	return fmt.Sprintf("%.0f (%.0f to %.0f)", s.Median, *s.Low, *s.High)
}

// faster is how many times faster an arm is than what pip installs.
func faster(r *bench.Result, m bench.Metric, a bench.Arm) string {
	for _, c := range r.Compared {
		if c.Metric != m || c.MemoryMB != a.MemoryMB {
			continue
		}
		var ratio float64
		switch {
		case c.A == "pip" && c.B == a.Name:
			ratio = c.MedianA / c.MedianB
		case c.B == "pip" && c.A == a.Name:
			ratio = c.MedianB / c.MedianA
		default:
			continue
		}
		if !c.Proven {
			return "~"
		}
		return fmt.Sprintf("%.2f", ratio)
	}
	return ""
}

// copyTimes copies a package with the times of its files, which its bytecode is
// checked by, or without bytecode.
func copyTimes(from, to string, bytecode bool) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "__pycache__" && !bytecode {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		return copyFile(path, filepath.Join(to, name), d)
	})
}

func copyFile(from, to string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}
