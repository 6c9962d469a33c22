// Command provescan measures the scan against what programs really do. It
// brings public Python programs, runs their own tests under `coldcut trace`
// with AWS mocked, and compares what ran with what the scan keeps.
// `make prove-scan` runs it.
//
// It runs in the root of the checkout and needs pip, git and tar. What it
// installs and records stays in .work/prove-scan, so that a killed run goes on
// and a second one only scans.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// campaign is one run of this program.
type campaign struct {
	coldcut string // the binary that traces
	work    string // where each program has a folder
	limit   time.Duration
	again   bool // record anew
	lock    bool // choose versions anew
}

func main() {
	c := campaign{work: filepath.Join(".work", "prove-scan")}
	var part shard
	update := flag.Bool("update", false, "rewrite the measured part of "+accuracy)
	flag.StringVar(&c.coldcut, "coldcut", filepath.Join("bin", "coldcut"), "the `binary` that traces")
	flag.DurationVar(&c.limit, "timeout", 20*time.Minute, "the longest that the tests of a program may take")
	flag.BoolVar(&c.again, "again", false, "run the tests again, also where nothing that they depend on changed")
	flag.BoolVar(&c.lock, "lock", false, "let pip choose the versions anew, and write them to internal/provescan/locks")
	flag.Var(&part, "shard", "take only the `I/N`th part of the programs; I counts from 1")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: provescan [flags] [PROGRAM]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &c, part, *update, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "provescan: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c *campaign, part shard, update bool, names []string) error {
	chosen, err := choose(programs, part, names)
	if err != nil {
		return err
	}
	if update && len(chosen) < len(programs) {
		return errors.New("-update needs all programs, not a part of them")
	}
	var all []*outcome
	var lost []error
	for _, p := range chosen {
		o, err := c.prove(ctx, p)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil { // the others still tell something
			err = fmt.Errorf("%s: %w", p.name, err)
			fmt.Fprintln(os.Stderr, "provescan:", err)
			lost = append(lost, err)
			continue
		}
		all = append(all, o)
	}
	fmt.Print(render(all))
	return conclude(all, lost, len(chosen), update)
}

// conclude says what is wrong with a campaign: a program that could not be
// measured is no less so than one of which the scan missed something.
func conclude(all []*outcome, lost []error, chosen int, update bool) error {
	if len(lost) > 0 {
		return fmt.Errorf("%d of %d programs are not measured:\n%w", len(lost), chosen, errors.Join(append(lost, missedAny(all))...))
	}
	if update {
		if err := place.Rewrite(accuracy, render(all)); err != nil {
			return err
		}
	}
	return missedAny(all)
}

// choose returns the programs with these names, or all, and of those a part.
func choose(from []*program, part shard, names []string) (chosen []*program, err error) {
	for _, name := range names {
		if !slices.ContainsFunc(from, func(p *program) bool { return p.name == name }) {
			return nil, fmt.Errorf("there is no program %q", name)
		}
	}
	for _, p := range from {
		if len(names) == 0 || slices.Contains(names, p.name) {
			chosen = append(chosen, p)
		}
	}
	return part.of(chosen), nil
}

// shard is a part of the programs. The zero value is all of them.
type shard struct{ index, count int }

// String implements [flag.Value].
func (s *shard) String() string { return fmt.Sprintf("%d/%d", max(s.index, 1), max(s.count, 1)) }

// Set implements [flag.Value].
func (s *shard) Set(text string) error {
	var rest string
	n, _ := fmt.Sscanf(text+" .", "%d/%d %s", &s.index, &s.count, &rest) // what it read is what counts
	if n != 3 || rest != "." || s.index < 1 || s.index > s.count {
		return errors.New("want I/N with 1 <= I <= N, such as 1/2")
	}
	return nil
}

// of takes every Nth program, which spreads neighbours that take long alike.
func (s *shard) of(all []*program) (part []*program) {
	for i, p := range all {
		if s.count == 0 || i%s.count == s.index-1 {
			part = append(part, p)
		}
	}
	return part
}
