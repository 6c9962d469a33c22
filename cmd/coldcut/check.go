package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/handcut"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// checking is one run of check.
type checking struct {
	*output
	entries
	path    string
	sources []string
	lock    string
	built   string
	logs    []string
	config  string
	keep    []string
	fix     bool
	strict  bool
	opening
	seen evidence
}

func newCheck(sys *system) *cobra.Command {
	c := &checking{output: &output{sys: sys, more: []string{"sarif", "github", "junit"}}}
	cmd := &cobra.Command{
		Use:   "check PATH",
		Short: "Fail if the code needs what the lock does not keep",
		Long: `check holds the code in PATH to coldcut.lock, which slim --lock writes: it exits with
3 if the code uses a service or an operation that the lock does not keep, makes a
resource where the lock keeps clients only, has a place that cannot be told and that
nobody declared, or comes with another boto3 than the lock was made for. What the
lock keeps and nothing uses any more is a note; --strict makes it a finding.

PATH is what was given to slim, or the function's own sources alone: that is quick,
needs nothing installed, and sees all that the sources ask for. Nothing of the lock
is called unused then but what they alone asked for. Zips and wheels that coldcut wrote
are not read with the sources that they lie among.

--package BUILT also holds a package that was built to the lock. --from-logs FILE reads
the log of a running package for services that it asked for and had lost.

Dockerfiles, Makefiles, shell scripts and CI configuration around PATH are read for
commands that delete from botocore's data by hand: check says what breaks by them.

--fix writes the lock anew. From PATH with its boto3 it is what slim would write now;
from sources alone it only grows.`,
		Example: `  coldcut check src/
  coldcut check build/ --package function.zip
  coldcut check build/ --fix
  coldcut check src/ --format github
  coldcut check src/ --format sarif > coldcut.sarif`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("check takes one PATH; %d were given", len(args))
			}
			return needPaths(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.path = args[0]
			return c.run(cmd.Context())
		},
	}
	c.addFlags(cmd)
	return cmd
}

func (c *checking) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.lock, "lock", "", "the lock's `FILE` (default: "+plan.LockName+" in PATH, beside it, or here)")
	f.StringVar(&c.built, "package", "", "also compare this `BUILT` package with the lock")
	f.StringArrayVar(&c.logs, "from-logs", nil, "also tell which services the log in `FILE` says were missed (repeatable)")
	f.BoolVar(&c.fix, "fix", false, "write the lock anew")
	f.BoolVar(&c.strict, "strict", false, "fail on what the lock keeps and nothing uses, too")
	f.StringArrayVar(&c.sources, "sources", nil, "a `DIR` of code outside PATH that runs with it (repeatable)")
	c.entries.addFlags(cmd)
	c.seen.addWith(cmd)
	f.StringVar(&c.config, "config", "", "read the configuration from this `FILE`")
	c.addOpening(cmd)
	c.addFlag(cmd)
}

func (c *checking) run(ctx context.Context) error {
	if err := errors.Join(c.check(), c.seen.read()); err != nil {
		return err
	}
	c.sys.prepareCache()
	conf, err := findConfig(c.config, append([]string{c.path}, c.sources...))
	if err != nil {
		return err
	}
	c.configure(conf)
	c.keep = conf.Keep
	if len(c.sources) == 0 {
		c.sources = conf.sources()
	}
	trees, _, err := openSources(append([]string{c.path}, c.sources...), c.artifactOptions())
	defer closeAll(trees)
	if err != nil {
		return err
	}
	lock, err := c.findLock(trees)
	if err != nil {
		return err
	}
	for i := range trees {
		if trees[i], err = uncut(trees[i]); err != nil {
			return err
		}
	}
	uses, err := c.uses(ctx, trees, conf)
	if err != nil {
		return err
	}
	return c.compare(lock, uses, trees)
}

