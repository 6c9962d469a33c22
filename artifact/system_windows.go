package artifact

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// tryLock locks the file for this process, and tells whether it could.
func tryLock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// dropLock deletes the lock file and the folder with it. Windows deletes no
// open file, so the lock is given up first; a run that takes it in between
// keeps its file, and the folder with it.
func (b *berth) dropLock() error {
	_ = b.lock.Close()
	_ = os.Remove(b.join(lockName))
	_ = os.Remove(b.dir)
	return nil
}

// linkTimes does nothing: links have no time that anything would read.
func linkTimes(string, time.Time) error { return nil }

// syncDir does nothing: directories cannot be synced.
func syncDir(string) error { return nil }
