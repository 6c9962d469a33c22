//go:build unix

package artifact

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tryLock locks the file for this process, and tells whether it could.
func tryLock(f *os.File) (bool, error) {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, err
		}
	}
}

// dropLock deletes the lock file, and the folder with it, before the lock is
// given up: a run that waits must not come to hold a file that is gone.
func (b *berth) dropLock() error {
	if err := os.Remove(b.join(lockName)); err != nil {
		return err
	}
	// Another run may have made its lock by now.
	_ = os.Remove(b.dir)
	return nil
}

// linkTimes sets the time of a link itself.
func linkTimes(name string, t time.Time) error {
	ts := unix.NsecToTimespec(t.UnixNano())
	return unix.UtimesNanoAt(unix.AT_FDCWD, name, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // some network file systems cannot
	}
	return errors.Join(err, f.Close())
}
