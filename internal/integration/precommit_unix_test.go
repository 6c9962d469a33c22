//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// committing is a Git repository of a project, in which pre-commit runs hooks.
type committing struct {
	dir string
	env []string
}

func (c *committing) run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *committing) git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.run(t, "git", append([]string{"-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"}, args...)...)
	if err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// hooked is a repository that runs one hook of the repository at source.
func hooked(t *testing.T, source, id string) *committing {
	t.Helper()
	c := &committing{dir: project(t, "s3"), env: append(os.Environ(), "PRE_COMMIT_HOME="+t.TempDir(), "COLDCUT_CACHE=off")}
	of := &committing{dir: source, env: os.Environ()}
	write(t, filepath.Join(c.dir, ".pre-commit-config.yaml"), fmt.Sprintf(
		"repos:\n- repo: %s\n  rev: %s\n  hooks:\n  - id: %s\n    args: [src]\n", source, of.git(t, "rev-parse", "HEAD"), id))
	c.git(t, "init", "-q")
	c.git(t, "add", ".")
	c.git(t, "commit", "-q", "-m", "first")
	return c
}

// gates holds the hook to letting a commit pass and stopping the next one.
func (c *committing) gates(t *testing.T) {
	t.Helper()
	python := pyruntest.Need(t, "")
	c.env = append(c.env, "PYTHONPATH="+pyruntest.Install(t, python, "pre-commit"))
	if out, err := c.run(t, python.Path, "-m", "pre_commit", "run", "--all-files"); err != nil || !strings.Contains(out, "coldcut check") || !strings.Contains(out, "Passed") {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := c.run(t, python.Path, "-m", "pre_commit", "install"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write(t, filepath.Join(c.dir, "src", "more.py"), "import boto3\n\nboto3.client('sqs').close()\n")
	c.git(t, "add", ".")
	out, err := c.run(t, "git", "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-m", "second")
	if err == nil || !strings.Contains(out, "src/more.py:3:1  error  sqs is used") {
		t.Errorf("%v: %s", err, out)
	}
	if got := c.git(t, "log", "--format=%s"); got != "first" {
		t.Errorf("commits: %s", got)
	}
}

// TestPreCommitSystem has git commit run the hook with the coldcut of PATH.
func TestPreCommitSystem(t *testing.T) {
	need(t, "git")
	hooks := &committing{dir: t.TempDir(), env: os.Environ()}
	write(t, filepath.Join(hooks.dir, ".pre-commit-hooks.yaml"), read(t, filepath.Join(root, ".pre-commit-hooks.yaml")))
	hooks.git(t, "init", "-q")
	hooks.git(t, "add", ".")
	hooks.git(t, "commit", "-q", "-m", "hooks")
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "coldcut"), program(t), 0o755); err != nil {
		t.Fatal(err)
	}
	c := hooked(t, hooks.dir, "coldcut-check-system")
	c.env = append(c.env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	c.gates(t)
}

// TestPreCommitGo has pre-commit build coldcut from a clone of what is committed here.
// It compiles for minutes, and so only make test-recipes asks for it.
func TestPreCommitGo(t *testing.T) {
	if os.Getenv("COLDCUT_RECIPES") == "" {
		t.Skip("skipped: make test-recipes runs it")
	}
	need(t, "git", "go")
	clone := &committing{dir: t.TempDir(), env: os.Environ()}
	from, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	clone.git(t, "clone", "-q", from, ".")
	modules, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := hooked(t, clone.dir, "coldcut-check")
	c.env = append(c.env, "GOMODCACHE="+strings.TrimSpace(string(modules))) // what is here need not be fetched again
	c.gates(t)
}
