package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// LockIn finds the lock that a cut left in a package: beside botocore, or in the metadata
// of the wheel that brought it. Where there is none the error is [fs.ErrNotExist], and the
// name is the one that it would have.
func LockIn(a *artifact.Artifact, in *boto.Installation) (name string, data []byte, err error) {
	beside := path.Join(in.Root, LockName)
	if _, ok := a.Lookup(beside); ok {
		data, err = a.ReadFile(beside)
		return beside, data, err
	}
	prefix := path.Join(in.Root, "botocore-")
	for _, f := range a.Under(in.Root) {
		rest, ok := strings.CutPrefix(f.Path, prefix)
		if _, file, inside := strings.Cut(rest, ".dist-info/"); ok && inside && file == LockName {
			data, err = a.ReadFile(f.Path)
			return f.Path, data, err
		}
	}
	return beside, nil, fs.ErrNotExist
}

// CheckPackage compares a built package with the lock.
func CheckPackage(lock *LockFile, pkg *artifact.Artifact) ([]Finding, error) {
	installed, err := boto.Find(pkg)
	if err != nil {
		return nil, err
	}
	differs := func(format string, args ...any) []Finding {
		return []Finding{{
			Rule: PackageDiffers, Pos: scan.Pos{File: pkg.Path(), Line: 1, Column: 1}, Message: fmt.Sprintf(format, args...),
			Fix: "build it anew with coldcut slim, and commit the lock that --lock writes",
		}}
	}
	if len(installed) == 0 {
		return differs("the package holds no boto3 and no botocore"), nil
	}
	name, data, err := LockIn(pkg, installed[0])
	if errors.Is(err, fs.ErrNotExist) {
		return differs("the package holds no %s: it was not cut by coldcut", name), nil
	}
	if err != nil {
		return nil, err
	}
	inside, err := ReadLock(name, data)
	if err != nil {
		return nil, err
	}
	if what := lock.differs(inside); what != "" {
		return differs("the package was made from another lock: %s", what), nil
	}
	for _, in := range installed {
		for service := range lock.Services {
			if in.Botocore != "" && !slices.Contains(in.Services(), service) {
				return differs("the package was changed after the cut: %s is not in it", service), nil
			}
		}
	}
	return nil, nil
}

// differs says in what a package's lock differs, empty if in nothing that matters.
func (l *LockFile) differs(inside *Lock) string {
	if inside.Boto != l.Boto {
		return fmt.Sprintf("it has botocore %s, the lock %s", inside.Boto.Botocore, l.Boto.Botocore)
	}
	for _, service := range sortedUnion(slices.Collect(maps.Keys(l.Services)), slices.Collect(maps.Keys(inside.Services))) {
		a, locked := l.Services[service]
		b, has := inside.Services[service]
		switch {
		case !has:
			return "it lacks " + service
		case !locked:
			return fmt.Sprintf("it has %s, which the lock does not keep", service)
		case !slices.Equal(a.Operations, b.Operations) || a.ClientsOnly != b.ClientsOnly:
			return "it has other operations of " + service
		}
	}
	if !slices.Equal(inside.Passes, l.Passes) {
		return fmt.Sprintf("it was cut by %s, the lock says %s", strings.Join(inside.Passes, ", "), strings.Join(l.Passes, ", "))
	}
	return ""
}
