package lambdasim

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

var errAsked = errors.New("as asked")

func limited(s string) bool { return !strings.HasPrefix(s, "unlimited") }

// joinErrors joins the first few of what may be one error a thousand times.
func joinErrors(errs []error) error {
	const most = 5
	return errors.Join(errs[:min(len(errs), most)]...)
}

// writableBecause says how code is protected where nothing can be mounted.
func writableBecause(err error) string {
	if isRoot() {
		return "writable: " + err.Error()
	}
	return "permissions"
}

// writeProtect takes the permission to write from all folders below dirs.
func writeProtect(dirs ...string) error {
	var errs []error
	for _, dir := range dirs {
		errs = append(errs, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return os.Chmod(path, 0o555)
		}))
	}
	return errors.Join(errs...)
}
