package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/importtime"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// slow is the share of all imports from which on one of the function's own is listed.
const slow = 0.05

// measure starts the function and adds what is slow to import to the plan's weights.
func (s *slimming) measure(ctx context.Context, fat *artifact.Artifact, uses *scan.Result, p *plan.Plan) (err error) {
	start := &starting{importing: importing{runs: 3}, sources: s.sources, fat: fat}
	if len(s.pythons) > 0 {
		start.importing.python = s.pythons[0]
	}
	for _, e := range uses.Entries {
		start.entries = append(start.entries, moduleOf(e))
	}
	if len(start.entries) == 0 {
		return &exitError{exitUsage, errors.New("--measure has to know where the function begins, and no template tells"), "name it with --entry app.handler"}
	}
	if start.scratch, err = os.MkdirTemp("", "coldcut-measure-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(start.scratch)) }()
	folder, err := start.unpacked(ctx, fat, "fat")
	if err != nil {
		return err
	}
	python, err := start.interpreter(ctx, folder)
	if err != nil {
		return err
	}
	bar := s.progress("starting")
	started, err := start.start(ctx, python, []string{folder}, bar.counted())
	bar.done()
	if err != nil {
		return err
	}
	own, err := start.ownModules(started.files, folder)
	if err != nil {
		return err
	}
	modules := importtime.Merge(started.trees[0])
	imports := importtime.OwnImports(modules, nil, func(name string) bool { return own[name] != "" })
	start.locate(imports, own)
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
