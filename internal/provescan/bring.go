package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// site is a program's folder below the campaign's.
type site struct {
	*program
	dir    string
	python *pyrun.Interpreter
	kit    example.Kit
}

// What a site holds. Tools are what the tests need and the program does not:
// they are kept apart, since moto would hide every miss behind places that the
// scan cannot resolve. Tests are copied out of the source, whose own code would
// otherwise be imported instead of what is installed.
const (
	sourceDir = "source"
	libDir    = "lib"
	toolsDir  = "tools"
	testsDir  = "tests"
)

func (s *site) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

// lockFile holds the version of everything that is installed.
func (s *site) lockFile() string {
	return filepath.Join("internal", "provescan", "locks", s.name+".txt")
}

// bring fetches and installs the program and what it needs, and returns a key
// for all of that.
func (s *site) bring(ctx context.Context, lock bool) (key, error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return "", err
	}
	source := keyOf(s.source)
	if err := once(s.dir, sourceDir, source, func() error { return s.fetch(ctx) }); err != nil {
		return "", err
	}
	if lock {
		if err := os.RemoveAll(s.lockFile()); err != nil {
			return "", err
		}
	}
	inputs, err := s.installKey(source)
	if err != nil {
		return "", err
	}
	if err := once(s.dir, "install", inputs, func() error { return s.install(ctx) }); err != nil {
		return "", err
	}
	if !lock {
		return inputs, nil
	}
	if err := s.writeLock(ctx); err != nil {
		return "", err
	}
	if inputs, err = s.installKey(source); err != nil {
		return "", err
	}
	// What is installed is what the new lock says.
	return inputs, once(s.dir, "install", inputs, func() error { return nil })
}

func (s *site) installKey(source key) (key, error) {
	lock, err := os.ReadFile(s.lockFile())
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	return keyOf(source, s.python.Version, s.extras, s.with, s.tools, s.tests, string(lock)), nil
}

// fetch brings the program's source.
func (s *site) fetch(ctx context.Context) error {
	into := s.path(sourceDir)
	if err := os.RemoveAll(into); err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	if s.source.commit != "" {
		return s.clone(ctx, into)
	}
	return s.download(ctx, into)
}

// clone asks for the commit alone. Git gives up on a host that sends nothing, and
// asks nobody for a password.
func (s *site) clone(ctx context.Context, into string) error {
	if err := s.kit.Run(ctx, "git", "init", "--quiet", into); err != nil {
		return err
	}
	err := s.kit.Run(ctx, "git", "-C", into, "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60", "-c", "credential.interactive=false",
		"fetch", "--quiet", "--depth", "1", s.source.repository, s.source.commit)
	if err != nil {
		return fmt.Errorf("commit %s of %s cannot be fetched: %w", s.source.commit, s.source.repository, err)
	}
	return s.kit.Run(ctx, "git", "-C", into, "checkout", "--quiet", "FETCH_HEAD")
}

// download brings the sdist and unpacks it. pip holds it to its checksum before
// anything in it runs.
func (s *site) download(ctx context.Context, into string) error {
	requirement := s.path("sdist.txt")
	line := fmt.Sprintf("%s --hash=sha256:%s\n", s.source.sdist, s.source.sha256)
	if err := os.WriteFile(requirement, []byte(line), 0o644); err != nil {
		return err
	}
	name, _, _ := strings.Cut(s.source.sdist, "==")
	sdists := s.path("sdist")
	if err := os.RemoveAll(sdists); err != nil {
		return err
	}
	_, err := s.pip(ctx, "download", "--quiet", "--no-deps", "--no-binary", name, "--dest", sdists, "--requirement", requirement)
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(sdists, "*.tar.gz"))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("pip brought %d archives for %s, not one", len(found), s.source.sdist)
	}
	return s.kit.Run(ctx, "tar", "-xzf", found[0], "-C", into, "--strip-components", "1")
}

func (s *site) pip(ctx context.Context, args ...string) ([]byte, error) {
	stdout, _, err := s.python.Run(ctx, pyrun.Command{
		Isolated: true,
		Args:     append([]string{"-m", "pip"}, args...),
		Env:      []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_REQUIRE_VIRTUALENV=0"},
		Bytecode: true,
	})
	return stdout, err
}

// install fills the folders that Python will import from.
func (s *site) install(ctx context.Context) error {
	for _, dir := range []string{libDir, toolsDir, testsDir} {
		if err := os.RemoveAll(s.path(dir)); err != nil {
			return err
		}
	}
	// Most of it is never imported, so pip need not compile it.
	options := []string{"--no-compile"}
	_, err := os.Stat(s.lockFile())
	locked := err == nil
	if locked {
		options = append(options, "--constraint", s.lockFile())
	}
	program := "./" + filepath.ToSlash(s.path(sourceDir)) + s.extras
	if err := s.kit.Install(ctx, s.python, s.path(libDir), concat(options, []string{program}, s.with)...); err != nil {
		return err
	}
	// The tools must agree with the program on the version of what both need.
	if !locked {
		if options, err = s.pinLib(ctx, options); err != nil {
			return err
		}
	}
	if err := s.kit.Install(ctx, s.python, s.path(toolsDir), concat(options, s.tools)...); err != nil {
		return err
	}
	return s.copyTests()
}

// pinLib adds the versions in the program's folder to the arguments of pip.
func (s *site) pinLib(ctx context.Context, args []string) ([]string, error) {
	frozen, err := s.freeze(ctx, libDir)
	if err != nil {
		return nil, err
	}
	file := s.path("lib.txt")
	return append(args, "--constraint", file), os.WriteFile(file, frozen, 0o644)
}

func concat(lists ...[]string) (all []string) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// writeLock writes down the versions that pip chose.
func (s *site) writeLock(ctx context.Context) error {
	frozen, err := s.freeze(ctx, libDir, toolsDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.lockFile()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(s.lockFile(), frozen, 0o644)
}

// freeze lists what is in some folders, but for the program itself, which pip
// installed from a path.
func (s *site) freeze(ctx context.Context, dirs ...string) ([]byte, error) {
	args := []string{"freeze", "--all"}
	for _, dir := range dirs {
		args = append(args, "--path", s.path(dir))
	}
	out, err := s.pip(ctx, args...)
	if err != nil {
		return nil, err
	}
	return pins(string(out)), nil
}

// pins keeps the lines of pip freeze that name a version, once each.
func pins(frozen string) []byte {
	var kept strings.Builder
	seen := map[string]bool{}
	for line := range strings.Lines(frozen) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "==") && !seen[line] {
			seen[line] = true
			kept.WriteString(line + "\n")
		}
	}
	return []byte(kept.String())
}

// copyTests copies the tests, under the paths that they have in the source.
func (s *site) copyTests() error {
	for _, name := range s.tests {
		from, to := s.path(sourceDir, filepath.FromSlash(name)), s.path(testsDir, filepath.FromSlash(name))
		if err := copyAll(to, from); err != nil {
			return err
		}
	}
	return nil
}

// copyAll copies a file or a folder.
func copyAll(to, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode().Perm()&fs.ModePerm)
}

// interpreter finds the Python for a program.
func interpreter(ctx context.Context, language string) (*pyrun.Interpreter, error) {
	p, err := pyrun.Find(ctx, language)
	if err != nil {
		return nil, err
	}
	if _, _, err := p.Run(ctx, pyrun.Command{Isolated: true, Args: []string{"-m", "pip", "--version"}}); err != nil {
		return nil, fmt.Errorf("python %s has no pip: %w", p.Version, err)
	}
	return p, nil
}
