package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestFingerprint holds that programs which differ in a constant have other
// fingerprints, and that one build has the same twice.
func TestFingerprint(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("build IDs are read from ELF alone; elsewhere it is a checksum")
	}
	dir := t.TempDir()
	build := func(constant string) string {
		t.Helper()
		write(t, filepath.Join(dir, "main.go"), "package main\n\nfunc main() { println("+constant+") }\n")
		write(t, filepath.Join(dir, "go.mod"), "module example\n")
		cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", "program")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		f, err := os.Open(filepath.Join(dir, "program"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		id := buildID(f)
		if id == "" {
			t.Fatal("there is no build ID")
		}
		return id
	}
	one, again, other := build("1"), build("1"), build("2")
	if one != again || one == other {
		t.Errorf("%s, %s, %s", one, again, other)
	}
}
