//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// parser compares the parser with CPython's over the same files, each on one
// core: the two benchmarks of internal/python, run in turns.
func parser(ctx context.Context, s *setting) error {
	tests := filepath.Join(s.work, "python.test")
	if err := exec.CommandContext(ctx, "go", "test", "-c", "-o", tests, "./internal/python").Run(); err != nil {
		return fmt.Errorf("go test -c ./internal/python: %w", err)
	}
	const turns = 3 // each of them parses for seconds
	var ours, theirs []float64
	for range turns {
		for name, speeds := range map[string]*[]float64{"BenchmarkParse": &ours, "BenchmarkAstParse": &theirs} {
			speed, err := goBenchmark(ctx, tests, name)
			if err != nil {
				return err
			}
			*speeds = append(*speeds, speed)
		}
	}
	id := func(f float64) float64 { return f }
	we, they := median(ours, id), median(theirs, id)
	table(fmt.Sprintf("The parser over the library of CPython %s on one core, median of %d; at least 50 MB/s is promised", s.python.Version, turns),
		[]string{"", "speed", "ratio"},
		[]string{"internal/python", fmt.Sprintf("%.0f MB/s", we), fmt.Sprintf("%.1f", we/they)},
		[]string{"ast.parse", fmt.Sprintf("%.1f MB/s", they), "1"})
	return nil
}

// goBenchmark runs one benchmark and returns its MB/s.
func goBenchmark(ctx context.Context, tests, name string) (float64, error) {
	binary, err := filepath.Abs(tests)
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.cpu=1", "-test.bench=^"+name+"$")
	cmd.Dir = filepath.Join("internal", "python") // where its test data lies
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	m := speed.FindSubmatch(out)
	if m == nil {
		return 0, errors.New(name + " tells no MB/s:\n" + string(out))
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

var speed = regexp.MustCompile(`([0-9.]+) MB/s`)
