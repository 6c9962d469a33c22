package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// brought is a boto3 or botocore that the function or one of its layers brings.
type brought struct {
	name, version string
	by            string // the package, as it was named
	root          string // in it
	rank          int
}

// rank is the place of a folder on Lambda's path: the function comes before its layers,
// which are all unpacked below /opt, and there the folder of one Python's packages before
// the one for all.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html, and sys.path
// of a function.
func rank(root string) int {
	switch {
	case root == "python":
		return 2
	case strings.HasPrefix(root, "python/lib/") && path.Base(root) == "site-packages":
		return 1
	}
	return 0
}

// place is the folder in Lambda.
func (b brought) place() string {
	if b.rank == 0 {
		return path.Join("/var/task", b.root)
	}
	return path.Join("/opt", b.root)
}

// stacked understands a function and its layers as the one path that Lambda makes of
// them, and tells of each boto3 and botocore which other one stands before it.
func stacked(trees []*artifact.Artifact) ([]scan.Note, error) {
	all := map[string][]brought{}
	for _, t := range trees {
		if t.Form() == artifact.ContainerImage {
			continue // whose path its configuration tells
		}
		installed, err := boto.Find(t)
		if err != nil {
			return nil, err
		}
		for _, in := range installed {
			for name, version := range map[string]string{"boto3": in.Boto3, "botocore": in.Botocore} {
				if version != "" && (in.Root == "" || rank(in.Root) > 0) {
					all[name] = append(all[name], brought{name, version, t.Path(), in.Root, rank(in.Root)})
				}
			}
		}
	}
	var notes []scan.Note
	for _, name := range []string{"boto3", "botocore"} {
		found := all[name]
		slices.SortStableFunc(found, func(a, b brought) int { return a.rank - b.rank })
		for i := 1; i < len(found); i++ {
			notes = append(notes, scan.Note{Pos: scan.Pos{File: found[i].by, Line: 1, Column: 1}, Message: found[i].hiddenBy(found[0])})
		}
	}
	return notes, nil
}

// hiddenBy says what becomes of a package where first is before it.
func (b brought) hiddenBy(first brought) string {
	if b.place() == first.place() {
		text := fmt.Sprintf("%s %s is unpacked over, or under, %s of %s, file by file and as the function lists its layers", b.name, b.version, first.version, first.by)
		if b.version != first.version {
			return text + ": parts of two versions mix, so ship one of them"
		}
		return text
	}
	text := fmt.Sprintf("%s %s in %s is never imported: %s of %s comes first, in %s", b.name, b.version, b.place(), first.version, first.by, first.place())
	if newer(b.version, first.version) {
		return text + ", and is older"
	}
	return text
}

// newer compares versions as 1.9.233 and 1.44.8. What reads otherwise is not newer.
func newer(a, b string) bool {
	a, b = "v"+a, "v"+b
	return semver.IsValid(a) && semver.IsValid(b) && semver.Compare(a, b) > 0
}
