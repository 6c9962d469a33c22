package trace

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// hook is what goes into an interpreter, in parts: each is compiled where it is needed.
//
//go:embed hook/*.py
var hook embed.FS

// Command is a program to be traced.
type Command struct {
	Args []string
	// Env is its environment, as os.Environ gives one; the hook is added to it.
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Signals, where set, are passed on to the command, for which Record waits
	// whatever it makes of them.
	Signals <-chan os.Signal
	// Arrived, where set, tells of a signal that the command has got already.
	Arrived func(os.Signal) bool
}

// UnseenError says that the command ended without that any Python had told of
// the hook in it.
type UnseenError struct {
	Command []string
	// Exit is the command's exit code.
	Exit int
}

func (e *UnseenError) Error() string {
	return "no Python process with a hook was seen: " + strings.Join(e.Command, " ")
}

// UnhookedError is a boto that is made in a way that the hook does not know.
type UnhookedError struct {
	Reason string
	// Exit is the command's exit code.
	Exit int
}

func (e *UnhookedError) Error() string { return "the hook does not fit this boto: " + e.Reason }

// Record runs the command to its end and returns what it used, in its own
// process and in those that it started with its environment. That the command
// fails is no error: its exit code is in the trace.
func Record(c Command) (t *Trace, err error) {
	dir, err := place(languageOf(c.Args[0]))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	exit, err := c.run(dir)
	if err != nil {
		return nil, err
	}
	seen, err := collect(filepath.Join(dir, "seen"))
	switch {
	case err != nil:
		return nil, err
	case seen.failed != "":
		return nil, &UnhookedError{Reason: seen.failed, Exit: exit}
	case seen.run.Processes == 0:
		return nil, &UnseenError{Command: c.Args, Exit: exit}
	}
	seen.run.Command, seen.run.Exit = c.Args, exit
	t = &Trace{Schema: Schema, Runs: []Run{seen.run}, Services: seen.services, Uses: seen.uses}
	t.sort()
	return t, t.check()
}

// place makes the folder that goes into PYTHONPATH, with bytecode for the Python that it
// is for, if that is known.
func place(language string) (string, error) {
	dir, err := os.MkdirTemp("", "coldcut-trace-")
	if err != nil {
		return "", err
	}
	if strings.ContainsRune(dir, os.PathListSeparator) {
		err = fmt.Errorf("%s cannot stand in PYTHONPATH: name another folder for temporary files", dir)
	}
	err = errors.Join(err, os.Mkdir(filepath.Join(dir, "seen"), 0o700), unpack(dir, language))
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func unpack(dir, language string) error {
	parts, err := hook.ReadDir("hook")
	if err != nil {
		return err
	}
	known := slices.Contains(languages, language)
	cache := filepath.Join(dir, "__pycache__")
	if known {
		err = os.Mkdir(cache, 0o700)
	}
	for _, p := range parts {
		source, readErr := hook.ReadFile("hook/" + p.Name())
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(dir, p.Name()), source, 0o600))
		if known {
			name := compiledAs(p.Name(), language)
			code, readErr := compiledHook.ReadFile("hook/compiled/" + name)
			err = errors.Join(err, readErr, os.WriteFile(filepath.Join(cache, name), code, 0o600))
		}
	}
	return err
}

// run runs the command with the hook in front of its PYTHONPATH.
func (c *Command) run(dir string) (exit int, err error) {
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	cmd.Env = append(c.Env, "PYTHONPATH="+prepend(dir, c.Env))
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-c.Signals:
			if c.Arrived == nil || !c.Arrived(s) {
				_ = cmd.Process.Signal(s) // it may have ended just now
			}
		case err := <-done:
			var failed *exec.ExitError
			if err != nil && !errors.As(err, &failed) {
				return 0, err
			}
			return exitCode(cmd.ProcessState), nil
		}
	}
}

// prepend puts dir before the PYTHONPATH of an environment; the last of a name holds.
func prepend(dir string, env []string) string {
	path := ""
	for _, pair := range env {
		if name, value, _ := strings.Cut(pair, "="); name == "PYTHONPATH" {
			path = value
		}
	}
	if path == "" { // an empty one would add the current folder
		return dir
	}
	return dir + string(os.PathListSeparator) + path
}

// sightings are what the hooks of all processes wrote.
type sightings struct {
	run      Run
	services map[string][]string
	uses     []Use
	failed   string
}

// sighting is one line of a hook.
type sighting struct {
	Python string
	Failed string
	Use
	Boto3, Botocore, Aioboto3, Aiobotocore string
}

func collect(dir string) (*sightings, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	all := &sightings{services: map[string][]string{}, run: Run{Boto: map[string][]string{}}}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if err := all.add(string(data)); err != nil {
			return nil, fmt.Errorf("the hook's record: %w", err)
		}
	}
	return all, nil
}

// add reads what one process wrote. A last line without an end was not written
// to its end.
func (all *sightings) add(lines string) error {
	for {
		line, rest, whole := strings.Cut(lines, "\n")
		if !whole {
			return nil
		}
		var s sighting
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			return err
		}
		all.see(&s)
		lines = rest
	}
}

func (all *sightings) see(s *sighting) {
	switch {
	case s.Failed != "":
		all.failed = s.Failed
		return
	case s.Python != "":
		all.run.Processes++
		all.run.Pythons = append(all.run.Pythons, s.Python)
		return
	}
	operations := all.services[s.Service]
	if s.Operation != "" {
		operations = append(operations, s.Operation)
	}
	all.services[s.Service] = operations
	all.uses = append(all.uses, s.Use)
	for name, version := range map[string]string{"boto3": s.Boto3, "botocore": s.Botocore, "aioboto3": s.Aioboto3, "aiobotocore": s.Aiobotocore} {
		if version != "" {
			all.run.Boto[name] = append(all.run.Boto[name], version)
		}
	}
}
