//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// memory measures the most that `coldcut slim` ever has in memory.
func memory(ctx context.Context, s *setting) error {
	small, err := s.function(ctx)
	if err != nil {
		return err
	}
	large, err := s.huge(ctx)
	if err != nil {
		return err
	}
	const runs = 3 // it varies little
	rows := [][]string{{"package", "on disk", "from", "to", "peak memory", "time"}}
	for _, dir := range []string{small, large} {
		size, err := example.DiskUsage(ctx, dir)
		if err != nil {
			return err
		}
		zip, err := s.zip(ctx, dir)
		if err != nil {
			return err
		}
		name := map[string]string{small: "boto3", large: hugeName}[dir]
		for _, way := range []struct{ from, to, in, out string }{
			{"folder", "zip", dir, dir + "-slim.zip"},
			{"zip", "zip", zip, dir + "-slim.zip"},
			{"folder", "folder", dir, dir + "-slim"},
		} {
			var samples []sample
			for range runs {
				if err := os.RemoveAll(way.out); err != nil {
					return err
				}
				took, err := runOnce(ctx, s.coldcut, "slim", "--no-cache", "--no-verify", way.in, "-o", way.out, "--keep", "dynamodb")
				if err != nil {
					return err
				}
				samples = append(samples, took)
			}
			rows = append(rows, []string{name, megabytes(size), way.from, way.to, megabytes(most(samples)), ms(median(samples, wall))})
		}
	}
	table(fmt.Sprintf("Peak memory of coldcut slim, most of %d; at most 150 MB is promised", runs), rows...)
	return nil
}

// zip makes a zip of a folder, once.
func (s *setting) zip(ctx context.Context, dir string) (string, error) {
	out := dir + ".zip"
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		return out, err
	}
	_, _, err := s.python.Run(ctx, pyrun.Command{Isolated: true, Args: []string{"-m", "zipfile", "-c", out, dir + "/"}})
	if err != nil {
		return "", errors.Join(err, os.Remove(out))
	}
	return out, nil
}

func most(samples []sample) (peak int64) {
	for _, s := range samples {
		peak = max(peak, s.peak)
	}
	return peak
}
