package main

import (
	"cmp"
	"context"
	_ "embed"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// program is one idiom, in a folder of its own.
type program struct {
	title string
	dir   string
	files []string // all of its sources; app.py is the one to run
	uses  []use    // what it uses; none where no analysis can know
}

// use is an operation of a service; "*" is any.
type use struct{ service, operation string }

// load reads the programs below dir in the order of their titles, those of which
// nothing can be known last.
func load(dir string) ([]program, error) {
	apps, err := filepath.Glob(filepath.Join(dir, "*", "app.py"))
	if err != nil {
		return nil, err
	}
	var all []program
	for _, app := range apps {
		p, err := read(filepath.Dir(app))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b program) int {
		if a.knowable() != b.knowable() {
			return cmp.Compare(len(b.calls()), len(a.calls()))
		}
		return cmp.Compare(a.title, b.title)
	})
	return all, nil
}

func read(dir string) (program, error) {
	p := program{dir: dir}
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".py" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if name == p.app() {
			p.title = titleOf(string(text))
		}
		p.files = append(p.files, name)
		p.uses = append(p.uses, usesOf(string(text))...)
		return nil
	})
	return p, err
}

// knowable reports whether an analysis can know what the program uses.
func (p program) knowable() bool { return p.calls() != "" }

func (p program) app() string { return filepath.Join(p.dir, "app.py") }

// titleOf is the docstring in the first line.
func titleOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.Trim(line, `"`)
}

var wanted = regexp.MustCompile(`# want service=(\S+) op=(\S+)`)

// usesOf reads the comments of a program; those for the scan's fixtures look alike.
func usesOf(text string) []use {
	var all []use
	for _, m := range wanted.FindAllStringSubmatch(text, -1) {
		all = append(all, use{service: m[1], operation: m[2]})
	}
	return all
}

// calls lists what a run of the program calls, as record.py prints it.
func (p program) calls() string {
	var lines []string
	for _, u := range p.uses {
		if u.operation != "*" {
			lines = append(lines, u.service+" "+u.operation)
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}

//go:embed record.py
var recorder string

// record runs a program and returns what it called.
func record(ctx context.Context, python *pyrun.Interpreter, boto string, p program) (string, error) {
	out, _, err := python.Run(ctx, pyrun.Command{
		NoSite: true,
		Args:   []string{"-c", recorder, p.app()},
		Env: []string{
			"PYTHONPATH=" + boto + string(os.PathListSeparator) + p.dir,
			"AWS_DEFAULT_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
			"SERVICE=s3",
		},
	})
	return strings.TrimSpace(string(out)), err
}
