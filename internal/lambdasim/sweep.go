package lambdasim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	workPrefix = "coldcut-lambda-"
	lockName   = "lock"
)

// takeWork makes the server's own folder, and locks it.
func takeWork(dir string) (work string, lock *os.File, err error) {
	if dir == "" {
		dir = os.TempDir()
	}
	sweepWork(dir)
	work, err = os.MkdirTemp(dir, workPrefix)
	if err != nil {
		return "", nil, fmt.Errorf("a folder for execution environments: %w", err)
	}
	lock, taken, err := lockFile(filepath.Join(work, lockName))
	if err == nil && !taken {
		err = errors.New("a new folder is locked")
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(work))
	}
	return work, lock, nil
}

// sweepWork removes the folders of servers that were killed. What is locked is in
// use, and what has no lock is not ours or is just being made.
func sweepWork(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, workPrefix+"*")) // the pattern is well-formed
	for _, work := range found {
		name := filepath.Join(work, lockName)
		if _, err := os.Stat(name); err != nil {
			continue
		}
		if lock, taken, err := lockFile(name); err == nil && taken {
			_ = lock.Close()     // Windows removes nothing that is open
			_ = removeTree(work) // another user's stays
		}
	}
}

// takeData locks the folder that state is kept in, for one server at a time.
func takeData(dir string) (*os.File, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, taken, err := lockFile(filepath.Join(dir, lockName))
	if err == nil && !taken {
		err = fmt.Errorf("another server keeps its state in %s", dir)
	}
	return lock, err
}
