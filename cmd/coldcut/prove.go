package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/verify"
)

// prove holds what was written to the fat package, in each Python that it is for, and
// puts the verdict into the report. An error means that OUT must not appear.
func (s *slimming) prove(ctx context.Context, doc *report.Document, p *plan.Plan, fat, shipped *artifact.Artifact) error {
	if s.unproven {
		return nil
	}
	for i, python := range s.proving(ctx) {
		verdict, err := s.compare(ctx, p, fat, shipped, python)
		if err != nil {
			return s.noVerdict(ctx, err)
		}
		proof := report.ForVerify(version(), s.path, doc.Out, verdict)
		if i == 0 || verdict.Differs > 0 {
			doc.Verify = proof.Verify
		} else {
			together(doc, proof)
		}
		if verdict.Differs > 0 {
			return s.differs(doc, verdict)
		}
	}
	return nil
}

// compare runs both packages in one Python.
func (s *slimming) compare(ctx context.Context, p *plan.Plan, fat, shipped *artifact.Artifact, python string) (*verify.Verdict, error) {
	bar := s.progress("verifying")
	defer bar.done()
	opts := verify.Options{
		Python: python, Seed: 1, Keep: p.Services, ClientsOnly: p.ClientsOnly, SkipUnchanged: true,
		Root: s.place.root, Path: s.place.path, Beside: s.beside, Progress: bar.counted(),
	}
	if len(s.beneath) > 0 {
		var err error
		if fat, shipped, err = s.withLayers(fat, shipped, &opts); err != nil {
			return nil, err
		}
	}
	verdict, err := verify.Compare(ctx, fat, shipped, opts)
	if err == nil && s.image != nil {
		verdict.At(s.place.name(s.image))
	}
	return verdict, err
}

// withLayers are both packages with the layers, as they run. The botocore that was cut is
// compared, whatever comes before it on the path: others may use the layer without that.
func (s *slimming) withLayers(fat, shipped *artifact.Artifact, opts *verify.Options) (before, after *artifact.Artifact, err error) {
	own, err := ownRoot(fat)
	if err != nil {
		return nil, nil, err
	}
	layers, err := without(s.beneath, own)
	if err != nil {
		return nil, nil, err
	}
	was, err := stackOf(fat, layers, s.artifactOptions())
	if err != nil {
		return nil, nil, err
	}
	is, err := stackOf(shipped, layers, s.artifactOptions())
	if err != nil {
		return nil, nil, err
	}
	folders, err := was.path(opts.Python)
	if err != nil {
		return nil, nil, err
	}
	opts.Root = path.Join(was.root, own)
	opts.Path, err = was.lookedInto(folders, opts.Root)
	return was.tree, is.tree, err
}

// differs shows what differs, and says what to do.
func (s *slimming) differs(doc *report.Document, verdict *verify.Verdict) error {
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
	shipped, err := artifact.Open(staged.Path(), s.artifactOptions())
	if err != nil {
		return err
	}
	defer closeAll([]*artifact.Artifact{shipped})
	return s.prove(ctx, doc, p, fat, shipped)
}

// noVerdict says what to do where the comparison did not come to its end.
func (s *slimming) noVerdict(ctx context.Context, err error) error {
	var known *exitError
	if ctx.Err() != nil || errors.As(err, &known) {
		return err
	}
	hint := "--no-verify writes the package without the proof"
	var unimportable *verify.ImportError
	switch {
	case errors.As(err, &unimportable) && s.wheel != nil && s.beside == "":
		hint = "a wheel wants what it requires: pip install --target deps botocore, and --dependencies deps; or go without the proof: --no-verify"
	case errors.As(err, &unimportable):
		hint = "name the Python that the package is made for, with --python 3.13, or go without the proof: --no-verify"
	}
	return &exitError{exitFailed, fmt.Errorf("cannot verify what was cut: %w", err), hint}
}
