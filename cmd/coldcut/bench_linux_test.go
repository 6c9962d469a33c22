package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

// TestBenchAsks answers the question that a run on AWS asks at a terminal.
func TestBenchAsks(t *testing.T) {
	for answer, goesOn := range map[string]bool{"y\n": true, "yes\n": true, "n\n": false, "\n": false} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			invocations, _ := otherLambda(t)
			ours, theirs := openTerminal(t)
			var args []string
			for _, a := range onAWS(t, "1") {
				if a != "--yes" {
					args = append(args, a)
				}
			}
			cmd := exec.CommandContext(t.Context(), "coldcut", args...)
			cmd.Stdin, cmd.Stderr = theirs, theirs
			go func() { _, _ = io.Copy(io.Discard, ours) }()
			if _, err := ours.WriteString(answer); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Run(); (err == nil) != goesOn {
				t.Errorf("after %q: %v", answer, err)
			}
			if n := invocations.Load(); (n > 0) != goesOn {
				t.Errorf("after %q there were %d invocations", answer, n)
			}
		})
	}
}
