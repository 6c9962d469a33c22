package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/importtime"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// importing is what explain --imports wants to know beside what explain does.
type importing struct {
	asked  bool
	slim   string
	python string
	runs   int
	env    []string
}

// imports shows what the function imports when it starts, and what that takes.
func (x *explaining) imports(ctx context.Context) (err error) {
	if err := x.checkImports(); err != nil {
		return err
	}
	conf, err := x.settings()
	if err != nil {
		return err
	}
	paths := append([]string{x.path}, x.sources...)
	trees, err := x.openOne(paths)
	defer closeAll(trees)
	if err != nil {
		return err
	}
	uses, err := x.entries.scan(ctx, x.sys, trees[0], paths, scan.Options{Sources: trees[1:], Declarations: conf.declarations()})
	if err != nil {
		return err
	}
	start := &starting{importing: x.importing, sources: x.sources, fat: trees[0], beside: trees[1:]}
	for _, e := range uses.Entries {
		start.entries = append(start.entries, moduleOf(e))
	}
	if len(start.entries) == 0 {
		return &exitError{exitUsage, errors.New("explain --imports has to know where the function begins, and no template tells"), "coldcut explain " + x.path + " --imports --entry app.handler"}
	}
	if start.scratch, err = os.MkdirTemp("", "coldcut-imports-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(start.scratch)) }()
	found, err := start.measure(ctx, x, conf, uses)
	if err != nil {
		return err
	}
	return x.write(report.ForImports(version(), x.path, uses, found))
}

func (x *explaining) checkImports() error {
	if err := x.check(); err != nil {
		return err
	}
	if x.python != "" && !isMinor(x.python) {
		return usageError("--python takes a version such as 3.13, not %q", x.python)
	}
	if x.runs < 1 {
		return usageError("--runs %d is none", x.runs)
	}
	return checkEnv(x.env)
}

// checkEnv checks what --env gives to a function that is started.
func checkEnv(pairs []string) error {
	for _, pair := range pairs {
		if name, _, ok := strings.Cut(pair, "="); !ok || name == "" || strings.HasPrefix(name, "PYTHON") {
			return usageError("--env takes NAME=VALUE, and none of Python's own variables, not %q", pair)
		}
	}
	return nil
}

// settings reads the configuration into what the flags leave open.
func (x *explaining) settings() (*settings, error) {
	conf, err := findConfig(x.config, append([]string{x.path}, x.sources...))
	if err != nil {
		return nil, err
	}
	x.configure(conf)
	if len(x.sources) == 0 {
		x.sources = conf.sources()
	}
	if x.python == "" && len(conf.Python) > 0 {
		x.python = conf.Python[0]
	}
	return conf, nil
}

// moduleOf is the module that Lambda imports for a handler: "src/app.handler" is the
// function handler in src.app. An entry may be the module itself.
func moduleOf(e scan.Entry) string {
	name, _, function := strings.Cut(e.Handler, ":")
	name = strings.ReplaceAll(name, "/", ".")
	file := strings.TrimSuffix(strings.TrimSuffix(e.File, ".py"), "/__init__")
	if is := strings.ReplaceAll(file, "/", "."); function || is == name || strings.HasSuffix(is, "."+name) {
		return name
	}
	if at := strings.LastIndexByte(name, '.'); at > 0 {
		return name[:at]
	}
	return name
}

// starting is a function that is started in two packages, in turns.
type starting struct {
	importing
	entries []string
	sources []string
	scratch string
	fat     *artifact.Artifact
	beside  []*artifact.Artifact // the trees of sources
}

// measure starts the function in the fat package and in the slim one.
func (s *starting) measure(ctx context.Context, x *explaining, conf *settings, uses *scan.Result) (_ *report.Imports, err error) {
	folders := []string{""}
	if folders[0], err = s.unpacked(ctx, s.fat, "fat"); err != nil {
		return nil, err
	}
	python, err := s.interpreter(ctx, folders[0])
	if err != nil {
		return nil, err
	}
	found := &report.Imports{Python: python.Version, Runs: s.runs, Entries: s.entries, Slim: s.slim}
	slim, why, err := s.slimmed(ctx, x, conf, uses, python.Language())
	if err != nil {
		return nil, err
	}
	if slim != nil {
		defer closeAll([]*artifact.Artifact{slim})
	}
	found.NoSlim = why
	if slim != nil {
		folder, err := s.unpacked(ctx, slim, "slim")
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	bar := x.progress("starting")
	defer bar.done()
	started, err := s.start(ctx, python, folders, bar.counted())
	if err != nil {
		return nil, err
	}
	var after []*importtime.Module
	before := importtime.Merge(started.trees[0])
	if slim != nil {
		after = importtime.Merge(started.trees[1])
	}
	own, err := s.ownModules(started.files, folders[0])
	if err != nil {
		return nil, err
	}
	found.Fill(before, after, importtime.OwnImports(before, after, func(name string) bool { return own[name] != "" }))
	s.locate(found.Own, own)
	return found, nil
}

// slimmed is the slim package: the one that was given, or else what slim would make.
// Where slim would refuse there is none, and why says so.
func (s *starting) slimmed(ctx context.Context, x *explaining, conf *settings, uses *scan.Result, python string) (slim *artifact.Artifact, why string, err error) {
	if s.slim != "" {
		slim, err = artifact.Open(s.slim, x.artifactOptions())
		return slim, "", err
	}
	credentials := plan.Credentials(conf.Credentials)
	if credentials == "" {
		credentials = plan.Environment
	}
	p, err := plan.New(s.fat, uses, plan.Options{Keep: conf.Keep, Only: conf.Only, Credentials: credentials, Pythons: []string{python}, PythonsFrom: "explain --imports"})
	var refused *plan.RefusedError
	if errors.As(err, &refused) {
		return nil, refused.Reason, nil
	}
	if err != nil {
		return nil, "", err
	}
	result, err := shake.Options{Sources: s.beside}.Apply(ctx, s.fat, p)
	if err != nil {
		return nil, "", err
	}
	return result.Artifact, "", nil
}

// unpacked is the folder to import from: the package's own where it is one, with
// nothing written into it. Elsewhere files have the times that the package tells, since
// Python asks them whether bytecode is stale.
func (s *starting) unpacked(ctx context.Context, a *artifact.Artifact, name string) (string, error) {
	if a.Form() == artifact.Directory && !a.Edited() {
		return filepath.Abs(a.Path())
	}
	dir := filepath.Join(s.scratch, name)
	staged, err := artifact.Stage(ctx, a, dir, artifact.WriteOptions{})
	if err != nil {
		return "", err
	}
	if err := staged.Commit(); err != nil {
		return "", err
	}
	return dir, keepTimes(a, dir)
}

// keepTimes gives files the times that they have where the package is used, as far as
// it tells.
func keepTimes(a *artifact.Artifact, dir string) error {
	for _, f := range a.Files() {
		if times := a.Times(f.Path); f.Mode.IsRegular() && len(times) > 0 {
			at := time.Unix(times[0], 0)
			if err := os.Chtimes(filepath.Join(dir, filepath.FromSlash(f.Path)), at, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownModules are the modules that are the user's own, with their files: in the fat
// package or the sources, and put there by no distribution.
func (s *starting) ownModules(files map[string]string, folder string) (map[string]string, error) {
	installed, err := s.installed()
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for name, file := range files {
		for _, dir := range append([]string{folder}, absolute(s.sources)...) {
			rel, err := filepath.Rel(dir, file)
			if err != nil || !filepath.IsLocal(rel) {
				continue
			}
			if dir != folder || !installed(filepath.ToSlash(rel)) {
				own[name] = file
			}
		}
	}
	return own, nil
}

func absolute(dirs []string) []string {
	all := make([]string, 0, len(dirs))
	for _, d := range dirs {
		if abs, err := filepath.Abs(d); err == nil {
			all = append(all, abs)
		}
	}
	return all
}

// installed tells the files that a RECORD lists, and boto's own, which may lack one.
func (s *starting) installed() (func(path string) bool, error) {
	owners, err := s.fat.Owners()
	if err != nil {
		return nil, err
	}
	botos, err := boto.Find(s.fat)
	if err != nil {
		return nil, err
	}
	return func(file string) bool {
		return owners[file] != "" || slices.ContainsFunc(botos, func(in *boto.Installation) bool {
			below := strings.TrimPrefix(file, in.Root+"/")
			return strings.HasPrefix(below, "boto3/") || strings.HasPrefix(below, "botocore/")
		})
	}, nil
}

// locate finds the lines at which own code imports what it imports.
func (s *starting) locate(imports []importtime.Own, own map[string]string) {
	for i := range imports {
		o := &imports[i]
		file := own[o.Importer]
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a module without a source has no lines
		}
		if o.Line = importLine(text, o.Module); o.Line > 0 {
			o.File = shortest(file, append([]string{s.scratch, s.fat.Path(), filepath.Join(s.scratch, "fat")}, s.sources...))
		}
	}
}

// shortest is a file's path as seen from whichever of the folders it is closest to.
func shortest(file string, dirs []string) string {
	best := file
	for _, dir := range absolute(dirs) {
		if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) && len(rel) < len(best) {
			best = rel
		}
	}
	return filepath.ToSlash(best)
}

// notStarted says why a function could not be imported.
func notStarted(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	// Of a traceback the last line says what, and the rest would be one long line.
	said := strings.Split(strings.TrimSpace(err.Error()), "\n")
	text := said[0]
	if last := said[len(said)-1]; last != text {
		text += ": " + last
	}
	return &exitError{exitFailed, fmt.Errorf("the function could not be imported: %s", text), "what it wants from its environment is given with --env NAME=VALUE; it gets none of yours, and no network"}
}