// uncut hides the models of a package that was cut: what it lost, code in it could
// not be seen to use. The embedded index knows the names of all of AWS.
func uncut(a *artifact.Artifact) (*artifact.Artifact, error) {
	installed, err := boto.Find(a)
	if err != nil {
		return nil, err
	}
	hidden := artifact.Edits{}
	for _, in := range installed {
		if !isCut(a, in) {
			continue
		}
		for _, dir := range []string{in.DataDir(), in.Boto3DataDir()} {
			for _, f := range a.Under(dir) {
				hidden[f.Path] = nil
			}
		}
	}
	if len(hidden) == 0 {
		return a, nil
	}
	return a.With(hidden), nil
}

// isCut reports whether a botocore has a lock and knows nothing else: slim --lock puts
// one beside the whole botocore, too.
func isCut(a *artifact.Artifact, in *boto.Installation) bool {
	name, text, err := plan.LockIn(a, in)
	if err != nil {
		return false
	}
	lock, err := plan.ReadLock(name, text)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(in.Services(), func(s string) bool { _, kept := lock.Services[s]; return !kept })
}

func (c *checking) uses(ctx context.Context, trees []*artifact.Artifact, conf *settings) (*scan.Result, error) {
	bar := c.progress("scanning")
	defer bar.done()
	opts := scan.Options{Sources: trees[1:], Declarations: conf.declarations(), Progress: bar.counted()}
	uses, err := c.scan(ctx, c.sys, trees[0], append([]string{c.path}, c.sources...), opts)
	if err != nil {
		return nil, err
	}
	c.seen.addTo(uses)
	return uses, nil
}

// compare finds what does not agree, mends it if that was asked for, and tells.
func (c *checking) compare(lock *plan.LockFile, uses *scan.Result, trees []*artifact.Artifact) error {
	findings, err := plan.Check(lock, uses, trees)
	if err != nil {
		return err
	}
	var fixed []plan.Finding
	if c.fix && len(findings) > 0 {
		if _, err := os.Stat(lock.Name); err != nil {
			return &exitError{exitUsage, fmt.Errorf("the lock is inside %s", c.path), "--fix writes a lock of the sources: give it with --lock FILE"}
		}
		left, err := c.renew(lock, uses, trees)
		if err != nil {
			return err
		}
		fixed = slices.DeleteFunc(findings, func(f plan.Finding) bool { return slices.ContainsFunc(left, sameAs(f)) })
		findings = left
	}
	built, err := c.checkPackage(lock)
	if err != nil {
		return err
	}
	cuts, err := c.handCuts()
	if err != nil {
		return err
	}
	logged, err := c.missed()
	if err != nil {
		return err
	}
	findings = slices.Concat(findings, built, plan.CheckCuts(lock, cuts), logged)
	for _, list := range [][]plan.Finding{findings, fixed} {
		c.place(list)
		plan.SortFindings(list)
	}
	if c.strict {
		for i := range findings {
			findings[i].Note = false
		}
	}
	if err := c.write(report.ForCheck(version(), c.path, lock.Name, uses.Services, findings, fixed)); err != nil {
		return err
	}
	return gate(findings)
}

// sameAs tells a finding again after the lock has changed, and its lines with it.
func sameAs(a plan.Finding) func(plan.Finding) bool {
	return func(b plan.Finding) bool {
		return a.Rule == b.Rule && a.Service == b.Service && a.Operation == b.Operation && a.Message == b.Message
	}
}

// gate fails if there is more than notes.
func gate(findings []plan.Finding) error {
	if slices.ContainsFunc(findings, func(f plan.Finding) bool { return !f.Note }) {
		return &exitError{exitGate, errors.New("the code and the lock do not agree"), ""}
	}
	return nil
}

// renew writes the lock anew and returns what is left to find.
func (c *checking) renew(lock *plan.LockFile, uses *scan.Result, trees []*artifact.Artifact) ([]plan.Finding, error) {
	renewed, err := lock.Renew(trees[0], uses, c.keep)
	if err != nil {
		return nil, err
	}
	text, err := renewed.Encode()
	if err != nil {
		return nil, err
	}
	if err := artifact.WriteFile(lock.Name, text); err != nil {
		return nil, err
	}
	lock.Lock, lock.Text = renewed, text
	return plan.Check(lock, uses, trees)
}

