package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/trace"
)

// outcome is what the campaign learned from one program.
type outcome struct {
	*program
	boto  string // its version
	tests tally
	// whole compares the program together with its tests, which call AWS
	// themselves; own is the program without them, against what its own lines
	// and those of its dependencies did.
	whole, own *verdict
	// handedIn are services that own leaves out: the tests made their clients.
	handedIn []string
}

// prove does everything for one program, or what is left of it to do.
func (c *campaign) prove(ctx context.Context, p *program) (*outcome, error) {
	python, err := interpreter(ctx, p.python)
	if err != nil {
		return nil, err
	}
	s := &site{program: p, dir: filepath.Join(c.work, p.name), python: python, kit: example.Kit{Out: os.Stderr}}
	installed, err := s.bring(ctx, c.lock)
	if err != nil {
		return nil, err
	}
	hook, err := hookKey()
	if err != nil {
		return nil, err
	}
	if c.again {
		if err := os.RemoveAll(s.path("trace.key")); err != nil {
			return nil, err
		}
	}
	inputs := keyOf(installed, hook, p.command, offline, p.env, mocked, served)
	if err := once(s.dir, "trace", inputs, func() error { return c.trace(ctx, s) }); err != nil {
		return nil, err
	}
	return s.compare(ctx)
}

// hookKey names the code that decides what is in a trace.
func hookKey() (key, error) {
	parts, err := filepath.Glob(filepath.Join("trace", "hook", "*.py"))
	if err == nil && len(parts) == 0 {
		err = errors.New("there is no hook: run this in the project's folder")
	}
	var all []any
	for _, name := range parts {
		part, readErr := os.ReadFile(name)
		err = errors.Join(err, readErr)
		all = append(all, string(part))
	}
	return keyOf(all...), err
}

// Plugins for pytest, for tests that do not mock AWS themselves.
var (
	//go:embed mocked.py
	mocked string
	//go:embed served.py
	served string
)

// plug puts the plugins among the tools.
func (s *site) plug() error {
	return errors.Join(
		os.WriteFile(s.path(toolsDir, "mocked.py"), []byte(mocked), 0o644),
		os.WriteFile(s.path(toolsDir, "served.py"), []byte(served), 0o644))
}

// trace runs the tests and records what they use. Some tests fail for want of a
// network or of a service that moto does not have; what ran, ran.
func (c *campaign) trace(ctx context.Context, s *site) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.limit, fmt.Errorf("its tests took longer than %s", c.limit))
	defer cancel()
	if err := s.plug(); err != nil {
		return err
	}
	log, err := os.Create(s.path("log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	cmd, err := c.command(ctx, s)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	fmt.Fprintf(os.Stderr, "$ %s\n", strings.Join(cmd.Args, " "))
	err = cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == testsFailed {
		return nil
	}
	if err != nil {
		return fmt.Errorf("its tests did not run, see %s: %w", log.Name(), err)
	}
	return nil
}

// testsFailed is pytest's exit code where all tests ran and some failed.
const testsFailed = 1

// offline is what every test finds in its environment: credentials that are no
// good, and no way to the network.
var offline = []string{
	"LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "PYTHONNOUSERSITE=1",
	"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_DEFAULT_REGION=us-east-1",
	"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
	// Nothing listens there.
	"HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost,0.0.0.0",
}

// command is the tests under coldcut trace, in an environment of their own.
func (c *campaign) command(ctx context.Context, s *site) (*exec.Cmd, error) {
	binary, err := filepath.Abs(c.coldcut)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return nil, err
		}
	}
	args := []string{"trace", "-o", filepath.Join(dir, "trace.json"), "--", s.python.Path, "-m"}
	cmd := exec.CommandContext(ctx, binary, append(args, s.command...)...)
	cmd.Dir = filepath.Join(dir, testsDir)
	cmd.Env = append([]string{
		"HOME=" + filepath.Join(dir, "home"), "TMPDIR=" + filepath.Join(dir, "tmp"),
		"PATH=" + os.Getenv("PATH"),
		"PYTHONPATH=" + filepath.Join(dir, libDir) + string(os.PathListSeparator) + filepath.Join(dir, toolsDir),
	}, concat(offline, s.env)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd, nil
}

