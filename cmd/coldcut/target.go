package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/deploy"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
)

// target is the Python that runs the package, and who says so. It is never the one that
// happens to be on this machine.
type target struct {
	pythons []string
	namedBy string
	// configured are those of the configuration, which a template goes before.
	configured     []string
	configuredFrom string
	evident        []string // of which the package itself tells
	noBytecode     bool
	stripSource    bool
}

// versions is a key that holds one version or a list of them.
type versions []string

// UnmarshalTOML implements toml.Unmarshaler.
func (v *versions) UnmarshalTOML(value any) error {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, one := range list {
		text, ok := one.(string)
		if !ok {
			return fmt.Errorf("python is a version such as \"3.13\", or a list of them, not %v", one)
		}
		*v = append(*v, strings.Split(text, ",")...)
	}
	return nil
}

// checkTarget holds what is named to what a version looks like.
func (s *slimming) checkTarget() error {
	for _, all := range []*[]string{&s.target.pythons, &s.target.configured} {
		for i, v := range *all {
			if (*all)[i] = strings.TrimSpace(v); !isMinor((*all)[i]) {
				return usageError("--python takes a version such as 3.13, not %q", v)
			}
		}
		slices.SortFunc(*all, newest)
		*all = slices.Compact(*all)
	}
	if len(s.target.pythons) > 0 {
		s.target.namedBy = "--python"
	}
	switch {
	case s.stripSource && s.inPlace:
		return &exitError{exitUsage, errors.New("--strip-source takes sources away, and so not in place"), "write the package elsewhere, with -o"}
	case s.stripSource && (s.noBytecode || len(s.only) > 0 && !slices.Contains(s.only, plan.BytecodePass)):
		return usageError("--strip-source is the pass bytecode's, which is left out")
	}
	return nil
}

// newest sorts 3.13 before 3.9.
func newest(a, b string) int {
	if len(a) != len(b) {
		return len(b) - len(a)
	}
	return strings.Compare(b, a)
}

// findTarget finds out which Python runs the package: as --python says, else the
// template that deploys it, else the configuration, else the user.
func (s *slimming) findTarget(ctx context.Context, fat *artifact.Artifact) error {
	t := &s.target
	if len(t.pythons) == 0 {
		var err error
		if t.pythons, t.namedBy, err = s.runtimes(append([]string{s.path}, s.sources...)); err != nil {
			return err
		}
	}
	if len(t.pythons) == 0 {
		t.pythons, t.namedBy = t.configured, t.configuredFrom
	}
	if len(t.pythons) == 0 && s.image != nil && s.image.Python() != "" {
		t.pythons, t.namedBy = []string{s.image.Python()}, "the interpreter in the image"
	}
	t.evident, _ = plan.Evidence(fat)
	if len(t.pythons) == 0 && len(t.evident) == 0 && s.bytecodeRuns() {
		t.pythons, t.namedBy = s.askForTarget(ctx)
	}
	if !s.stripSource {
		return nil
	}
	if len(t.pythons) != 1 {
		return &exitError{exitUsage, errors.New("--strip-source wants the one Python that runs the package: without sources no other can"), "name it: --python 3.13"}
	}
	_, err := pyrun.Find(ctx, t.pythons[0])
	return err
}

// compiles reports whether a Python that runs the package is here. One alone suffices:
// the others compile at their starts what they would have compiled anyway.
func (s *slimming) compiles(ctx context.Context) bool {
	pythons := s.target.pythons
	if len(pythons) == 0 {
		pythons = s.target.evident
	}
	return slices.ContainsFunc(pythons, func(version string) bool {
		_, err := pyrun.Find(ctx, version)
		return err == nil
	})
}

func (s *slimming) bytecodeRuns() bool {
	return !s.noBytecode && (len(s.only) == 0 || slices.Contains(s.only, plan.BytecodePass))
}

// askForTarget asks whoever sits at the terminal.
func (s *slimming) askForTarget(ctx context.Context) (pythons []string, from string) {
	if s.format != "text" || !isTerminal(s.sys.stderr) || !isTerminal(os.Stdin) {
		return nil, ""
	}
	fmt.Fprint(s.sys.stderr, "Which Python runs this package? Nothing names it, and each has bytecode of its own. (3.13, or nothing to go without) ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	select {
	case v := <-answer:
		if isMinor(v) {
			return []string{v}, "as you said"
		}
	case <-ctx.Done(): // whoever goes on sees it too
	}
	return nil, ""
}

// runtimes are those of the functions that the package is deployed as, where each of
// them is told plainly.
func (e *entries) runtimes(paths []string) (pythons []string, from string, err error) {
	if e.template == noTemplate {
		return nil, "", nil
	}
	notes := e.notes
	defer func() { e.notes = notes }() // the scan reads the same templates, and tells
	functions, err := e.functions(paths)
	if err != nil {
		return nil, "", err
	}
	for i := range functions {
		f := &functions[i]
		if !f.MayBePython() || !isAny(f, paths) {
			continue
		}
		version := strings.TrimPrefix(f.Runtime, "python")
		if !isMinor(version) {
			return nil, "", nil // it may be any
		}
		pythons = append(pythons, version)
		if from == "" {
			from = f.From()
		}
	}
	slices.SortFunc(pythons, newest)
	return slices.Compact(pythons), from, nil
}

// isAny reports whether a function is plainly made of one of the packages.
func isAny(f *deploy.Function, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		_, relation := f.Over(p)
		return relation == deploy.Same
	})
}

// proving are the Pythons to prove the package in: those that are named, or, where
// a template or the package alone tells, as far as they are here. One that is empty
// stands for the newest in which the package can be imported.
func (s *slimming) proving(ctx context.Context) []string {
	t := &s.target
	if len(t.pythons) > 0 && (t.namedBy == "--python" || t.namedBy == t.configuredFrom) {
		return t.pythons
	}
	pythons := t.pythons
	if len(pythons) == 0 {
		pythons = t.evident
	}
	var here []string
	for _, v := range pythons {
		if _, err := pyrun.Find(ctx, v); err == nil {
			here = append(here, v)
		}
	}
	if len(here) == 0 {
		return []string{""}
	}
	return here
}

// together adds a verdict to those of other Pythons, or of other places in an image.
func together(doc, other *report.Document) {
	sum := doc.Verify.Join(other.Verify.Verdict)
	one := *doc.Verify
	one.Verdict = sum
	doc.Verify = &one
	if doc.Verb == "verify" {
		doc.Services = sum.Services
	}
}
