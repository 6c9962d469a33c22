package artifact

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func simple(t *testing.T) *Artifact {
	t.Helper()
	return open(t, raw(stored("app.py", "new"), stored("lib/x.py", "new")).file(t))
}

func TestOverlap(t *testing.T) {
	tmp := t.TempDir()
	pkg := makeTree(t, filepath.Join(tmp, "outer", "pkg"), []node{{path: "sub/app.py", content: "x", mode: 0o644}})
	zip := raw(stored("a", "1")).file(t)
	check(t, os.Link(zip, filepath.Join(tmp, "hard.zip")))
	alias := filepath.Join(tmp, "alias")
	if err := os.Symlink(pkg, alias); err != nil {
		t.Skipf("no links here: %v", err)
	}
	check(t, os.Symlink(zip, filepath.Join(tmp, "soft.zip")))
	tests := []struct{ name, pkg, out string }{
		{"equal", pkg, pkg},
		{"equal with a slash", pkg, pkg + "/"},
		{"inside", pkg, pkg + "/out"},
		{"inside, a zip", pkg, pkg + "/out.zip"},
		{"deep inside", pkg, pkg + "/sub/out"},
		{"through dots", pkg, pkg + "/../pkg/sub/../out"},
		{"through a link", pkg, alias},
		{"inside through a link", pkg, alias + "/sub/out"},
		{"from a link", alias, pkg + "/out"},
		{"around", pkg, filepath.Dir(pkg)},
		{"far around", pkg, tmp},
		{"around a zip", zip, filepath.Dir(zip)},
		{"the zip itself", zip, zip},
		{"a hard link to it", zip, filepath.Join(tmp, "hard.zip")},
		{"a link to it", zip, filepath.Join(tmp, "soft.zip")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Stage(t.Context(), open(t, test.pkg), test.out, WriteOptions{Replace: true})
			if !errors.Is(err, ErrOverlap) {
				t.Errorf("got %v", err)
			}
		})
	}
	write(t, open(t, pkg), pkg+"-slim", WriteOptions{}) // a name alone is no overlap
}

