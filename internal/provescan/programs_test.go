package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/trace"
)

var (
	checksum = regexp.MustCompile(`^[0-9a-f]{64}$`)
	commit   = regexp.MustCompile(`^[0-9a-f]{40}$`)
	pinned   = regexp.MustCompile(`^[\w.-]+==[\w.]+$`)
)

// TestPrograms holds every program to be pinned: what runs elsewhere must be
// what ran here.
func TestPrograms(t *testing.T) {
	names := map[string]bool{}
	for _, p := range programs {
		s := p.source
		sdist := pinned.MatchString(s.sdist) && checksum.MatchString(s.sha256) && s.commit == ""
		commits := s.sdist == "" && strings.HasPrefix(s.repository, "https://") && commit.MatchString(s.commit)
		if sdist == commits {
			t.Errorf("%s: want either an sdist with its checksum or a repository with its commit", p.name)
		}
		if names[p.name] {
			t.Errorf("%s is there twice", p.name)
		}
		names[p.name] = true
		lock, err := os.ReadFile(filepath.Join("locks", p.name+".txt"))
		if err != nil {
			t.Errorf("%s: has no lock, make it with -lock: %v", p.name, err)
		}
		for line := range strings.Lines(string(lock)) {
			if !strings.Contains(line, "==") || strings.Contains(line, "/") {
				t.Errorf("%s: the lock has the line %q", p.name, line)
			}
		}
	}
	locks, err := filepath.Glob(filepath.Join("locks", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lock := range locks {
		if !names[strings.TrimSuffix(filepath.Base(lock), ".txt")] {
			t.Errorf("%s belongs to no program", lock)
		}
	}
}

func TestPins(t *testing.T) {
	frozen := "boto3==1.44.5\nprogram @ file:///somewhere/source\nidna==3.1\nboto3==1.44.5\n# a comment\n"
	if got, want := string(pins(frozen)), "boto3==1.44.5\nidna==3.1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTallyOf(t *testing.T) {
	tests := []struct {
		log  string
		want tally
	}{
		{"..F.\n1 failed, 13 passed, 1 skipped, 1 warning in 10.23s\n", tally{13, 1, 1}},
		{"54 passed in 9.88s\n", tally{54, 0, 0}},
		{"==== 2 failed, 3 passed, 4 errors in 1.20s (0:00:01) ====\n", tally{3, 6, 0}},
		{"5 passed, 1 xfailed, 2 xpassed, 3 subtests passed in 2s\n", tally{8, 0, 0}},
		{"a test prints 7 passed in 1s\n3 passed in 1.00s\ncoldcut: traced\n", tally{3, 0, 0}},
		{"no tests ran\n", tally{}},
	}
	for _, test := range tests {
		if got := tallyOf(test.log); got != test.want {
			t.Errorf("%q: got %v, want %v", test.log, got, test.want)
		}
	}
}

func TestOrigin(t *testing.T) {
	s := &site{program: &program{inside: []string{"lib/tests"}}, dir: t.TempDir()}
	for _, file := range []string{
		"lib/lib/__init__.py", "lib/lib/tests/test_a.py", "lib/both.py", "tools/moto/core.py", "tools/both.py", "tests/test_b.py", "tools/conftest.py", "tests/conftest.py",
	} {
		if err := os.MkdirAll(s.path(filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path(file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]origin{
		"lib/__init__.py":     fromProgram,
		"lib/tests/test_a.py": fromElsewhere,
		"both.py":             fromProgram, // the program comes first on the path
		"moto/core.py":        fromTools,
		"test_b.py":           fromElsewhere,
		"conftest.py":         fromElsewhere,
		"<string>":            fromElsewhere,
		"":                    fromElsewhere,
	} {
		if got := s.origin(file); got != want {
			t.Errorf("%q: got %d, want %d", file, got, want)
		}
	}
}

func TestIsOwn(t *testing.T) {
	s := &site{program: &program{callbacks: []string{"s3 GetObject"}}, dir: t.TempDir()}
	if err := os.MkdirAll(s.path(libDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(libDir, "app.py"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for use, want := range map[trace.Use]bool{
		{Service: "s3", File: "app.py"}:                            true,
		{Service: "s3", Operation: "PutObject", File: "app.py"}:    true,
		{Service: "s3", Operation: "GetObject", File: "app.py"}:    false,
		{Service: "s3", Operation: "PutObject", File: "test_a.py"}: false,
	} {
		if got := s.isOwn(use); got != want {
			t.Errorf("%v: got %t", use, got)
		}
	}
}

// TestCopyAll copies folders and files with what is in them.
func TestCopyAll(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "a.py"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := copyAll(filepath.Join(to, "tree"), from); err != nil {
		t.Fatal(err)
	}
	if err := copyAll(filepath.Join(to, "deep", "b.py"), filepath.Join(from, "a.py")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"tree/a.py", "deep/b.py"} {
		if data, err := os.ReadFile(filepath.Join(to, file)); err != nil || string(data) != "a" {
			t.Errorf("%s holds %q, %v", file, data, err)
		}
	}
}
