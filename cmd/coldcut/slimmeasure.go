package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/importtime"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// slow is the share of all imports from which on one of the function's own is listed.
const slow = 0.05

// measuring is the function of a package that is cut, started in Python.
type measuring struct {
	starting
	with   *pyrun.Interpreter
	folder string // of the fat package
	uses   *scan.Result
}

// newMeasuring makes ready to start the function. end clears away.
func (s *slimming) newMeasuring(ctx context.Context, fat *artifact.Artifact, sources []*artifact.Artifact, uses *scan.Result) (m *measuring, err error) {
	m = &measuring{starting: starting{importing: importing{runs: 3, env: s.env}, sources: s.sources, fat: fat, beside: sources}, uses: uses}
	if len(s.pythons) > 0 {
		m.importing.python = s.pythons[0]
	}
	for _, e := range uses.Entries {
		m.entries = append(m.entries, moduleOf(e))
	}
	if len(m.entries) == 0 {
		return nil, &exitError{exitUsage, errors.New("--measure has to know where the function begins, and no template tells"), "name it with --entry app.handler"}
	}
	if m.scratch, err = os.MkdirTemp("", "coldcut-measure-"); err != nil {
		return nil, err
	}
	if m.folder, err = m.unpacked(ctx, fat, "fat"); err == nil {
		m.with, err = m.interpreter(ctx, m.folder)
	}
	if err != nil {
		return nil, errors.Join(err, m.end())
	}
	return m, nil
}

// end removes what was unpacked.
func (m *measuring) end() error { return os.RemoveAll(m.scratch) }

// heavy starts the function and adds what is slow to import to the plan's weights.
func (m *measuring) heavy(ctx context.Context, bar *bar, p *plan.Plan) error {
	started, err := m.start(ctx, m.with, []string{m.folder}, bar.counted())
	bar.done()
	if err != nil {
		return err
	}
	own, err := m.ownModules(started.files, m.folder)
	if err != nil {
		return err
	}
	modules := importtime.Merge(started.trees[0])
	imports := importtime.OwnImports(modules, nil, func(name string) bool { return own[name] != "" })
	m.locate(imports, own)
	p.Weights = slices.Concat(heavy(imports, importtime.Milliseconds(importtime.Total(modules))), p.Weights)
	return nil
}

// heavy are the imports that take a good part of the whole.
func heavy(imports []importtime.Own, total float64) (weights []plan.Weight) {
	for _, o := range imports {
		if o.BeforeMS < slow*total {
			continue
		}
		at := o.Importer
		if o.File != "" {
			at = fmt.Sprintf("%s:%d", o.File, o.Line)
		}
		weights = append(weights, plan.Weight{
			Kind: "heavy", Name: o.Module, MS: &o.BeforeMS,
			Why: fmt.Sprintf("%s imports it, of %.1f ms that all imports take", at, total),
		})
	}
	return weights
}

// gainRuns is how often each package is started for what passes gain.
const gainRuns = 7

// gains starts the function in the fat package, in the slim one, and in what slim would be
// without each of its passes, in turns: what a pass gains depends on the others, and what
// changes sources costs more than it gains where nothing compiles them.
func (m *measuring) gains(ctx context.Context, bar *bar, opts plan.Options, p *plan.Plan, slim *shake.Result) (*report.Start, error) {
	folders := []string{m.folder}
	add := func(a *artifact.Artifact, name string) error {
		dir, err := m.unpacked(ctx, a, name)
		folders = append(folders, dir)
		return err
	}
	if err := add(slim.Artifact, "slim"); err != nil {
		return nil, err
	}
	for _, pass := range p.Passes {
		less, err := m.without(ctx, opts, p, pass)
		if err != nil {
			return nil, fmt.Errorf("without the pass %s: %w", pass, err)
		}
		if err := add(less.Artifact, "without-"+pass); err != nil {
			return nil, err
		}
	}
	took := make([][]float64, len(folders))
	count := bar.counted()
	for run := range gainRuns + 1 {
		for i, folder := range folders {
			ms, err := m.took(ctx, m.with, folder)
			if err != nil {
				return nil, notStarted(err)
			}
			if run > 0 { // the first fills the page cache
				took[i] = append(took[i], ms)
			}
			if count != nil {
				count(run*len(folders)+i+1, (gainRuns+1)*len(folders))
			}
		}
	}
	return report.NewStart(m.with.Version, m.entries, p.Passes, took), nil
}

// without is the package as slim would make it without one of its passes.
func (m *measuring) without(ctx context.Context, opts plan.Options, p *plan.Plan, pass string) (*shake.Result, error) {
	opts.Only = slices.DeleteFunc(slices.Clone(p.Passes), func(name string) bool { return name == pass })
	switch pass {
	case plan.JunkPass:
		opts.DropUnreached = nil
	case plan.HelpPass:
		opts.Fallback = ""
	case plan.BytecodePass:
		opts.StripSource = false
	}
	if len(opts.Only) == 0 { // which would mean all of them
		return &shake.Result{Artifact: m.fat}, nil
	}
	less, err := plan.New(m.fat, m.uses, opts)
	if err != nil {
		return nil, err
	}
	return shake.Options{Sources: m.beside}.Apply(ctx, m.fat, less)
}
