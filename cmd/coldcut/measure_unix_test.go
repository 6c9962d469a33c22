//go:build unix

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// TestMeasure runs the article's measurement, which knows of coldcut by
// AWS_ENDPOINT_URL alone, on its function with the whole boto3 and with the slim one.
func TestMeasure(t *testing.T) {
	r := newReality(t, "3.7", "boto3==1.9.233", "botocore==1.12.233")
	dir := t.TempDir()
	app, err := os.ReadFile("../../examples/dynamodb/app.py")
	if err != nil {
		t.Fatal(err)
	}
	whole, slim := filepath.Join(dir, "whole.zip"), filepath.Join(dir, "slim.zip")
	r.packZip(t, whole, "", []content{{name: "app.py", mode: 0o644, data: app}})
	if _, stderr, code := coldcut(t, "slim", whole, "-o", slim, "--only", "services", "--keep", "dynamodb"); code != exitOK {
		t.Fatal(stderr)
	}
	python := pyruntest.Need(t, "3.13")
	boto := pyruntest.Install(t, python, "boto3==1.44.5")
	script, err := filepath.Abs("../../examples/measure/measure.py")
	if err != nil {
		t.Fatal(err)
	}
	s := startServe(t, "--quiet", "--faults", "trace-delay=200ms,split-traces,unprocessed=4")
	for _, name := range []string{"whole", "slim"} {
		code, err := os.ReadFile(filepath.Join(dir, name+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		s.call(t, "POST", "/2015-03-31/functions", map[string]any{
			"FunctionName": name, "Runtime": "python3.7", "Role": "any", "Handler": "app.handler", "Code": map[string]any{"ZipFile": code},
			"TracingConfig": map[string]string{"Mode": "Active"}, "Timeout": 60, "Environment": map[string]any{"Variables": map[string]string{"OWN": "1"}},
		})
		out, _, err := python.Run(t.Context(), pyrun.Command{Bare: true, Args: []string{script, name, "6"}, Env: []string{
			"AWS_ENDPOINT_URL=" + s.url, "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_DEFAULT_REGION=us-east-1",
			"AWS_EC2_METADATA_DISABLED=true", "PYTHONPATH=" + boto, "HOME=" + dir,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := plausible(string(out), 6); err != nil {
			t.Errorf("%s: %v:\n%s", name, err, out)
		}
		left := s.call(t, "GET", "/2015-03-31/functions/"+name+"/configuration", nil)
		if !strings.Contains(left, `"Environment":{"Variables":{"OWN":"1"}}`) {
			t.Errorf("the environment is not what it was: %s", left)
		}
	}
	s.end(t, syscall.SIGTERM)
}

// plausible holds the program's lines to what time is: parts are no more than the
// whole, and the last line is the mean of the others.
func plausible(out string, count int) error {
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != count+1 || !strings.HasSuffix(lines[count], " mean") {
		return fmt.Errorf("%d lines, want %d", len(lines), count+1)
	}
	var sums, mean [3]float64
	for i, line := range lines {
		fields := strings.Fields(strings.TrimSuffix(line, " mean"))
		if len(fields) != 3 {
			return fmt.Errorf("%q has not three figures", line)
		}
		for j, field := range fields {
			value, err := strconv.ParseFloat(field, 64)
			if err != nil || value <= 0 {
				return fmt.Errorf("%q: %w", line, err)
			}
			if mean[j] = value; i < count {
				sums[j] += value
			}
		}
		if mean[0]+mean[1] > mean[2]+0.15 { // each is rounded
			return fmt.Errorf("%q: the parts are more than the whole", line)
		}
	}
	for j, sum := range sums {
		if math.Abs(sum/float64(count)-mean[j]) > 0.11 {
			return fmt.Errorf("the mean of column %d is not %g", j, mean[j])
		}
	}
	return nil
}