func TestExists(t *testing.T) {
	tmp := t.TempDir()
	at := func(name string) string { return filepath.Join(tmp, name) }
	makeTree(t, tmp, []node{
		{path: "full/a", mode: 0o644}, {path: "empty/", mode: 0o755}, {path: "dir.zip/", mode: 0o755},
		{path: "text.zip", content: "hello", mode: 0o644}, {path: "file", content: "hello", mode: 0o644},
	})
	check(t, os.WriteFile(at("old.zip"), raw(stored("old", "")).bytes(), 0o644))
	check(t, os.WriteFile(at("none.zip"), raw().bytes(), 0o644))
	tests := []struct {
		out     string
		replace bool
		ok      bool
	}{
		{"full", false, false}, {"full", true, true}, {"empty", false, true}, {"dir.zip", true, false},
		{"text.zip", true, false}, {"file", true, false}, {"old.zip", false, true}, {"none.zip", false, true},
		{"fresh", false, true}, {"fresh.ZIP", false, true},
	}
	for _, test := range tests {
		s, err := Stage(t.Context(), simple(t), at(test.out), WriteOptions{Replace: test.replace})
		if err == nil {
			err = s.Commit()
		}
		if test.ok && err != nil || !test.ok && !errors.Is(err, ErrExists) {
			t.Errorf("%s: got %v", test.out, err)
		}
		if err == nil {
			if got := paths(open(t, at(test.out))); got != "app.py lib/x.py" {
				t.Errorf("%s: holds %s", test.out, got)
			}
		}
	}
	if left, _ := filepath.Glob(at(".*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

func TestStageCommitDiscard(t *testing.T) {
	for _, name := range []string{"out", "out.zip"} {
		out := filepath.Join(t.TempDir(), name)
		s, err := Stage(t.Context(), simple(t), out, WriteOptions{})
		check(t, err)
		if got := paths(open(t, s.Path())); got != "app.py lib/x.py" {
			t.Errorf("staged %s", got)
		}
		if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there before it was committed", name)
		}
		check(t, s.Discard())
		check(t, s.Discard())
		if err := s.Commit(); err == nil {
			t.Error("committed what was discarded")
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
			t.Errorf("left %v behind", left)
		}
	}
}

func TestStageBusy(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.zip")
	s, err := Stage(t.Context(), simple(t), out, WriteOptions{})
	check(t, err)
	if _, err := Stage(t.Context(), simple(t), out, WriteOptions{}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	write(t, simple(t), filepath.Join(filepath.Dir(out), "other.zip"), WriteOptions{})
	check(t, s.Commit())
	write(t, simple(t), out, WriteOptions{})
}

// TestStageChangedMeanwhile checks OUT again before it is replaced.
func TestStageChangedMeanwhile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	s, err := Stage(t.Context(), simple(t), out, WriteOptions{})
	check(t, err)
	makeTree(t, out, []node{{path: "precious", mode: 0o644}})
	if err := s.Commit(); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if got := paths(open(t, out)); got != "precious" {
		t.Errorf("holds %s", got)
	}
}

func TestStageCancelled(t *testing.T) {
	for _, name := range []string{"out", "out.zip"} {
		out := filepath.Join(t.TempDir(), name)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Stage(ctx, simple(t), out, WriteOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) > 0 {
			t.Errorf("left %v behind", left)
		}
	}
}

func TestStageThroughLink(t *testing.T) {
	tmp := t.TempDir()
	check(t, os.Mkdir(filepath.Join(tmp, "builds"), 0o755))
	old := filepath.Join(tmp, "builds", "1.zip")
	check(t, os.WriteFile(old, raw().bytes(), 0o644))
	if err := os.Symlink("builds/1.zip", filepath.Join(tmp, "out.zip")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	write(t, simple(t), filepath.Join(tmp, "out.zip"), WriteOptions{})
	if got := paths(open(t, old)); got != "app.py lib/x.py" {
		t.Errorf("the link's target holds %s", got)
	}
}

func TestStageNoFolder(t *testing.T) {
	_, err := Stage(t.Context(), simple(t), filepath.Join(t.TempDir(), "none", "out.zip"), WriteOptions{})
	if err == nil || !strings.Contains(err.Error(), "folder must exist") {
		t.Errorf("got %v", err)
	}
}

// TestAside replaces a directory the way of systems that cannot swap two.
func TestAside(t *testing.T) {
	tmp := t.TempDir()
	out := makeTree(t, filepath.Join(tmp, "out"), []node{{path: "old", mode: 0o644}})
	s, err := Stage(t.Context(), simple(t), out, WriteOptions{Replace: true})
	check(t, err)
	s.swap = func(_, _ string) error { return errors.ErrUnsupported }
	check(t, s.Commit())
	if got := paths(open(t, out)); got != "app.py lib/x.py" {
		t.Errorf("holds %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, ".*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

// TestAsideKilled finds what a run leaves that dies between the two steps of
// that way.
func TestAsideKilled(t *testing.T) {
	tmp := t.TempDir()
	out := filepath.Join(tmp, "out")
	berth := filepath.Join(tmp, ".out.coldcut-partial")
	makeTree(t, berth, []node{{path: "old/precious", content: "x", mode: 0o644}, {path: "new/out/app.py", mode: 0o644}})
	if _, err := Stage(t.Context(), simple(t), out, WriteOptions{}); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if got := paths(open(t, out)); got != "precious" {
		t.Errorf("holds %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, ".*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

// TestLeftovers clears what a dead run left, even what forbids it.
func TestLeftovers(t *testing.T) {
	tmp := t.TempDir()
	berth := filepath.Join(tmp, ".out.coldcut-partial")
	makeTree(t, berth, []node{{path: "lock", mode: 0o600}, {path: "new/out/a/b", mode: 0o400}, {path: "rubbish", mode: 0}})
	check(t, os.Chmod(filepath.Join(berth, "new", "out", "a"), 0))
	write(t, simple(t), filepath.Join(tmp, "out"), WriteOptions{})
	if left, _ := filepath.Glob(filepath.Join(tmp, ".*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

// TestBerthIsNoFolder refuses to work through somebody's link.
func TestBerthIsNoFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs links")
	}
	tmp := t.TempDir()
	check(t, os.Mkdir(filepath.Join(tmp, "victim"), 0o755))
	check(t, os.WriteFile(filepath.Join(tmp, "victim", "precious"), nil, 0o644))
	check(t, os.Symlink("victim", filepath.Join(tmp, ".out.coldcut-partial")))
	if _, err := Stage(t.Context(), simple(t), filepath.Join(tmp, "out"), WriteOptions{}); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(tmp, "victim", "precious")); err != nil {
		t.Error(err)
	}
}
