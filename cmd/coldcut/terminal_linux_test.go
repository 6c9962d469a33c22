package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestTerminal holds colour and progress to where they belong: on a terminal,
// and colour only where NO_COLOR is not set.
func TestTerminal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "build")
	function(t, dir, handler)
	const colour, clearLine = "\x1b[33m", "\r"
	tests := []struct {
		name              string
		env               []string
		stdout, stderr    bool // are terminals
		coloured, drawing bool
	}{
		{"terminal", []string{"TERM=xterm-256color"}, true, true, true, true},
		{"no colour", []string{"TERM=xterm-256color", "NO_COLOR=1"}, true, true, false, true},
		{"dumb terminal", []string{"TERM=dumb"}, true, true, false, true},
		{"piped output", []string{"TERM=xterm-256color"}, false, true, false, true},
		{"piped messages", []string{"TERM=xterm-256color"}, true, false, true, false},
		{"pipes", []string{"TERM=xterm-256color"}, false, false, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "coldcut", "scan", dir)
			cmd.Env = append(withoutColours(), test.env...)
			stdout := capture(t, &cmd.Stdout, test.stdout)
			stderr := capture(t, &cmd.Stderr, test.stderr)
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			out, errs := stdout(), stderr()
			if got := strings.Contains(out, colour); got != test.coloured {
				t.Errorf("coloured is %t, want %t: %q", got, test.coloured, out)
			}
			if got := strings.Contains(errs, clearLine); got != test.drawing {
				t.Errorf("progress is %t, want %t: %q", got, test.drawing, errs)
			}
			if !test.coloured && strings.Contains(errs, "\x1b[3") {
				t.Errorf("progress has colour: %q", errs)
			}
		})
	}
}

// TestSlimAsks answers the question which Python runs the package, that nothing names.
func TestSlimAsks(t *testing.T) {
	dir := t.TempDir()
	function(t, filepath.Join(dir, "build"), handler)
	for answer, want := range map[string]string{
		"3.6\n": "nothing was compiled for Python 3.6 (as you said)",
		"\n":    "nothing was compiled: nothing says which Python runs the package",
		"x\n":   "nothing was compiled: nothing says which Python runs the package",
	} {
		ours, theirs := openTerminal(t)
		cmd := exec.CommandContext(t.Context(), "coldcut", "slim", filepath.Join(dir, "build"), "-o", filepath.Join(dir, "out.zip"), "--keep", "s3", "--no-verify")
		var stdout strings.Builder
		cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, &stdout, theirs
		go func() { _, _ = io.Copy(io.Discard, ours) }()
		if _, err := ours.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Run(); err != nil || !strings.Contains(stdout.String(), want) {
			t.Errorf("after %q: %v, %s", answer, err, &stdout)
		}
	}
}

// withoutColours is the environment without what steers colours; a CI has none.
func withoutColours() (env []string) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if name != "CI" && name != "NO_COLOR" && name != "TERM" && name != "COLORTERM" && !strings.HasPrefix(name, "CLICOLOR") {
			env = append(env, pair)
		}
	}
	return env
}

// capture makes w a terminal or a pipe; what it returns waits for what was
// written and must be called once.
func capture(t *testing.T, w *io.Writer, terminal bool) func() string {
	t.Helper()
	if !terminal {
		var b strings.Builder
		*w = &b
		return b.String
	}
	ours, theirs := openTerminal(t)
	*w = theirs
	read := make(chan string)
	go func() {
		data, _ := io.ReadAll(ours) // ends with EIO when nobody has the other side
		read <- string(data)
	}()
	return func() string {
		if err := theirs.Close(); err != nil {
			t.Error(err)
		}
		return <-read
	}
}

// openTerminal makes a pseudo-terminal.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("skipped: no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// TestTraceAtTerminal types Ctrl-C. The terminal sends it to the command as well,
// which must not get it twice: many programs take a second one for impatience.
func TestTraceAtTerminal(t *testing.T) {
	const (
		count = `n=0; trap 'n=$((n+1))' INT; trap 'exit $((40+n))' TERM; echo ready; while :; do sleep 1 & wait; done`
		times = 10
		pause = 50 * time.Millisecond // else two of them may count as one
	)
	ours, theirs := openTerminal(t)
	cmd := exec.CommandContext(t.Context(), "coldcut", "trace", "-o", filepath.Join(t.TempDir(), "t.json"), "--", "sh", "-c", count)
	cmd.Stdin = theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the command says %q: %v", line, err)
	}
	for range times {
		if _, err := ours.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() <= 40 || exit.ExitCode() > 40+times {
		t.Errorf("trace ended with %v, want an exit code from 41 to %d", err, 40+times)
	}
}
