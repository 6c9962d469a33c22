//go:build unix

package lambdasim

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile locks a file for this process; the system lets go of it with the
// process, however that ends. taken is whether it could.
func lockFile(name string) (f *os.File, taken bool, err error) {
	f, err = os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return nil, false, nil
	}
	return f, true, nil
}
