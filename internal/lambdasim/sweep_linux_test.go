package lambdasim

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestSweep removes what a server that was killed left, and nothing else.
func TestSweep(t *testing.T) {
	work := t.TempDir()
	first, err := New(Options{Work: work})
	if err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(work, workPrefix+"dead")
	for _, dir := range []string{filepath.Join(dead, "env-1", "task"), filepath.Join(work, workPrefix+"new"), filepath.Join(work, "other")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{filepath.Join(dead, lockName), filepath.Join(work, "other", lockName)} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	group := deadGroup(t, first)
	second, err := New(Options{Work: work})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the folder of a dead server: %v", err)
	}
	for _, dir := range []string{first.work, second.work, filepath.Join(work, workPrefix+"new"), filepath.Join(work, "other")} {
		if _, err := os.Stat(dir); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(group); group != "" && !os.IsNotExist(err) {
		t.Errorf("the group of a dead server: %v", err)
	}
	for _, s := range []*Server{first, second} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// deadGroup makes a control group of a process that has ended, with one of an
// environment in it, and returns it; nothing where there are none.
func deadGroup(t *testing.T, s *Server) string {
	t.Helper()
	if s.machine.groups == nil {
		return ""
	}
	ended := exec.CommandContext(t.Context(), "true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	group := filepath.Join(filepath.Dir(s.machine.groups.cpu), groupPrefix+strconv.Itoa(ended.Process.Pid)+"-dead")
	if err := os.MkdirAll(filepath.Join(group, "env-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	return group
}

// TestDataIsLocked lets one server at a time keep its state in a folder.
func TestDataIsLocked(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first, err := New(Options{Work: t.TempDir(), Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Work: t.TempDir(), Data: data}); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a second server: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(Options{Work: t.TempDir(), Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
