package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/coldcut/coldcut/scan"
)

// settings are what [tool.coldcut] in pyproject.toml, or coldcut.toml, says.
type settings struct {
	Keep []string `toml:"keep"`
	// Declare says for a FILE or FILE:FUNCTION what it can ask for.
	Declare     map[string][]string `toml:"declare"`
	Sources     []string            `toml:"sources"`
	Only        []string            `toml:"only"`
	Imports     *bool               `toml:"imports"`
	Help        *bool               `toml:"help"`
	Fallback    string              `toml:"fallback"`
	Entry       []string            `toml:"entry"`
	Credentials string              `toml:"credentials"`
	Python      versions            `toml:"python"`
	Bytecode    *bool               `toml:"bytecode"`
	StripSource bool                `toml:"strip_source"`
	// Verify is nil where the file does not say.
	Verify *bool `toml:"verify"`

	file string
	text []byte
}

// findConfig reads the named file, or the first that is found in the folders
// and then in the current one. A missing configuration is an empty one.
func findConfig(name string, dirs []string) (*settings, error) {
	if name != "" {
		conf, err := readConfig(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &exitError{exitUsage, err, ""}
		}
		if conf == nil && err == nil {
			err = &exitError{exitUsage, fmt.Errorf("%s has no [tool.coldcut]", name), ""}
		}
		return conf, err
	}
	for _, dir := range append(dirs, ".") {
		for _, base := range []string{"coldcut.toml", "pyproject.toml"} {
			conf, err := readConfig(filepath.Join(dir, base))
			if errors.Is(err, fs.ErrNotExist) || isNotDir(dir) {
				continue
			}
			if conf != nil || err != nil {
				return conf, err
			}
		}
	}
	return &settings{}, nil
}

func isNotDir(name string) bool {
	info, err := os.Stat(name)
	return err != nil || !info.IsDir()
}

// readConfig reads one file; nil where a pyproject.toml has no table for coldcut.
func readConfig(name string) (*settings, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if filepath.Base(name) == "pyproject.toml" {
		return readProject(name, data)
	}
	conf := &settings{file: name, text: data}
	meta, err := toml.Decode(string(data), conf)
	if err != nil {
		return nil, badConfig(name, err)
	}
	return conf, checkKeys(name, meta, "")
}

func readProject(name string, data []byte) (*settings, error) {
	var project struct {
		Tool struct {
			Coldcut *settings `toml:"coldcut"`
		} `toml:"tool"`
	}
	meta, err := toml.Decode(string(data), &project)
	if err != nil {
		return nil, badConfig(name, err)
	}
	conf := project.Tool.Coldcut
	if conf == nil {
		return nil, nil
	}
	conf.file, conf.text = name, data
	return conf, checkKeys(name, meta, "tool.coldcut.")
}

// checkKeys refuses keys that coldcut does not know: a misspelt keep keeps nothing.
func checkKeys(name string, meta toml.MetaData, prefix string) error {
	for _, key := range meta.Undecoded() {
		full := key.String()
		if len(full) > len(prefix) && full[:len(prefix)] == prefix {
			return &exitError{exitUsage, fmt.Errorf("%s: unknown key %s", name, full), "the keys are keep, declare, sources, only, imports, help, fallback, entry, credentials, python, bytecode, strip_source, verify"}
		}
	}
	return nil
}

func badConfig(name string, err error) error {
	var at toml.ParseError
	if errors.As(err, &at) {
		return &exitError{exitUsage, fmt.Errorf("%s:%d: %s", name, at.Position.Line, at.Message), ""}
	}
	return &exitError{exitUsage, fmt.Errorf("%s: %w", name, err), ""}
}

// declarations are those under declare, each with the line that it stands in.
func (s *settings) declarations() []scan.Declaration {
	var all []scan.Declaration
	for _, place := range slices.Sorted(maps.Keys(s.Declare)) {
		at := max(0, bytes.Index(s.text, []byte(place)))
		all = append(all, scan.Declaration{
			Pos:   scan.Pos{File: filepath.Base(s.file), Line: 1 + bytes.Count(s.text[:at], []byte("\n")), Column: 1},
			Place: place, Keep: s.Declare[place],
		})
	}
	return all
}

// sources are relative to the file that names them.
func (s *settings) sources() []string {
	var out []string
	for _, dir := range s.Sources {
		if !filepath.IsAbs(dir) && !strings.HasPrefix(dir, inImage) {
			dir = filepath.Join(filepath.Dir(s.file), dir)
		}
		out = append(out, dir)
	}
	return out
}
