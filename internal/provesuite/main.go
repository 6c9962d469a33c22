// Command provesuite runs botocore's and boto3's own tests against the packages as
// they are and with their imports deferred, and compares them test by test.
// `make prove-imports` runs it.
//
// The tests come from the projects' repositories, by tag, since what the package index
// has lacks them. The data folder stays whole. Tests of boto's documentation pages,
// which build each service's, take hours and are left out unless -docs asks for them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// campaign is one run.
type campaign struct {
	tag, work string
	suites    []string
	docs      bool
	workers   int
	python    *pyrun.Interpreter
	kit       example.Kit
}

func main() {
	c := campaign{kit: example.Kit{Out: os.Stderr}}
	var suites, version string
	flag.StringVar(&c.tag, "tag", "1.43.67", "the `RELEASE` of botocore and boto3")
	flag.StringVar(&c.work, "work", filepath.Join(".work", "provesuite"), "clone and install below `DIR`")
	flag.StringVar(&suites, "suites", "botocore/unit,botocore/functional,boto3/unit,boto3/functional", "run these `SUITES`")
	flag.StringVar(&version, "python", "", "the `X.Y` of the Python (default: the newest)")
	flag.BoolVar(&c.docs, "docs", false, "run the tests of documentation pages too")
	flag.IntVar(&c.workers, "workers", 2, "test processes")
	flag.Parse()
	c.suites = strings.Split(suites, ",")
	same, err := c.run(context.Background(), version)
	if err != nil {
		fmt.Fprintln(os.Stderr, "provesuite: error:", err)
		os.Exit(1)
	}
	if !same {
		os.Exit(3)
	}
}

// run reports whether every test had the same outcome on both sides.
func (c *campaign) run(ctx context.Context, version string) (bool, error) {
	var err error
	if c.python, err = pyrun.Find(ctx, version); err != nil {
		return false, err
	}
	if c.work, err = filepath.Abs(filepath.Join(c.work, c.tag)); err != nil {
		return false, err
	}
	if err := c.prepare(ctx); err != nil {
		return false, err
	}
	all := true
	for _, suite := range c.suites {
		same, err := c.compare(ctx, suite)
		if err != nil {
			return false, err
		}
		all = all && same
	}
	return all, nil
}

// prepare clones, installs and defers.
func (c *campaign) prepare(ctx context.Context) error {
	if err := c.kit.Install(ctx, c.python, c.in("tools"), "pytest==9.0.3", "pytest-xdist==3.5.0", "jsonschema==4.23.0"); err != nil {
		return err
	}
	if err := c.kit.Install(ctx, c.python, c.in("whole"), "--no-compile", "boto3=="+c.tag, "botocore=="+c.tag); err != nil {
		return err
	}
	for _, project := range []string{"botocore", "boto3"} {
		if _, err := os.Stat(c.in(project)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := c.kit.Run(ctx, "git", "clone", "--quiet", "--depth", "1", "--branch", c.tag, "https://github.com/boto/"+project, c.in(project)); err != nil {
			return err
		}
		// The tests must find the installed package, not the one beside them.
		if err := os.Rename(c.in(project, project), c.in(project, "not-"+project)); err != nil {
			return err
		}
	}
	return c.deferImports(ctx)
}

func (c *campaign) in(parts ...string) string {
	return filepath.Join(append([]string{c.work}, parts...)...)
}

// deferImports makes the other side, anew each time.
func (c *campaign) deferImports(ctx context.Context) (err error) {
	fat, err := artifact.Open(c.in("whole"), artifact.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fat.Close()) }()
	p, err := plan.New(fat, &scan.Result{}, plan.Options{Only: []string{plan.ImportsPass}, Keep: []string{"s3"}})
	if err != nil {
		return err
	}
	slim, err := shake.Apply(ctx, fat, p)
	if err != nil {
		return err
	}
	fmt.Printf("botocore and boto3 %s, Python %s: %d files changed\n", c.tag, c.python.Version, len(slim.Changes))
	if err := os.RemoveAll(c.in("deferred")); err != nil {
		return err
	}
	staged, err := artifact.Stage(ctx, slim.Artifact, c.in("deferred"), artifact.WriteOptions{})
	if err != nil {
		return err
	}
	return staged.Commit()
}

// slow are folders whose tests build the documentation of every service.
var slow = []string{"tests/functional/docs"}

// compare runs one suite on both sides and prints where they differ.
func (c *campaign) compare(ctx context.Context, suite string) (bool, error) {
	var sides [2]map[string]outcome
	for i, side := range []string{"whole", "deferred"} {
		var err error
		if sides[i], err = c.pytest(ctx, suite, side); err != nil {
			return false, fmt.Errorf("%s, %s: %w", suite, side, err)
		}
	}
	differences := diff(sides[0], sides[1])
	counts := map[string]int{}
	for _, o := range sides[0] {
		counts[o.result]++
	}
	fmt.Printf("%s: %d tests, %d passed, %d failed, %d skipped on both sides or as listed, %d differ\n",
		suite, len(sides[0]), counts["passed"], counts["failed"], counts["skipped"], len(differences))
	for _, d := range differences {
		fmt.Println("  " + d)
	}
	return len(differences) == 0, nil
}

// pytest runs one suite on one side. That tests fail is no error.
func (c *campaign) pytest(ctx context.Context, suite, side string) (map[string]outcome, error) {
	project, folder, ok := strings.Cut(suite, "/")
	if !ok {
		return nil, fmt.Errorf("%s is no suite such as botocore/unit", suite)
	}
	report := c.in(project + "-" + folder + "-" + side + ".xml")
	args := []string{
		"-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", fmt.Sprint(c.workers), "--tb=line",
		"-o", "junit_family=xunit1", "--junitxml=" + report, "tests/" + folder,
	}
	if !c.docs {
		for _, dir := range slow {
			args = append(args, "--ignore="+dir)
		}
	}
	home := c.in("home")
	if err := errors.Join(os.MkdirAll(home, 0o755), remove(report)); err != nil {
		return nil, err
	}
	_, _, failed := c.python.Run(ctx, pyrun.Command{
		Dir: c.in(project), Args: args,
		Env: []string{"HOME=" + home, "PYTHONPATH=" + c.in(side) + string(os.PathListSeparator) + c.in("tools"), "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0"},
	})
	f, err := os.Open(report)
	if err != nil {
		return nil, errors.Join(failed, err)
	}
	defer func() { _ = f.Close() }() // read to its end
	return readReport(f)
}

func remove(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// diff lists the tests whose outcomes differ, sorted.
func diff(whole, deferred map[string]outcome) []string {
	var list []string
	for name, w := range whole {
		if d, there := deferred[name]; !there {
			list = append(list, name+": not run with imports deferred")
		} else if d.result != w.result {
			list = append(list, fmt.Sprintf("%s: %s, with imports deferred %s: %s", name, w.result, d.result, d.message))
		}
	}
	for name := range deferred {
		if _, there := whole[name]; !there {
			list = append(list, name+": run with imports deferred alone")
		}
	}
	slices.Sort(list)
	return list
}
