//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// stages tells where the time of `coldcut slim` goes. It does what the command
// does, through the same packages.
func stages(ctx context.Context, s *setting) (err error) {
	small, err := s.function(ctx)
	if err != nil {
		return err
	}
	large, err := s.huge(ctx)
	if err != nil {
		return err
	}
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return errors.Join(err, f.Close())
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	rows := [][]string{{"stage", "boto3", "", hugeName, ""}}
	for _, dir := range []string{small, large} {
		if rows, err = s.addStages(ctx, rows, dir); err != nil {
			return err
		}
	}
	table(fmt.Sprintf("Where coldcut's time goes, median of %d", s.runs), rows...)
	return nil
}

// addStages adds the columns of one package.
func (s *setting) addStages(ctx context.Context, rows [][]string, dir string) ([][]string, error) {
	var runs []laps
	for range s.runs + 1 {
		took, err := slimInStages(ctx, dir, filepath.Join(s.work, "stages.zip"))
		if err != nil {
			return nil, err
		}
		runs = append(runs, took)
	}
	runs = runs[1:] // the first fills the page cache
	total := median(runs, laps.sum)
	names := append(runs[0].names(), "all")
	if len(rows) == 1 {
		for _, name := range names {
			rows = append(rows, []string{name})
		}
	}
	for i := range names {
		took := total
		if i < len(names)-1 {
			took = median(runs, func(l laps) time.Duration { return l[i].took })
		}
		rows[i+1] = append(rows[i+1], ms(took), fmt.Sprintf("%.0f %%", 100*float64(took)/float64(total)))
	}
	return rows, nil
}

// laps are the stages of one run, in order.
type laps []lap

type lap struct {
	name string
	took time.Duration
}

func (l laps) sum() (sum time.Duration) {
	for _, one := range l {
		sum += one.took
	}
	return sum
}

func (l laps) names() (names []string) {
	for _, one := range l {
		names = append(names, one.name)
	}
	return names
}

func slimInStages(ctx context.Context, dir, out string) (took laps, err error) {
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	last := time.Now()
	done := func(name string) {
		now := time.Now()
		took = append(took, lap{name, now.Sub(last)})
		last = now
	}
	fat, err := artifact.Open(dir, artifact.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, fat.Close()) }()
	done("open the folder")
	uses, err := scan.Scan(ctx, fat, scan.Options{})
	if err != nil {
		return nil, err
	}
	done("scan the sources")
	p, err := plan.New(fat, uses, plan.Options{Keep: []string{"dynamodb"}, Credentials: plan.Environment})
	if err != nil {
		return nil, err
	}
	done("plan")
	slim, err := shake.Apply(ctx, fat, p)
	if err != nil {
		return nil, err
	}
	done("apply the passes")
	staged, err := artifact.Stage(ctx, slim.Artifact, out, artifact.WriteOptions{})
	if err != nil {
		return nil, err
	}
	done("write the zip")
	doc, err := report.ForSlim(ctx, "", out, fat, uses, p, slim)
	if err == nil {
		err = doc.JSON(io.Discard)
	}
	if err != nil {
		return nil, errors.Join(err, staged.Discard())
	}
	done("measure for the report")
	if err := staged.Commit(); err != nil {
		return nil, err
	}
	done("sync and rename")
	return took, nil
}
