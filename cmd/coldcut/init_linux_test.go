package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInitAsks answers the question that init asks before it changes a file, and holds
// the file's mode to be kept.
func TestInitAsks(t *testing.T) {
	for answer, writes := range map[string]bool{"y\n": true, "Yes\n": true, "n\n": false, "\n": false} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "pyproject.toml")
			if err := os.WriteFile(name, []byte("[project]\n"), 0o640); err != nil {
				t.Fatal(err)
			}
			ours, theirs := openTerminal(t)
			cmd := exec.CommandContext(t.Context(), "coldcut", "init", filepath.Dir(name))
			cmd.Stdin, cmd.Stderr = theirs, theirs
			go func() { _, _ = io.Copy(io.Discard, ours) }()
			if _, err := ours.WriteString(answer); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(name)
			if err != nil || strings.Contains(string(data), "\n[tool.coldcut]\n") != writes {
				t.Errorf("after %q: %q, %v", answer, data, err)
			}
			if info, err := os.Stat(name); err != nil || info.Mode() != 0o640 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}
