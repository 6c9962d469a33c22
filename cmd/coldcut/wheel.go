package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/shake"
)

// isWheel reports whether a name is that of a wheel.
func isWheel(name string) bool { return strings.EqualFold(filepath.Ext(name), ".whl") }

// checkWheel reads PATH's name where it is a wheel, whose OUT is a folder: its own name
// tells its version.
func (s *slimming) checkWheel() error {
	switch {
	case isWheel(s.out) && isWheel(s.path):
		return &exitError{exitUsage, errors.New("the name of a wheel tells its version, which follows from what is in it"), "name the folder: -o " + filepath.Dir(s.out)}
	case isWheel(s.out):
		return &exitError{exitUsage, errors.New("only a wheel can be cut to a wheel"), "give a folder or a name that ends in .zip"}
	case !isWheel(s.path):
		return nil
	case s.inPlace || strings.EqualFold(filepath.Ext(s.out), ".zip"):
		return &exitError{exitUsage, errors.New("a wheel is cut to a wheel, in a folder"), "coldcut slim " + s.path + " -o dist"}
	}
	w, err := artifact.ParseWheel(filepath.Base(s.path))
	if err != nil {
		return &exitError{exitUsage, err, ""}
	}
	s.wheel = &w
	return nil
}

// relabel gives the wheel its own version, and OUT its name.
func (s *slimming) relabel(slim *shake.Result) error {
	cut, w, err := shake.Wheel(slim.Artifact, *s.wheel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder of the wheel: %w", err)
	}
	slim.Artifact, s.out = cut, filepath.Join(s.out, w.Name())
	return nil
}
