package artifact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// berth is a folder that one run at a time may work in. Its name is known
// beforehand, so the run after a dead one finds what that left; the lock tells
// a dead run from a live one, since it goes with the process.
type berth struct {
	dir  string
	lock *os.File
}

const lockName = "lock"

// takeBerth makes the folder, or takes over a dead run's.
func takeBerth(dir string) (*berth, error) {
	// A run that ends deletes the folder at any moment between our steps.
	for range 100 {
		b, err := tryBerth(dir)
		if b != nil || err != nil {
			return b, err
		}
	}
	return nil, busy(dir)
}

func busy(dir string) error {
	return &RefusedError{Package: dir, Err: ErrBusy, Reason: "is in use by another run", Hint: "wait for it to end"}
}

// tryBerth returns neither a berth nor an error if it is to be tried again.
func tryBerth(dir string) (*berth, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || !info.IsDir() {
		return nil, &RefusedError{Package: dir, Err: ErrExists, Reason: "is where coldcut works, and is not a folder", Hint: "remove it"}
	}
	b := &berth{dir: dir}
	b.lock, err = openLock(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := b.acquire(); err != nil {
		_ = b.lock.Close()
		if errors.Is(err, errAgain) {
			return nil, nil
		}
		return nil, err
	}
	return b, nil
}

// openLock opens the lock file, but not through a link out of the folder: the
// folder may have come with a hostile package.
func openLock(dir string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
}

// errAgain says that the lock is on a file that was deleted meanwhile.
var errAgain = errors.New("try again")

func (b *berth) acquire() error {
	switch ok, err := tryLock(b.lock); {
	case err != nil:
		return fmt.Errorf("cannot lock %s: %w", b.dir, err)
	case !ok:
		return busy(b.dir)
	}
	ours, err := b.lock.Stat()
	if err != nil {
		return err
	}
	if theirs, err := os.Lstat(b.join(lockName)); err != nil || !os.SameFile(ours, theirs) {
		return errAgain
	}
	return nil
}

// Lock takes a lock of the file at name, which it makes and which stays, for as long as
// release is not called, and fails with [ErrBusy] where another process has it.
func Lock(name string) (release func() error, err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch ok, err := tryLock(f); {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("cannot lock %s: %w", name, err), f.Close())
	case !ok:
		return nil, errors.Join(busy(name), f.Close())
	}
	return f.Close, nil
}

func (b *berth) join(names ...string) string {
	return filepath.Join(append([]string{b.dir}, names...)...)
}

// clear deletes everything but the lock.
func (b *berth) clear() error {
	entries, err := os.ReadDir(b.dir)
	for _, e := range entries {
		if e.Name() != lockName {
			err = errors.Join(err, removeTree(b.join(e.Name())))
		}
	}
	return err
}

// leave deletes the folder and gives up the lock.
func (b *berth) leave() error {
	err := b.clear()
	if err == nil {
		err = b.dropLock()
	}
	_ = b.lock.Close()
	return err
}

// removeTree deletes what may hold directories that do not allow it.
func removeTree(path string) error {
	err := os.RemoveAll(path)
	if err == nil {
		return nil
	}
	_ = filepath.WalkDir(path, func(name string, e fs.DirEntry, _ error) error {
		if e != nil && e.IsDir() {
			_ = os.Chmod(name, 0o700)
		}
		return nil
	})
	return os.RemoveAll(path)
}
