//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/fleet"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/tinyboto"
)

// coldcutSays runs the program, which must end well.
func coldcutSays(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "coldcut", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("coldcut %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// TestAuditServe audits what coldcut serve has, whole and in parts, and holds what it
// says to what slim does to the same package.
func TestAuditServe(t *testing.T) {
	runtime := "python" + pyruntest.Need(t, "").Language()
	s := startServe(t)
	defer s.end(t, syscall.SIGTERM)
	o := fleet.Options{URL: s.url, Region: "us-east-1", Runtimes: []string{runtime}, Boto: tinyboto.Zip(t), Numbered: true}
	if err := o.Deploy(t.Context(), 0, 40); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(args ...string) []byte {
		return coldcutSays(t, append([]string{"audit", "--endpoint", s.url, "--data", filepath.Join(dir, "data")}, args...)...)
	}
	text := string(run("--html", filepath.Join(dir, "a.html")))
	for _, want := range []string{"a boto3 that can be cut", "us-east-1/both-0002 ", "40 functions of Python of the account 000000000000 in us-east-1", "not AWS was asked"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if again := string(run()); !strings.Contains(again, "40 functions as an earlier run found them") {
		t.Errorf("again:\n%s", again)
	}
	var whole, merged map[string]any
	readJSON(t, run("--format", "json"), &whole)
	parts := []string{filepath.Join(dir, "1.json"), filepath.Join(dir, "2.json")}
	for i, name := range parts {
		run("--shard", fmt.Sprintf("%d/2", i+1), "--save", name)
	}
	readJSON(t, coldcutSays(t, append([]string{"audit", "--merge", "--format", "json"}, parts...)...), &merged)
	got, _ := merged["functions"].([]any)
	want, _ := whole["functions"].([]any)
	if len(got) != 40 || len(want) != 40 {
		t.Fatalf("%d functions in parts, and %d in all", len(got), len(want))
	}
	for i := range got {
		if a, b := encode(t, got[i]), encode(t, want[i]); a != b {
			t.Errorf("in a part %s\nin all %s", a, b)
		}
	}
	keep := filepath.Join(dir, "keep")
	run("--keep", keep)
	asSlim(t, keep, whole)
}

func readJSON(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// judged is a function of an audit's document.
type judged struct {
	Name     string
	Services []string
	Takes    *audit.Takes
}

// asSlim holds what an audit says of a package to what slim does to it.
func asSlim(t *testing.T, keep string, document map[string]any) {
	t.Helper()
	var r struct {
		Functions []judged
	}
	readJSON(t, []byte(encode(t, document)), &r)
	for _, name := range []string{fleet.Name(2), fleet.Name(27)} { // both, unreached
		var d struct {
			Before, After *artifact.Stat
			Services      map[string][]string
		}
		readJSON(t, coldcutSays(t, "slim", filepath.Join(keep, "functions", "us-east-1-"+name+".zip"), "-o", filepath.Join(t.TempDir(), "slim.zip"),
			"--entry", "app.handler", "--no-bytecode", "--no-imports", "--no-verify", "--no-cache", "--format", "json"), &d)
		i := slices.IndexFunc(r.Functions, func(f judged) bool { return f.Name == name })
		if i < 0 || r.Functions[i].Takes == nil {
			t.Fatalf("%s is not there, or takes nothing", name)
		}
		f := r.Functions[i]
		if f.Takes.Files != d.Before.Files-d.After.Files || f.Takes.Bytes != d.Before.Bytes-d.After.Bytes || f.Takes.ZipBytes != d.Before.ZipBytes-d.After.ZipBytes {
			t.Errorf("%s: audit says %+v, and slim %+v to %+v", name, *f.Takes, *d.Before, *d.After)
		}
		if !slices.Equal(f.Services, slices.Sorted(maps.Keys(d.Services))) {
			t.Errorf("%s: audit says %v, and slim %v", name, f.Services, d.Services)
		}
	}
}

// TestAuditInterrupted interrupts an audit, and lets it go on.
func TestAuditInterrupted(t *testing.T) {
	runtime := "python" + pyruntest.Need(t, "").Language()
	s := startServe(t)
	defer s.end(t, syscall.SIGTERM)
	o := fleet.Options{URL: s.url, Region: "us-east-1", Runtimes: []string{runtime}, Boto: tinyboto.Zip(t), Numbered: true}
	if err := o.Deploy(t.Context(), 0, 200); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	cmd := exec.CommandContext(t.Context(), "coldcut", "audit", "--endpoint", s.url, "--data", data, "--jobs", "1", "--parallel", "1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	journal := filepath.Join(data, "functions.jsonl")
	for try := 0; ; try++ { // until some are done
		lines, _ := os.ReadFile(journal) // it comes later
		if bytes.Count(lines, []byte("\n")) > 5 {
			break
		}
		if try == 6000 {
			t.Fatalf("nothing is done: %s", &stderr)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(stderr.String(), "of 200 functions done") || !strings.Contains(stderr.String(), "the same command goes on from there: what is done is in "+data) {
		t.Fatalf("it ends with %v: %s", err, &stderr)
	}
	entries, err := os.ReadDir(data)
	if err != nil || len(entries) != 2 {
		t.Errorf("left are %v, %v", entries, err)
	}
	var d struct {
		Unchanged int
		Functions []any
	}
	readJSON(t, coldcutSays(t, "audit", "--endpoint", s.url, "--data", data, "--format", "json"), &d)
	if d.Unchanged < 5 || d.Unchanged >= 200 || len(d.Functions) != 200 {
		t.Errorf("%d functions, %d of them unchanged", len(d.Functions), d.Unchanged)
	}
}
