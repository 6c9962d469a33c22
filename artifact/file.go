package artifact

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile writes a single file beside the package, such as the lock: whole,
// synced and renamed into place, or not at all. What a run that dies leaves, the
// next one to the same name clears.
func WriteFile(name string, data []byte) error { return writeFile(name, data, true) }

// WriteFileUnsynced is [WriteFile] without the wait for the disk, for what may be
// lost if the machine dies right after.
func WriteFileUnsynced(name string, data []byte) error { return writeFile(name, data, false) }

func writeFile(name string, data []byte, synced bool) (err error) {
	dir, base := filepath.Split(name)
	b, err := takeBerth(filepath.Join(dir, "."+base+".coldcut-partial"))
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer func() {
		if err = errors.Join(err, b.leave()); err != nil {
			err = fmt.Errorf("cannot write %s: %w", name, err)
		}
	}()
	if err := b.clear(); err != nil {
		return err
	}
	if err := writeNew(b.join(base), data, synced); err != nil {
		return err
	}
	return os.Rename(b.join(base), name)
}

func writeNew(name string, data []byte, synced bool) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if synced {
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, f.Close())
}
