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
	name := path.Join(installed[0].Root, LockName)
	data, err := pkg.ReadFile(name)
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
