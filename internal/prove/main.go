// Command prove cuts every service of a botocore to subsets of its operations,
// the way `coldcut slim` does, and holds each slim package to the whole one, the
// way `coldcut verify` does. Each operation is covered twice, in different company.
// `make prove` runs it.
//
// It runs in the root of the checkout and needs pip. What it installs and finds
// out stays in .work/prove: a killed run goes on where it was, and one with other
// code starts anew.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/coldcut/coldcut/internal/shard"
)

// campaign is one run of this program.
type campaign struct {
	work    string // where each release has a folder
	seed    int
	part    shard.Shard
	workers int
	sample  bool
	only    list // services
}

func main() {
	c := campaign{}
	var botocore string
	var all, rotate, update bool
	flag.StringVar(&c.work, "work", filepath.Join(".work", "prove"), "the `folder` for what is installed and found out")
	flag.StringVar(&botocore, "botocore", "", "prove this `release` of botocore (default: the newest)")
	flag.BoolVar(&all, "versions", false, "prove the newest botocore and those of internal/prove/release.go")
	flag.BoolVar(&rotate, "rotate", false, "prove the newest and one of the others, another one each week")
	flag.BoolVar(&c.sample, "sample", false, "prove the most used services once, and a few operations of some others")
	flag.BoolVar(&update, "update", false, "rewrite the measured part of "+safety)
	flag.IntVar(&c.seed, "seed", 0, "choose subsets and values anew (default: the date)")
	flag.Var(&c.only, "services", "prove only these `SERVICES`")
	flag.IntVar(&c.workers, "workers", runtime.NumCPU(), "packages at a time")
	flag.Var(&c.part, "shard", "take only the `I/N`th part of the packages; I counts from 1 (default: what the environment says)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &c, chosen(botocore, all, rotate, time.Now()), update); err != nil {
		fmt.Fprintln(os.Stderr, "prove: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c *campaign, releases []release, update bool) error {
	if c.part.Count == 0 {
		var err error
		if c.part, err = shard.From(os.Getenv); err != nil {
			return err
		}
	}
	if c.seed == 0 {
		c.seed = seedOf(time.Now())
	}
	if update && !c.whole() {
		return fmt.Errorf("-update needs the whole campaign, not a part of it")
	}
	differs := 0
	for _, r := range releases {
		s, err := c.prove(ctx, r)
		if err != nil {
			return err
		}
		s.print(os.Stdout)
		differs += s.Differs
		if update && s.Differs == 0 {
			if err := publish(s); err != nil {
				return err
			}
		}
	}
	if differs > 0 {
		return fmt.Errorf("%d cases differ", differs)
	}
	return nil
}

// whole reports whether nothing is left out.
func (c *campaign) whole() bool { return c.part.Count <= 1 && !c.sample && len(c.only) == 0 }

// seedOf is the day, so that runs of one day repeat each other.
func seedOf(t time.Time) int {
	y, m, d := t.UTC().Date()
	return y*10000 + int(m)*100 + d
}