// missed reads the logs of running packages.
func (c *checking) missed() (all []plan.Finding, err error) {
	for _, name := range c.logs {
		f, err := os.Open(name)
		if err != nil {
			return nil, &exitError{exitUsage, err, ""}
		}
		found, err := plan.Missed(name, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// handCuts reads the build scripts of the project: of the current folder where PATH
// lies in it, else of PATH.
func (c *checking) handCuts() ([]handcut.Cut, error) {
	root := "."
	if !filepath.IsLocal(c.path) {
		root = c.path
	}
	if isNotDir(root) {
		return nil, nil
	}
	cuts, err := handcut.Find(os.DirFS(root))
	if err != nil {
		return nil, fmt.Errorf("build scripts: %w", err)
	}
	for i := range cuts {
		cuts[i].File = filepath.ToSlash(filepath.Join(root, filepath.FromSlash(cuts[i].File)))
	}
	return cuts, nil
}

func (c *checking) checkPackage(lock *plan.LockFile) ([]plan.Finding, error) {
	if c.built == "" {
		return nil, nil
	}
	all, err := openEach(c.built, c.artifactOptions())
	if err != nil {
		return nil, err
	}
	defer closeAll(all)
	all, err = withBotocore(all, func(a *artifact.Artifact) *artifact.Artifact { return a })
	if err != nil {
		return nil, err
	}
	var findings []plan.Finding
	for _, pkg := range all {
		found, err := plan.CheckPackage(lock, pkg)
		if err != nil {
			return nil, err
		}
		for i := range found {
			if len(all) > 1 {
				found[i].Message = pkg.Image().Platform + ": " + found[i].Message
			}
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// findLock reads the lock that was named, or the first that lies where slim --lock
// writes it or here, or else the one inside PATH, where that is a package that was cut.
func (c *checking) findLock(trees []*artifact.Artifact) (*plan.LockFile, error) {
	if c.lock != "" {
		return readLock(c.lock)
	}
	for _, name := range c.lockNames() {
		if lock, err := readLock(name); !errors.Is(err, fs.ErrNotExist) {
			return lock, err
		}
	}
	installed, err := boto.Find(trees[0])
	if err != nil {
		return nil, err
	}
	for _, in := range installed {
		if name, text, err := plan.LockIn(trees[0], in); err == nil {
			return decodeLock(filepath.Join(c.path, filepath.FromSlash(name)), text)
		}
	}
	return nil, &exitError{
		exitUsage, fmt.Errorf("there is no %s in %s, beside it or here", plan.LockName, c.path),
		"coldcut slim PATH -o OUT --lock writes it, or name it: --lock FILE",
	}
}

func readLock(name string) (*plan.LockFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, &exitError{exitUsage, err, ""}
	}
	return decodeLock(name, text)
}

func decodeLock(name string, text []byte) (*plan.LockFile, error) {
	lock, err := plan.ReadLock(name, text)
	if err != nil {
		return nil, &exitError{exitFailed, err, "coldcut slim PATH -o OUT --lock writes it anew"}
	}
	return &plan.LockFile{Lock: lock, Name: name, Text: text}, nil
}

// lockNames are the places of a lock: where slim --lock writes it, and here.
func (c *checking) lockNames() []string {
	var names []string
	for _, dir := range append(slices.Clone(c.sources), c.path, filepath.Dir(filepath.Clean(c.path)), ".") {
		if !isNotDir(dir) {
			names = append(names, filepath.Join(dir, plan.LockName))
		}
	}
	return names
}

// place names files as they are seen from here, as far as they are there, so that
// editors and pull requests find them.
func (c *checking) place(findings []plan.Finding) {
	dirs := []string{c.path}
	for _, s := range c.sources {
		dirs = append(dirs, filepath.Dir(filepath.Clean(s)))
	}
	for i, f := range findings {
		for _, dir := range dirs {
			name := filepath.Join(dir, filepath.FromSlash(f.File))
			if _, err := os.Stat(name); err == nil {
				findings[i].File = filepath.ToSlash(name)
				break
			}
		}
	}
}
