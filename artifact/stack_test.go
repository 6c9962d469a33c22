package artifact

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func folderOf(t *testing.T, files map[string]string) *Artifact {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(data), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// TestStack lays a function and two layers over one another, one with an edit, and writes
// the stack.
func TestStack(t *testing.T) {
	function := folderOf(t, map[string]string{"app.py": "app", "python/x.py": "no module"})
	first := folderOf(t, map[string]string{"python/a.py": "first", "python/b.py": "first", "python/c.py": "gone"})
	second := folderOf(t, map[string]string{"python/b.py": "second", "bin/tool": "x"})
	edited := first.With(Edits{"python/c.py": nil, "python/d.py": []byte("new")})
	stack, err := Stack([]Part{{"var/task", function}, {"opt", edited}, {"opt", second}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	staged, err := Stage(t.Context(), stack.With(Edits{"opt/bin/tool": nil}), out, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	written, err := Open(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range written.Files() {
		data, err := written.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Path] = string(data)
	}
	want := map[string]string{
		"var/task/app.py": "app", "var/task/python/x.py": "no module",
		"opt/python/a.py": "first", "opt/python/b.py": "second", "opt/python/d.py": "new",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if !stack.Edited() || stack.Path() != function.Path() {
		t.Errorf("the stack passes for the folder %s", stack.Path())
	}
}

// TestStackRefused holds a stack to the rules of packages.
func TestStackRefused(t *testing.T) {
	tests := []struct {
		name  string
		parts []map[string]string
		max   int64
		want  string
	}{
		{"a file where another has a folder", []map[string]string{{"python/a/b.py": ""}, {"python/a": ""}}, 0, "not a directory"},
		{"larger than what is allowed", []map[string]string{{"a": strings.Repeat("x", 600)}, {"b": strings.Repeat("x", 600)}}, 1000, "more than 1000 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var parts []Part
			for _, files := range test.parts {
				parts = append(parts, Part{"opt", folderOf(t, files)})
			}
			if _, err := Stack(parts, Options{MaxSize: test.max}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
