//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTracePassesSignals sends trace what ends programs, and expects it to wait
// for what the command makes of them.
func TestTracePassesSignals(t *testing.T) {
	tests := []struct {
		name, command string
		send          syscall.Signal
		want          int
	}{
		{"caught", `trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.05; done`, syscall.SIGTERM, 7},
		{"interrupted", `trap 'echo caught; exit 8' INT; echo ready; while :; do sleep 0.05; done`, syscall.SIGINT, 8},
		{"not caught", `echo ready; exec sleep 60`, syscall.SIGTERM, 128 + int(syscall.SIGTERM)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "coldcut", "trace", "-o", filepath.Join(t.TempDir(), "t.json"), "--", "sh", "-c", test.command)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that no terminal is there
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(stdout)
			if line, err := lines.ReadString('\n'); line != "ready\n" {
				t.Fatalf("the command says %q: %v", line, err)
			}
			if err := cmd.Process.Signal(test.send); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(lines)
			if err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != test.want {
				t.Errorf("trace ended with %v, want exit code %d", err, test.want)
			}
			if caught := strings.Contains(string(rest), "caught"); caught != (test.want < 128) {
				t.Errorf("the command says %q", rest)
			}
		})
	}
}
