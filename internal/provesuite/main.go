// Command provesuite runs botocore's and boto3's own tests against the packages as
// they are and as the passes imports and tune write them, and compares them test by test.
// `make prove-imports` runs it.
//
// The tests come from the release's source distribution, or from the project's
// repository, by tag, where that has none. The data folder stays whole. Tests of boto's
// documentation pages, which build each service's, take hours and are left out unless
// -docs asks for them.
//
// A suite is run in pieces, and what a piece came to is kept: a run that was ended, by
// -for or otherwise, goes on where it was.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/shard"
	"github.com/coldcut/coldcut/plan"
)

// campaign is one run.
type campaign struct {
	tag, work string
	passes    []string
	results   string // what pieces came to, for these very packages
	deferred  string // the folder of what the passes wrote
	part      shard.Shard
	docs      bool
	workers   int
	most      int       // tests in a piece
	until     time.Time // after which no piece is begun; zero is never
	python    *pyrun.Interpreter
	kit       example.Kit
}

func main() {
	c := campaign{kit: example.Kit{Out: os.Stderr}}
	var suites, passes, version string
	var limit time.Duration
	flag.StringVar(&c.tag, "tag", "1.43.67", "the `RELEASE` of botocore and boto3")
	flag.StringVar(&c.work, "work", filepath.Join(".work", "provesuite"), "bring and install below `DIR`")
	flag.StringVar(&suites, "suites", "botocore/unit,botocore/functional,boto3/unit,boto3/functional", "run these `SUITES`")
	flag.StringVar(&passes, "passes", plan.TunePass+","+plan.ImportsPass, "hold what these `PASSES` write to the package as it is")
	flag.StringVar(&version, "python", "", "the `X.Y` of the Python (default: the newest)")
	flag.BoolVar(&c.docs, "docs", false, "run the tests of documentation pages too")
	flag.IntVar(&c.workers, "workers", 2, "test processes")
	flag.IntVar(&c.most, "piece", 1500, "tests that are run at a time")
	flag.Var(&c.part, "shard", "take only the `I/N`th part of the pieces; I counts from 1 (default: all)")
	flag.DurationVar(&limit, "for", 0, "begin nothing after this `TIME`, and go on the next time (default: run to the end)")
	flag.Parse()
	c.passes = strings.Split(passes, ",")
	if limit > 0 {
		c.until = time.Now().Add(limit)
	}
	same, err := c.run(context.Background(), version, strings.Split(suites, ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, "provesuite: error:", err)
		os.Exit(1)
	}
	if !same {
		os.Exit(3)
	}
}

// run reports whether every test ran, and had the same outcome on both sides.
func (c *campaign) run(ctx context.Context, version string, suites []string) (bool, error) {
	var err error
	if c.python, err = pyrun.Find(ctx, version); err != nil {
		return false, err
	}
	if c.work, err = filepath.Abs(filepath.Join(c.work, c.tag+"-"+c.python.Language())); err != nil {
		return false, err
	}
	all := true
	for i, name := range suites {
		s, err := c.suite(name)
		if err != nil {
			return false, err
		}
		if i == 0 {
			if err := c.prepare(ctx); err != nil {
				return false, err
			}
		}
		if err := c.bring(ctx, s.project); err != nil {
			return false, err
		}
		same, err := s.compare(ctx)
		if err != nil {
			return false, err
		}
		all = all && same
	}
	return all, nil
}
