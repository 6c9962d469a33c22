package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// release is a botocore to prove. The newest has no number.
type release struct {
	botocore string
	python   string // to run it in; the newest that there is if empty
	why      string
}

// releases are what people still run, each with something that others lack.
var releases = []release{
	{"", "", "the newest"},
	{"1.12.233", "3.7", "the article's: endpoints from a table, urllib3 1.25"},
	{"1.20.112", "3.8", "partitions and their variants, in the table still"},
	{"1.28.5", "3.9", "the last whose models are not compressed; the first endpoint rules"},
	{"1.31.85", "3.10", "endpoint rules for all, and the table beside them"},
	{"1.37.38", "3.12", "checksums by default, account ids in endpoints"},
}

// chosen are the releases of a run.
func chosen(botocore string, all, rotate bool, now time.Time) []release {
	switch {
	case all:
		return releases
	case rotate:
		_, week := now.UTC().ISOWeek()
		return []release{releases[0], releases[1+week%(len(releases)-1)]}
	}
	for _, r := range releases {
		if r.botocore == botocore {
			return []release{r}
		}
	}
	return []release{{botocore: botocore}}
}

// installed is a release on this machine.
type installed struct {
	release
	dir    string
	python *pyrun.Interpreter
}

// install brings the release with the boto3 that goes with it.
func (c *campaign) install(ctx context.Context, r release) (*installed, error) {
	python, err := example.Newest(ctx)
	if r.python != "" {
		python, err = pyrun.Find(ctx, r.python)
	}
	if err != nil {
		return nil, err
	}
	name, requirements := "newest", []string{"boto3"}
	if r.botocore != "" {
		name, requirements = r.botocore, []string{"boto3==" + boto3Of(r.botocore), "botocore==" + r.botocore}
	}
	in := &installed{r, filepath.Join(c.work, name, "fat"), python}
	if err := os.MkdirAll(filepath.Dir(in.dir), 0o755); err != nil {
		return nil, err
	}
	if err := (example.Kit{Out: os.Stderr}).Install(ctx, python, in.dir, requirements...); err != nil {
		return nil, fmt.Errorf("botocore %s: %w", name, err)
	}
	in.botocore = example.Release(in.dir, "botocore")
	return in, nil
}

// boto3Of is the boto3 that was released with a botocore. Left to itself, pip tries
// one after the other, from the newest on. Their minor versions were three apart
// until both were called 1.33 (their changelogs).
func boto3Of(botocore string) string {
	var minor, patch int
	if n, _ := fmt.Sscanf(botocore, "1.%d.%d", &minor, &patch); n == 2 && minor > 3 && minor < 33 {
		return fmt.Sprintf("1.%d.%d", minor-3, patch)
	}
	return botocore
}
