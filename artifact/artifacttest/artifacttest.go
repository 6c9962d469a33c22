// Package artifacttest writes and opens packages for tests.
package artifacttest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/coldcut/coldcut/artifact"
)

// Write writes files below dir; their names have slashes.
func Write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Open opens a package until the test ends.
func Open(t testing.TB, path string) *artifact.Artifact {
	t.Helper()
	a, err := artifact.Open(path, artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}
