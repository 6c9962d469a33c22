package main

import (
	"archive/zip"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// openSources opens what is read for its sources, without the packages in it that coldcut
// wrote: they are made of these sources, were proven when they were cut, and bring a
// botocore of their own. A note tells of each.
func openSources(paths []string, opts artifact.Options) ([]*artifact.Artifact, []scan.Note, error) {
	trees, err := openAll(paths, opts)
	if err != nil {
		return trees, nil, err
	}
	var notes []scan.Note
	for i, t := range trees {
		hidden := artifact.Edits{}
		for _, f := range ownIn(t, opts) {
			hidden[f] = nil
			notes = append(notes, scan.Note{Pos: scan.Pos{File: filepath.ToSlash(filepath.Join(t.Path(), filepath.FromSlash(f))), Line: 1, Column: 1}, Message: "coldcut wrote this package, so it is not read with the sources"})
		}
		if len(hidden) > 0 {
			trees[i] = t.With(hidden)
		}
	}
	return trees, notes, nil
}

// ownIn lists the zips and wheels in a folder that coldcut wrote.
func ownIn(t *artifact.Artifact, opts artifact.Options) (own []string) {
	if t.Form() != artifact.Directory {
		return nil
	}
	for _, f := range t.Files() {
		ext := strings.ToLower(path.Ext(f.Path))
		if f.Mode.IsRegular() && (ext == ".zip" || ext == ".whl") && isOwn(filepath.Join(t.Path(), filepath.FromSlash(f.Path)), opts) {
			own = append(own, f.Path)
		}
	}
	return own
}

// isOwn reports whether a zip is a package that was cut: each botocore in it has a lock,
// and knows nothing else. What cannot be read is nobody's, and a scan says so.
func isOwn(name string, opts artifact.Options) bool {
	if !mayBeOwn(name) {
		return false
	}
	a, err := artifact.Open(name, opts)
	if err != nil {
		return false
	}
	defer closeAll([]*artifact.Artifact{a})
	installed, err := boto.Find(a)
	return err == nil && len(installed) > 0 && !slices.ContainsFunc(installed, func(in *boto.Installation) bool {
		return in.Botocore == "" || !isCut(a, in)
	})
}

// mayBeOwn looks at the names alone: projects have zips of many kinds.
func mayBeOwn(name string) bool {
	z, err := zip.OpenReader(name)
	if err != nil {
		return false
	}
	defer func() { _ = z.Close() }() // it was only read
	return scan.HoldsLock(&z.Reader)
}
