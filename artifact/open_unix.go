//go:build unix

package artifact

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// diskFile is an [os.File] for one goroutine, without the attempt to poll, which
// never works for regular files, and all else that takes as long as to read them.
type diskFile struct {
	fd   int
	name string
}

func openFile(name string) (*diskFile, error) {
	fd, err := openDescriptor(name)
	if err != nil {
		return nil, err
	}
	return &diskFile{fd, name}, nil
}

// openFolder is [os.Open], which tries to poll folders too.
func openFolder(name string) (*os.File, error) {
	fd, err := openDescriptor(name)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func openDescriptor(name string) (fd int, err error) {
	for {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return fd, nil
		case !errors.Is(err, unix.EINTR):
			return 0, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// size is that of a regular file; !ok for whatever else it may be by now.
func (f *diskFile) size() (n int64, ok bool) {
	var st unix.Stat_t
	for {
		err := unix.Fstat(f.fd, &st)
		if !errors.Is(err, unix.EINTR) {
			return st.Size, err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG
		}
	}
}

func (f *diskFile) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := unix.Read(f.fd, p[:min(len(p), 1<<30)]) // some systems take no more
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case !errors.Is(err, unix.EINTR):
			return 0, &os.PathError{Op: "read", Path: f.name, Err: err}
		}
	}
}

func (f *diskFile) Close() error {
	if err := unix.Close(f.fd); err != nil {
		return &os.PathError{Op: "close", Path: f.name, Err: err}
	}
	return nil
}

// statIn is [os.Lstat] for what a folder holds: asking by the folder spares the
// system the way to it.
func statIn(dir *os.File, e fs.DirEntry) (mode fs.FileMode, size int64, err error) {
	var st unix.Stat_t
	for {
		err = unix.Fstatat(int(dir.Fd()), e.Name(), &st, unix.AT_SYMLINK_NOFOLLOW)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return 0, 0, &os.PathError{Op: "lstat", Path: e.Name(), Err: err}
	}
	mode = fs.FileMode(st.Mode & 0o777)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFBLK, unix.S_IFCHR:
		mode |= fs.ModeDevice
	default:
		mode |= fs.ModeIrregular
	}
	return mode, st.Size, nil
}
