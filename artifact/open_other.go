//go:build !unix

package artifact

import (
	"io/fs"
	"os"
)

type diskFile struct{ *os.File }

func openFile(name string) (*diskFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &diskFile{f}, nil
}

func openFolder(name string) (*os.File, error) { return os.Open(name) }

// size is that of a regular file; !ok for whatever else it may be by now.
func (f *diskFile) size() (n int64, ok bool) {
	info, err := f.Stat()
	if err != nil {
		return 0, false
	}
	return info.Size(), info.Mode().IsRegular()
}

// statIn is [os.Lstat] for what a folder holds.
func statIn(_ *os.File, e fs.DirEntry) (mode fs.FileMode, size int64, err error) {
	info, err := e.Info()
	if err != nil {
		return 0, 0, err
	}
	return info.Mode(), info.Size(), nil
}
