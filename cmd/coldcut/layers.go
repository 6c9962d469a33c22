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
	"github.com/coldcut/coldcut/verify"
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

// stack is a function with its layers, or some layers alone, as Lambda unpacks them.
type stack struct {
	tree *artifact.Artifact
	// root is where the package that the stack is about lies in it; parts are the layers.
	root  string
	parts []*artifact.Artifact
}

// The folders that Lambda unpacks functions and layers to.
const taskRoot, layerRoot = "var/task", "opt"

// stackOf lays layers, in the order in which the function lists them, over one another.
// The package comes first, as the function or as one more layer.
func stackOf(pkg *artifact.Artifact, layers []*artifact.Artifact, opts artifact.Options) (*stack, error) {
	s := &stack{root: taskRoot, parts: layers}
	layer, err := isLayer(pkg)
	if err != nil {
		return nil, err
	}
	if layer {
		s.root = layerRoot
	}
	parts := []artifact.Part{{At: s.root, Package: pkg}}
	for _, l := range layers {
		if l.Form() == artifact.ContainerImage {
			return nil, usageError("%s is a container image, and no layer", l.Path())
		}
		parts = append(parts, artifact.Part{At: layerRoot, Package: l})
	}
	s.tree, err = artifact.Stack(parts, opts)
	return s, err
}

// isLayer tells a layer from a function: its boto lies where layers have it, or all of
// its Python does.
func isLayer(a *artifact.Artifact) (bool, error) {
	installed, err := boto.Find(a)
	if err != nil || len(installed) > 0 {
		return len(installed) > 0 && rank(installed[0].Root) > 0, err
	}
	below := false
	for _, f := range a.Files() {
		if ext := path.Ext(f.Path); ext != ".py" && ext != ".pyc" {
			continue
		}
		if !strings.HasPrefix(f.Path, "python/") {
			return false, nil
		}
		below = true
	}
	return below, nil
}

// path are the folders of the stack that Lambda's Python looks into, in order. Where
// layers have packages for several Pythons and none is named, it cannot be told.
func (s *stack) path(python string) ([]string, error) {
	all := s.pythons()
	if python == "" && len(all) > 1 {
		return nil, &exitError{
			exitUsage, fmt.Errorf("the layers have packages for Python %s, and one of them runs", strings.Join(all, " and ")),
			"name it: --python " + all[0],
		}
	}
	if python == "" && len(all) == 1 {
		python = all[0]
	}
	folders := []string{taskRoot}
	if slices.Contains(all, python) {
		folders = append(folders, sitePackages(python))
	}
	return append(folders, layerRoot+"/python"), nil
}

func sitePackages(python string) string {
	return layerRoot + "/python/lib/python" + python + "/site-packages"
}

// pythons are those for which layers have packages.
func (s *stack) pythons() (all []string) {
	const lib = layerRoot + "/python/lib/python"
	for _, f := range s.tree.Under(layerRoot + "/python/lib") {
		version, rest, _ := strings.Cut(strings.TrimPrefix(f.Path, lib), "/")
		if isMinor(version) && strings.HasPrefix(rest, "site-packages/") && !slices.Contains(all, version) {
			all = append(all, version)
		}
	}
	slices.SortFunc(all, newest)
	return all
}

// botocore is the folder that botocore is imported from.
func (s *stack) botocore(folders []string) (string, error) {
	roots, err := botocores(s.tree)
	if err != nil {
		return "", err
	}
	for _, folder := range folders {
		if slices.Contains(roots, folder) {
			return folder, nil
		}
	}
	return "", &verify.NoBotoError{Package: s.tree.Path(), Reason: "there is no botocore on the path that it and its layers make"}
}

// lookedInto are the folders on the path, without those in which there is another botocore
// than the one that is imported from root.
func (s *stack) lookedInto(folders []string, root string) ([]string, error) {
	roots, err := botocores(s.tree)
	if err != nil {
		return nil, err
	}
	return withoutOthers(folders, roots, root), nil
}

// ownRoot is where the one botocore of a package lies.
func ownRoot(a *artifact.Artifact) (string, error) {
	roots, err := botocores(a)
	if err != nil {
		return "", err
	}
	if len(roots) != 1 {
		return "", &verify.NoBotoError{Package: a.Path(), Reason: fmt.Sprintf("there are %d botocores in it; only one can be compared", len(roots))}
	}
	return roots[0], nil
}

// without leaves out the layers that bring a botocore to the same place: mixed with it,
// it would not be the one that was cut.
func without(layers []*artifact.Artifact, root string) (left []*artifact.Artifact, err error) {
	for _, l := range layers {
		installed, err := boto.Find(l)
		if err != nil {
			return nil, err
		}
		if rank(root) == 0 || !slices.ContainsFunc(installed, func(in *boto.Installation) bool { return in.Root == root }) {
			left = append(left, l)
		}
	}
	return left, nil
}
