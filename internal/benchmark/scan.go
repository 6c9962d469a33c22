//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/coldcut/coldcut/internal/example"
)

// programs are functions with what they depend on, of more than 300,000 lines each.
var programs = []struct {
	name     string
	requires []string
}{
	{"worker", []string{"boto3", "celery[sqs]", "requests", "pydantic"}},
	{"web", []string{"boto3", "django", "django-storages[s3]", "requests", "aws-lambda-powertools[parser,tracer]"}},
}

// scans measures `coldcut scan` of whole functions: with an empty cache, and again.
func scans(ctx context.Context, s *setting) error {
	rows := [][]string{{"package", "lines", "files", "cold", "CPU time", "again", "CPU time", "ratio", "peak memory"}}
	for _, p := range programs {
		dir := filepath.Join(s.work, p.name+"-"+s.python.Language())
		args := append([]string{"--no-compile"}, p.requires...)
		if err := (example.Kit{Out: os.Stderr}).Build(ctx, s.python, "dynamodb", dir, args...); err != nil {
			return err
		}
		row, err := s.scanned(ctx, dir)
		if err != nil {
			return err
		}
		rows = append(rows, append([]string{p.name}, row...))
	}
	table(fmt.Sprintf("coldcut scan with an empty cache, and again, median of %d", s.runs), rows...)
	fmt.Println("\nAt most 2 s cold for 300,000 lines, a tenth of that again, and 300 MB are promised.")
	return nil
}

func (s *setting) scanned(ctx context.Context, dir string) ([]string, error) {
	lines, files, err := countLines(dir)
	if err != nil {
		return nil, err
	}
	cache := filepath.Join(s.work, "cache")
	var cold, warm []sample
	for n := range s.runs + 1 {
		if err := os.RemoveAll(cache); err != nil {
			return nil, err
		}
		for _, samples := range []*[]sample{&cold, &warm} {
			took, err := runOnce(ctx, s.coldcut, "scan", dir, "--format", "json", "--cache-dir", cache)
			if err != nil {
				return nil, err
			}
			if n > 0 { // the first fills the page cache
				*samples = append(*samples, took)
			}
		}
	}
	a, b := median(cold, wall), median(warm, wall)
	return []string{
		strconv.Itoa(lines), strconv.Itoa(files), ms(a), ms(median(cold, cpu)), ms(b), ms(median(warm, cpu)),
		fmt.Sprintf("%.3f", float64(b)/float64(a)), megabytes(most(append(cold, warm...))),
	}, nil
}

// countLines counts the Python sources in dir.
func countLines(dir string) (lines, files int, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".py" || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(name)
		files++
		lines += bytes.Count(text, []byte("\n"))
		return err
	})
	return lines, files, err
}
