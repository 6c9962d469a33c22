package main

import (
	"context"
	_ "embed" // what pytest is told by
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/internal/pyrun"
)

//go:embed plugin.py
var plugin []byte

// sides are the folders of the packages as they are, and with their imports deferred.
var sides = [2]string{"whole", "deferred"}

// slow are folders whose tests build the documentation of every service.
var slow = []string{"tests/functional/docs"}

// suite is one folder of tests of one project.
type suite struct {
	*campaign
	name, project, folder string
}

func (c *campaign) suite(name string) (*suite, error) {
	project, folder, ok := strings.Cut(name, "/")
	if !ok {
		return nil, fmt.Errorf("%s is no suite such as botocore/unit", name)
	}
	return &suite{c, name, project, folder}, nil
}

// compare runs the suite on both sides, as much of it as there is time for, and prints
// where they differ. What ran before is not run again.
func (s *suite) compare(ctx context.Context) (same bool, err error) {
	counts, err := s.counts(ctx)
	if err != nil {
		return false, err
	}
	all := pieces(counts, s.most)
	results := make([][2]map[string]outcome, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.workers)
	for i, p := range all {
		for k, side := range sides {
			group.Go(func() (err error) {
				if results[i][k], err = s.outcomes(ctx, p, side, s.part.Turn(i)); err != nil {
					return fmt.Errorf("%s, %s, %s: %w", s.name, strings.Join(p.files, " "), side, err)
				}
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	return s.tell(results), nil
}

// tell prints what came out, and reports whether all ran and nothing differs.
func (s *suite) tell(results [][2]map[string]outcome) bool {
	counts := map[string]int{}
	var differences []string
	tests, left := 0, 0
	for _, r := range results {
		if r[0] == nil || r[1] == nil {
			left++
			continue
		}
		for _, o := range r[0] {
			counts[o.result]++
		}
		tests += len(r[0])
		differences = append(differences, diff(r[0], r[1])...)
	}
	fmt.Fprintf(os.Stdout, "%s: %d tests, %d passed, %d failed, %d skipped on both sides or as listed, %d differ\n",
		s.name, tests, counts["passed"], counts["failed"], counts["skipped"], len(differences))
	for _, d := range differences {
		fmt.Fprintln(os.Stdout, "  "+d)
	}
	if left > 0 {
		fmt.Fprintf(os.Stdout, "%s: %d of %d pieces have not run; what ran is kept for the next time\n", s.name, left, len(results))
	}
	return left == 0 && len(differences) == 0
}

// counts are the tests of each file, as pytest finds them in the untouched package.
func (s *suite) counts(ctx context.Context) (map[string]int, error) {
	file := filepath.Join(s.results, s.project+"-"+s.folder+".json")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		args := []string{"--collect-only", "-q", "tests/" + s.folder}
		if !s.docs {
			for _, dir := range slow {
				args = append(args, "--ignore="+dir)
			}
		}
		if err := s.pytest(ctx, sides[0], []string{"COLDCUT_COUNTS=" + file + ".part"}, args...); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.Rename(file+".part", file); err != nil {
			return nil, err
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	return counts, json.Unmarshal(data, &counts)
}

// outcomes runs a piece on one side, if it has not run, is this run's and there is time;
// else there are none. That tests fail is no error.
func (s *suite) outcomes(ctx context.Context, p piece, side string, ours bool) (map[string]outcome, error) {
	file := filepath.Join(s.results, strings.Join([]string{s.project, s.folder, p.name(), side}, "-")+".xml")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if !ours || s.late() {
			return nil, nil
		}
		part := file + ".part"
		args := append([]string{"-q", "--tb=line", "-o", "junit_family=xunit1", "--junitxml=" + part}, p.files...)
		began := time.Now()
		failed := s.pytest(ctx, side, []string{"COLDCUT_PLACES=" + p.places()}, args...)
		fmt.Fprintf(os.Stderr, "%s: %s %s, %s: %.0f s\n", s.name, strings.Join(p.files, " "), p.places(), side, time.Since(began).Seconds())
		if ctx.Err() != nil {
			return nil, failed
		}
		if err := os.Rename(part, file); err != nil {
			return nil, errors.Join(failed, err) // pytest ended without a report
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read to its end
	return readReport(f, s.packageOn(side))
}

// late reports whether nothing may be begun any more.
func (c *campaign) late() bool { return !c.until.IsZero() && time.Now().After(c.until) }

// packageOn is the folder of one side's package.
func (s *suite) packageOn(side string) string {
	if side == sides[1] {
		return s.deferred
	}
	return s.in("whole")
}

// pytest runs pytest in the project's folder with one side's package.
func (s *suite) pytest(ctx context.Context, side string, env []string, args ...string) error {
	home := s.in("home", side)
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	path := strings.Join([]string{s.packageOn(side), s.in("tools"), s.in("plugin")}, string(os.PathListSeparator))
	_, _, err := s.python.Run(ctx, pyrun.Command{
		Dir: s.in(s.project), Args: append([]string{"-m", "pytest", "-p", "no:cacheprovider", "-p", "coldcut_places"}, args...),
		Env: append(env, "HOME="+home, "PYTHONPATH="+path, "PYTHONHASHSEED=0"),
	})
	return err
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
