package lambdasim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// isolate gives the calling thread a mount namespace in which the system looks as
// on Lambda: the code in /var/task and layers in /opt, neither of which can be
// written, and a /tmp of its own. It returns the new root. All else is the system's.
func isolate(e *environment) (string, error) {
	if err := unshareMounts(); err != nil {
		return "", err
	}
	root := filepath.Join(e.dir, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	if err := unix.Mount("coldcut", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=755"); err != nil {
		return "", fmt.Errorf("tmpfs: %w", err)
	}
	// What is bound below must not hold the root itself, wherever that lies.
	if err := unix.Mount("", root, "", unix.MS_UNBINDABLE, ""); err != nil {
		return "", fmt.Errorf("unbindable root: %w", err)
	}
	if err := mirror("/", root, "var", "opt", "tmp"); err != nil {
		return "", err
	}
	if err := mirror("/var", filepath.Join(root, "var"), "task", "runtime"); err != nil {
		return "", err
	}
	for from, to := range map[string]string{e.runtime(): "/var/runtime", e.tmp(): "/tmp"} {
		if err := bind(from, filepath.Join(root, to), 0); err != nil {
			return "", err
		}
	}
	if err := mountPackage(e, root); err != nil {
		return "", err
	}
	if err := showInterpreter(e.python.Path, root); err != nil {
		return "", err
	}
	for _, dir := range []string{"/var/task", "/var/runtime", "/opt"} {
		if err := protect(filepath.Join(root, dir)); err != nil {
			return "", err
		}
	}
	return root, nil
}

// mountPackage puts the code and the layers in their places: unpacked into memory
// that goes with the namespace, or as they lie on the disk.
func mountPackage(e *environment, root string) error {
	task, opt := filepath.Join(root, "var/task"), filepath.Join(root, "opt")
	if !e.inMemory() {
		return errors.Join(bind(e.task(), task, 0), bind(e.opt(), opt, 0))
	}
	// Files take whole pages, and names some room.
	size := fmt.Sprintf("size=%d,mode=755", 2*e.unpackedSize()+64<<20)
	for _, dir := range []string{task, opt} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("coldcut", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, size); err != nil {
			return fmt.Errorf("tmpfs: %w", err)
		}
	}
	return e.unpack(task, opt)
}

// unshareMounts gives the thread a mount namespace from which nothing gets out.
func unshareMounts() error {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("no mount namespaces: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	return nil
}

// tryMounts says why isolate would fail here, if it would.
func tryMounts(work string) error {
	dir, err := os.MkdirTemp(work, "try-")
	if err != nil {
		return err
	}
	result := make(chan error)
	onThread(func() {
		err := unshareMounts()
		if err == nil {
			err = unix.Mount("coldcut", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m")
		}
		result <- err
	})
	err = <-result
	_ = os.Remove(dir) // it may still be mounted on, in a namespace that is about to go
	return err
}

// mirror shows what lies in a folder below to, but for what is left out.
func mirror(from, to string, without ...string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	left := map[string]bool{}
	for _, name := range without {
		left[name] = true
	}
	for _, entry := range entries {
		if left[entry.Name()] {
			continue
		}
		if err := mirrorEntry(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()), entry); err != nil {
			return err
		}
	}
	return nil
}

func mirrorEntry(from, to string, entry fs.DirEntry) error {
	switch {
	case entry.Type() == fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case entry.IsDir():
		return bind(from, to, unix.MS_REC)
	case entry.Type().IsRegular():
		f, err := os.OpenFile(to, os.O_CREATE|os.O_RDONLY, 0o600)
		if err != nil {
			return err
		}
		return errors.Join(f.Close(), unix.Mount(from, to, "", unix.MS_BIND, ""))
	}
	return nil // sockets and pipes at the top are nobody's
}

// bind shows the folder from as to.
func bind(from, to string, flags uintptr) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND|flags, ""); err != nil {
		return fmt.Errorf("bind %s: %w", to, err)
	}
	return nil
}

// protect lets nobody write to what is mounted at dir. The kernel refuses as long as
// a file is open there for writing: a process that another thread is starting has all
// that was open when it was forked, until it is executed.
func protect(dir string) error {
	const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	err := unix.Mount("", dir, "", flags, "")
	for try := 0; errors.Is(err, unix.EBUSY) && try < 5000; try++ {
		time.Sleep(time.Millisecond)
		err = unix.Mount("", dir, "", flags, "")
	}
	if err != nil {
		return fmt.Errorf("read-only %s: %w", dir, err)
	}
	return nil
}

// showInterpreter shows an interpreter that lies where Lambda has something else,
// as some systems have theirs in /opt.
func showInterpreter(path, root string) error {
	paths := []string{path}
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		paths = append(paths, real)
	}
	for _, p := range paths {
		prefix := filepath.Dir(filepath.Dir(p))
		for _, hidden := range []string{"/opt/", "/tmp/", "/var/task/", "/var/runtime/"} {
			if strings.HasPrefix(prefix+"/", hidden) {
				if err := bind(prefix, filepath.Join(root, prefix), unix.MS_REC); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// dropCache writes every file below dir to the disk and has the system forget it.
func dropCache(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err = f.Sync(); err == nil {
			err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
		}
		return errors.Join(err, f.Close())
	})
}
