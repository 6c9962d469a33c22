//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/example"
)

// tool is a way to make boto3 smaller.
type tool struct {
	name string
	make func(ctx context.Context, s *setting, whole, dir string) error
}

// byTool are all that pip installs and that we know of. Coldcut reads what is asked
// for; the others are told the services.
var byTool = []tool{
	{"whole, as pip installs it", copied},
	{"by hand: find, rm", func(ctx context.Context, s *setting, whole, dir string) error {
		if err := copied(ctx, s, whole, dir); err != nil {
			return err
		}
		_, err := runOnce(ctx, "sh", "-c", `find "$1" -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name dynamodb ! -name ec2 -exec rm -r {} +`, "sh", filepath.Join(dir, "botocore", "data"))
		return err
	}},
	{"botoprune 1.1.0", botoprune},
	{"botocore-a-la-carte 1.34.144", aLaCarte},
	{"coldcut, `--only services`", func(ctx context.Context, s *setting, whole, dir string) error {
		return s.cut(ctx, whole, dir, "--only", "services")
	}},
	{"coldcut", func(ctx context.Context, s *setting, whole, dir string) error { return s.cut(ctx, whole, dir) }},
}

func copied(_ context.Context, _ *setting, whole, dir string) error {
	return os.CopyFS(dir, os.DirFS(whole))
}

func (s *setting) cut(ctx context.Context, whole, dir string, flags ...string) error {
	_, err := runOnce(ctx, s.coldcut, append([]string{"slim", "--no-cache", "--no-verify", whole, "-o", dir}, flags...)...)
	return err
}

// botoprune deletes from the botocore that its Python imports.
func botoprune(ctx context.Context, s *setting, whole, dir string) error {
	home := filepath.Join(s.work, "botoprune")
	if err := (example.Kit{Out: os.Stderr}).Install(ctx, s.python, home, "--no-deps", "botoprune==1.1.0"); err != nil {
		return err
	}
	if err := copied(ctx, s, whole, dir); err != nil {
		return err
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	prune := `import sys; sys.path[:0] = sys.argv[1:3]; sys.argv[1:] = sys.argv[3:]; import runpy; runpy.run_module("botoprune.whitelist", run_name="__main__")`
	_, err = runOnce(ctx, s.python.Path, "-S", "-B", "-c", prune, path, home, "s3", "dynamodb", "ec2")
	return err
}

// aLaCarte is a botocore whose services are distributions of their own, up to a
// release of 2024.
func aLaCarte(ctx context.Context, s *setting, _, dir string) error {
	const version = "==1.34.144"
	return example.Kit{Out: os.Stderr}.Install(ctx, s.python, dir, "--no-deps",
		"boto3"+version, "botocore-a-la-carte"+version, "botocore-a-la-carte-s3"+version, "botocore-a-la-carte-dynamodb"+version,
		"botocore-a-la-carte-ec2"+version,
		"s3transfer<0.11", "jmespath", "python-dateutil", "six", "urllib3")
}

// tools compares what the ways to make boto3 smaller leave of it.
func tools(ctx context.Context, s *setting) error {
	whole, err := s.asks(ctx, "tools-function", asked)
	if err != nil {
		return err
	}
	arms := make([]*arm, len(byTool))
	for i, t := range byTool {
		dir := filepath.Join(s.work, fmt.Sprintf("tool-%d", i))
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := t.make(ctx, s, whole, dir); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		arms[i] = &arm{name: t.name, dir: dir, costs: map[string][]cost{}}
		if err := s.compile(ctx, dir); err != nil {
			return err
		}
	}
	runs := max(s.runs, 20)
	if err := s.clients(ctx, arms, runs); err != nil {
		return err
	}
	rows := [][]string{{"", "boto3", "`ec2`", "`dynamodb`", "`s3`", "times faster", "peak memory, `ec2`", "botocore/data", "files", "on disk", "as a zip"}}
	for _, a := range arms {
		row, err := s.toolRow(ctx, arms[0], a)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	table(fmt.Sprintf("What tools leave of boto3, with ec2, dynamodb and s3 at three operations each, median of %d", runs), rows...)
	return nil
}

func (s *setting) toolRow(ctx context.Context, whole, a *arm) ([]string, error) {
	row := []string{a.name, example.Release(a.dir, "boto3")}
	var times []string
	for _, service := range asked {
		took := median(a.costs[service.service], func(c cost) float64 { return c.Wall })
		before := median(whole.costs[service.service], func(c cost) float64 { return c.Wall })
		row = append(row, fmt.Sprintf("%.1f ms", 1e3*took))
		times = append(times, fmt.Sprintf("%.1f", before/took))
	}
	row = append(row, strings.Join(times, ", "), megabytes(int64(median(a.costs["ec2"], func(c cost) float64 { return c.Peak }))))
	data, err := example.DiskUsage(ctx, filepath.Join(a.dir, "botocore", "data"))
	if err != nil {
		return nil, err
	}
	pkg, err := artifact.Open(a.dir, artifact.Options{})
	if err != nil {
		return nil, err
	}
	sum, err := pkg.Stat(ctx)
	if closing := pkg.Close(); err == nil {
		err = closing
	}
	return append(row, example.Size(data), fmt.Sprint(sum.Files), megabytes(sum.DiskBytes), megabytes(sum.ZipBytes)), err
}
