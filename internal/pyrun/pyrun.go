// Package pyrun finds Python interpreters and runs them.
//
// What only a real Python can tell, such as whether a package still answers as
// before, is asked of a real one, of the minor version that the package is
// made for: bytecode and grammar change with each.
package pyrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Interpreter is a CPython that was seen to run.
type Interpreter struct {
	// Path is the executable as it names itself (sys.executable).
	Path string
	// Version is the full version: "3.13.0", "3.15.0a2".
	Version string

	minor int
}

// Minor returns the language version: 3, 13.
func (p *Interpreter) Minor() (major, minor int) { return 3, p.minor }

// Language returns the language version as people write it: "3.13".
func (p *Interpreter) Language() string { return "3." + strconv.Itoa(p.minor) }

// Command is one run of an interpreter.
type Command struct {
	// Args follow the interpreter's own flags: "-c", "code", or a script and
	// its arguments, or "-m", "module".
	Args []string
	// Dir is the working directory; the caller's if empty.
	Dir string
	// Env is added to the environment as NAME=VALUE; the last of a name holds.
	Env   []string
	Stdin io.Reader
	// Stdout and Stderr, where set, are written to instead of what Run returns,
	// and an error then holds nothing of them.
	Stdout, Stderr io.Writer

	// Bare leaves the caller's environment out, so that Env is all there is.
	// Otherwise only the variables that steer Python itself are left out.
	Bare bool
	// Isolated passes -I: neither the script's folder, nor PYTHON* variables,
	// nor the user's site-packages count.
	Isolated bool
	// NoSite passes -S: no site-packages at all, no .pth files.
	NoSite bool
	// Terminate ends the run with SIGTERM, where the system has one and Python
	// minds it, so that it can say where it was; what is still there seconds
	// later is killed.
	Terminate bool
	// Bytecode lets the interpreter write .pyc files. A run that leaves them
	// behind in what it examines has changed it.
	Bytecode bool
}

// Run runs c to its end and returns what it wrote. Where the interpreter ran
// and failed, the error holds an [*exec.ExitError] and the end of its stderr.
// Run reads the caller's environment unless c is Bare.
func (p *Interpreter) Run(ctx context.Context, c Command) (stdout, stderr []byte, err error) {
	cmd := p.command(ctx, c)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	if c.Stderr != nil {
		cmd.Stderr = c.Stderr
	}
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("python %s: %w%s", p.Version, cause(ctx, err), tail(errs.String()))
	}
	return out.Bytes(), errs.Bytes(), err
}

// command makes c ready to start.
func (p *Interpreter) command(ctx context.Context, c Command) *exec.Cmd {
	var args []string
	if c.Isolated {
		args = append(args, "-I")
	}
	if c.NoSite {
		args = append(args, "-S")
	}
	env := []string{}
	if !c.Bare {
		env = scrub(os.Environ())
	}
	if !c.Bytecode {
		args = append(args, "-B") // -I ignores the variable, children ignore the flag
		env = append(env, "PYTHONDONTWRITEBYTECODE=1")
	}
	cmd := exec.CommandContext(ctx, p.Path, append(args, c.Args...)...)
	cmd.Dir, cmd.Stdin, cmd.Env = c.Dir, c.Stdin, append(env, c.Env...)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes open
	if c.Terminate {
		cmd.Cancel = func() error { return terminate(cmd.Process) }
	}
	return cmd
}

// terminate asks, and kills where there is no asking: Windows has no signals.
func terminate(p *os.Process) error {
	err := p.Signal(syscall.SIGTERM)
	if err == nil || errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.Kill()
}

// scrub removes the variables that would make Python another Python.
func scrub(environ []string) []string {
	var kept []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		name = strings.ToUpper(name)
		if strings.HasPrefix(name, "PYTHON") || name == "__PYVENV_LAUNCHER__" {
			continue
		}
		kept = append(kept, pair)
	}
	return kept
}

// cause prefers the reason of an ended context to the "signal: killed" that it
// made of the process.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// tail returns the last lines of a traceback: the first say where Python
// itself was called from.
func tail(stderr string) string {
	const most = 5
	stderr = strings.TrimSpace(stderr)
	if stderr == "" {
		return ""
	}
	lines := strings.Split(stderr, "\n")
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	return "\n" + strings.Join(lines, "\n")
}
