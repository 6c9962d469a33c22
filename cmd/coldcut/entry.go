package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/deploy"
	"github.com/coldcut/coldcut/scan"
)

// entries is where the program begins, as the flags, the configuration or a
// template beside the package say.
type entries struct {
	handlers []string
	template string
	from     string // the configuration that names them, where no flag does

	notes []scan.Note
}

// noTemplate is the --template that reads none.
const noTemplate = "none"

func (e *entries) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&e.handlers, "entry", nil, "scan only what runs from this `HANDLER`, such as app.handler (repeatable)")
	cmd.Flags().StringVar(&e.template, "template", "", "read the entries from this template `FILE`; "+noTemplate+" reads none")
}

// configure takes what the flags leave open from the configuration.
func (e *entries) configure(conf *settings) {
	if len(e.handlers) == 0 && e.template == "" && len(conf.Entry) > 0 {
		e.handlers, e.from = conf.Entry, conf.file
	}
}

// scan scans what the entries reach of the packages at paths.
func (e *entries) scan(ctx context.Context, sys *system, pkg *artifact.Artifact, paths []string, opts scan.Options) (*scan.Result, error) {
	if err := e.options(paths, &opts); err != nil {
		return nil, err
	}
	uses, err := sys.scan(ctx, pkg, opts)
	if err != nil {
		return nil, err
	}
	uses.Notes = append(e.notes, uses.Notes...)
	return uses, nil
}

// options finds the entries of the packages at paths for a scan. Asked for entries
// win; else the templates beside a package are read.
func (e *entries) options(paths []string, opts *scan.Options) error {
	if len(e.handlers) > 0 {
		from := "--entry"
		if e.from != "" {
			from = e.from
		}
		for _, h := range e.handlers {
			opts.Entries = append(opts.Entries, scan.Entry{Handler: h, From: from})
		}
		return nil
	}
	if e.template == noTemplate {
		return nil
	}
	functions, err := e.functions(paths)
	if err != nil {
		return err
	}
	e.choose(functions, paths, opts)
	return nil
}

// functions reads the named template, or those beside the packages.
func (e *entries) functions(paths []string) ([]deploy.Function, error) {
	if e.template != "" {
		functions, err := deploy.Read(e.template)
		if err != nil {
			return nil, &exitError{exitUsage, err, ""}
		}
		return functions, nil
	}
	var all []deploy.Function
	for _, dir := range templateDirs(paths) {
		functions, errs := deploy.Find(dir)
		for _, err := range errs {
			e.note(dir, 1, "%v; it limits nothing", err)
		}
		all = append(all, functions...)
	}
	return all, nil
}

// templateDirs lists where templates lie: in each package, in the folder around it,
// and in the current one.
func templateDirs(paths []string) []string {
	var dirs, seen []string
	add := func(dir string) {
		if abs, err := filepath.Abs(dir); err == nil && !slices.Contains(seen, abs) && !isNotDir(dir) {
			seen = append(seen, abs)
			dirs = append(dirs, dir)
		}
	}
	for _, p := range paths {
		add(p)
		add(filepath.Join(p, ".."))
	}
	add(".")
	return dirs
}

// choose takes the handlers of the functions whose code is one of the packages. One
// whose handler is not known may begin anywhere, and then nothing is limited.
func (e *entries) choose(functions []deploy.Function, paths []string, opts *scan.Options) {
	var expected, optional []scan.Entry
	var env []string
	for i := range functions {
		f := &functions[i]
		if !f.MayBePython() {
			continue
		}
		for _, p := range paths {
			handler, relation := f.Over(p)
			if relation == deploy.Unrelated {
				continue
			}
			if handler == "" {
				e.note(f.File, f.Line, "the handler of %s is not told plainly: everything in the package is scanned", f.Name)
				return
			}
			found := entriesOf(f, handler, relation)
			if relation == deploy.Same {
				expected = append(expected, found...)
			} else {
				optional = append(optional, found...)
			}
			for _, v := range f.Env {
				env = append(env, v)
			}
		}
	}
	switch {
	case len(expected) > 0:
		slices.Sort(env)
		opts.Entries, opts.Strings = append(expected, optional...), env
	case len(functions) > 0:
		e.note(functions[0].File, functions[0].Line, "no function here is plainly made of this package: everything in it is scanned; --entry names the handler")
	}
}

// entriesOf lists where a function begins: its handler, or the one that a wrapper
// calls; the wrapper itself may come from a layer then.
func entriesOf(f *deploy.Function, handler string, r deploy.Relation) []scan.Entry {
	need := scan.Expected
	if r != deploy.Same {
		need = scan.Optional
	}
	at := scan.Pos{File: f.File, Line: f.Line, Column: 1}
	found := []scan.Entry{{Handler: handler, From: f.From(), Pos: at, Need: need}}
	for _, name := range deploy.Wrapped {
		if real := f.Env[name]; real != "" {
			found[0].Need = scan.Optional
			found = append(found, scan.Entry{Handler: real, From: f.From() + ", " + name, Pos: at, Need: need})
		}
	}
	return found
}

func (e *entries) note(file string, line int, format string, args ...any) {
	e.notes = append(e.notes, scan.Note{Pos: scan.Pos{File: file, Line: line, Column: 1}, Message: fmt.Sprintf(format, args...)})
}

// unknownEntry is the usage error for an entry that is not in the package.
func unknownEntry(err *scan.EntryError) *exitError {
	hint := "an entry is a module and a function in it, such as app.handler or src/app.handler"
	if len(err.Similar) > 0 {
		hint = "did you mean " + strings.Join(err.Similar, ", ") + "?"
	}
	return &exitError{exitUsage, err, hint}
}