// compare scans the program anew and holds it against the record: the scan is
// what is measured.
func (s *site) compare(ctx context.Context) (*outcome, error) {
	data, err := os.ReadFile(s.path("trace.json"))
	if err != nil {
		return nil, err
	}
	seen, err := trace.Parse(data)
	if err != nil {
		return nil, err
	}
	log, err := os.ReadFile(s.path("log"))
	if err != nil {
		return nil, err
	}
	o := &outcome{program: s.program, boto: strings.Join(seen.Runs[0].Boto["botocore"], ", "), tests: tallyOf(string(log))}
	if o.whole, err = s.scanWhole(ctx, seen); err != nil {
		return nil, err
	}
	own, handedIn := madeThere(only(seen, s.isOwn))
	o.handedIn = handedIn
	o.own, err = s.scanOwn(ctx, own)
	return o, err
}

func (s *site) scanWhole(ctx context.Context, seen *trace.Trace) (v *verdict, err error) {
	lib, err := artifact.Open(s.path(libDir), artifact.Options{MaxSize: maxSize})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lib.Close()) }()
	tests, err := artifact.Open(s.path(testsDir), artifact.Options{MaxSize: maxSize})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tests.Close()) }()
	found, err := scan.Scan(ctx, lib, scan.Options{Sources: []*artifact.Artifact{tests}})
	if err != nil {
		return nil, err
	}
	return judge(found, only(seen, func(u trace.Use) bool { return s.origin(u.File) != fromTools })), nil
}

func (s *site) scanOwn(ctx context.Context, seen *trace.Trace) (v *verdict, err error) {
	lib, err := artifact.Open(s.path(libDir), artifact.Options{MaxSize: maxSize})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lib.Close()) }()
	without := artifact.Edits{}
	for _, f := range lib.Files() {
		if s.isTest(f.Path) {
			without[f.Path] = nil
		}
	}
	found, err := scan.Scan(ctx, lib.With(without), scan.Options{})
	if err != nil {
		return nil, err
	}
	return judge(found, seen), nil
}

// maxSize is ample for a program with its dependencies, which is no Lambda function.
const maxSize = 4 << 30

// origin tells whose a file is that a trace names.
func (s *site) origin(file string) origin {
	there := func(dir string) bool {
		_, err := os.Stat(s.path(dir, filepath.FromSlash(file)))
		return err == nil
	}
	switch {
	case file == "": // a thread of s3transfer, for example
		return fromElsewhere
	case there(libDir) && !s.isTest(file):
		return fromProgram
	case !there(libDir) && !there(testsDir) && there(toolsDir):
		return fromTools
	}
	return fromElsewhere
}

// isOwn tells what the program does by itself.
func (s *site) isOwn(u trace.Use) bool {
	return s.origin(u.File) == fromProgram && !slices.Contains(s.callbacks, u.Service+" "+u.Operation)
}

type origin int

const (
	fromElsewhere origin = iota // the tests, above all
	fromProgram                 // or its dependencies
	fromTools
)

// isTest tells a test among the files of the program's own package.
func (p *program) isTest(file string) bool {
	for _, dir := range p.inside {
		if strings.HasPrefix(file, dir+"/") {
			return true
		}
	}
	return false
}

// tally counts tests.
type tally struct{ passed, failed, skipped int }

var (
	summary = regexp.MustCompile(`(?m)^(?:=+ )?(\d+ [\w ]+(?:, \d+ [\w ]+)*) in [\d.]+s`)
	counted = regexp.MustCompile(`(\d+) (\w+)`)
)

// tallyOf reads the last line of pytest. A test whose setup fails has not run:
// it counts as failed.
func tallyOf(log string) (t tally) {
	found := summary.FindAllStringSubmatch(log, -1)
	if len(found) == 0 {
		return t
	}
	for _, m := range counted.FindAllStringSubmatch(found[len(found)-1][1], -1) {
		n, _ := strconv.Atoi(m[1]) // digits only
		switch m[2] {
		case "passed", "xpassed", "xfailed":
			t.passed += n
		case "failed", "error", "errors":
			t.failed += n
		case "skipped":
			t.skipped += n
		}
	}
	return t
}
