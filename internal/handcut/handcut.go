// Package handcut finds commands that delete from botocore's data by hand, in shell
// scripts, Dockerfiles, Makefiles and CI configuration, and works out what they delete.
//
// It reads commands, and never runs them. What it cannot follow it calls unclear.
package handcut

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Cut is one command that deletes from botocore's or boto3's data folder.
type Cut struct {
	File string
	Line int
	// Command is the command as it stands there, on one line.
	Command string
	// Unclear is set where it cannot be told what is deleted.
	Unclear bool

	deletes func(item) bool
}

// Deletes reports whether the command deletes a service's folder, or a good part of
// it, or a file that lies beside those folders, such as endpoints.json.
func (c *Cut) Deletes(name string) bool {
	if c.Unclear {
		return false
	}
	if path.Ext(name) == ".json" {
		return c.deletes(item{rel: name, file: true})
	}
	// What find does not say of a folder it may say of a file in it.
	return c.deletes(item{rel: name}) || c.deletes(item{rel: name + "/2015-01-01"}) ||
		c.deletes(item{rel: name + "/2015-01-01/service-2.json.gz", file: true}) ||
		c.deletes(item{rel: name + "/2015-01-01/service-2.json", file: true})
}

// item is a folder or a file below a data folder.
type item struct {
	rel  string
	file bool
}

// depth is how far below the data folder it lies.
func (i item) depth() int { return 1 + strings.Count(i.rel, "/") }

// Limits on what is read: build scripts are small and lie near the root of a project.
const (
	mostDepth = 4
	mostFiles = 20_000
	mostBytes = 1 << 20
)

// Find reads the build scripts of a project. Files that cannot be read or parsed are
// passed over: they are not ours to judge.
func Find(project fs.FS) ([]Cut, error) {
	var cuts []Cut
	seen := 0
	err := fs.WalkDir(project, ".", func(name string, d fs.DirEntry, err error) error {
		if seen++; seen > mostFiles {
			return fs.SkipAll
		}
		if err != nil {
			if errors.Is(err, fs.ErrPermission) || name != "." {
				return nil
			}
			return err
		}
		if d.IsDir() {
			if name != "." && (skipped(d.Name()) || strings.Count(name, "/") >= mostDepth) {
				return fs.SkipDir
			}
			return nil
		}
		read := readerOf(name)
		if read == nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > mostBytes {
			return nil
		}
		data, err := fs.ReadFile(project, name)
		if err != nil || !strings.Contains(string(data), "botocore") && !strings.Contains(string(data), "boto3") {
			return nil
		}
		for _, s := range read(string(data)) {
			cuts = append(cuts, s.cuts(name)...)
		}
		return nil
	})
	return cuts, err
}

// skipped are folders that hold nobody's build scripts.
func skipped(name string) bool {
	hidden := strings.HasPrefix(name, ".") && name != ".github" && name != ".circleci" && name != ".ci" && name != ".buildkite"
	return hidden || slices.Contains([]string{"node_modules", "site-packages", "dist-packages", "venv", "botocore", "boto3"}, name)
}
