package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/verify"
)

// prove holds what was written to the fat package and puts the verdict into the
// report. An error means that OUT must not appear.
func (s *slimming) prove(ctx context.Context, doc *report.Document, p *plan.Plan, fat, shipped *artifact.Artifact) error {
	if s.unproven {
		return nil
	}
	bar := s.progress("verifying")
	defer bar.done()
	verdict, err := verify.Compare(ctx, fat, shipped, verify.Options{
		Python: s.python, Seed: 1, Keep: p.Services, ClientsOnly: p.ClientsOnly, SkipUnchanged: true, Progress: bar.counted(),
	})
	if err != nil {
		return noVerdict(ctx, err)
	}
	bar.done()
	doc.Verify = report.ForVerify(version(), s.path, doc.Out, verdict).Verify
	if verdict.Differs == 0 {
		return nil
	}
	if err := s.write(doc); err != nil {
		return err
	}
	return &exitError{
		exitGate, fmt.Errorf("%s, so nothing was written", differ(verdict.Differs)),
		"to look into it, write it with --no-verify and run coldcut verify; --only services,versions,junk leaves the models as they are",
	}
}

// proveStaged proves the bytes that will ship.
func (s *slimming) proveStaged(ctx context.Context, doc *report.Document, p *plan.Plan, fat *artifact.Artifact, staged *artifact.Staged) error {
	if s.unproven {
		return nil
	}
	shipped, err := artifact.Open(staged.Path(), artifact.Options{MaxSize: int64(s.maxSize)})
	if err != nil {
		return err
	}
	defer closeAll([]*artifact.Artifact{shipped})
	return s.prove(ctx, doc, p, fat, shipped)
}

// noVerdict says what to do where the comparison did not come to its end.
func noVerdict(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	hint := "--no-verify writes the package without the proof"
	var unimportable *verify.ImportError
	if errors.As(err, &unimportable) {
		hint = "name the Python that the package is made for, with --python 3.13, or go without the proof: --no-verify"
	}
	return &exitError{exitFailed, fmt.Errorf("cannot verify what was cut: %w", err), hint}
}
