package artifact

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// dirSource reads the files of a directory when they are asked for.
type dirSource struct {
	root string
	name string // as the caller wrote it, for errors
}

func openDir(path string, limit int64) (*Artifact, error) {
	if err := Recover(path); err != nil {
		return nil, err
	}
	w := dirWalk{root: path}
	if err := w.walk(path, ""); err != nil {
		return nil, err
	}
	// The directory may be another one by the time that a file is read if the
	// path is relative and the program changes its own.
	root, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return build(path, Directory, w.files, &dirSource{root, path}, limit)
}

// dirWalk collects the files of a directory. It never follows a link.
type dirWalk struct {
	root  string
	files []File
}

func (w *dirWalk) walk(dir, rel string) error {
	if len(w.files) > maxEntries {
		return nil // vet refuses it
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%s: cannot list the directory %q: %w", w.root, rel, err)
	}
	for _, e := range entries {
		if err := w.add(filepath.Join(dir, e.Name()), join(rel, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (w *dirWalk) add(name, rel string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return fmt.Errorf("%s: cannot read %q: %w", w.root, rel, err)
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		w.files = append(w.files, File{Path: rel, Mode: regularMode(diskPerm(mode)), Size: info.Size()})
		return nil
	case mode.IsDir():
		before := len(w.files)
		if err := w.walk(name, rel); err != nil {
			return err
		}
		if len(w.files) == before {
			w.files = append(w.files, File{Path: rel, Mode: directoryMode(diskPerm(mode))})
		}
		return nil
	case mode.Type() == fs.ModeSymlink:
		target, err := os.Readlink(name)
		if err != nil {
			return fmt.Errorf("%s: cannot read the link %q: %w", w.root, rel, err)
		}
		w.files = append(w.files, File{Path: rel, Mode: linkMode, Link: filepath.ToSlash(target)})
		return nil
	}
	return &RefusedError{
		Package: w.root, Entry: rel,
		Reason: "is not a file, a link or a directory, but " + kind(info.Mode()),
		Hint:   "remove it: nothing can deploy it",
	}
}

func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// diskPerm is the permission of what was found on disk, where disks have any.
func diskPerm(mode fs.FileMode) fs.FileMode {
	if runtime.GOOS == "windows" {
		return modeless
	}
	return mode.Perm()
}

func (s *dirSource) Close() error { return nil }

func (s *dirSource) open(f File, _ int) (io.ReadCloser, error) {
	file, err := os.Open(filepath.Join(s.root, filepath.FromSlash(f.Path)))
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read %q: %w", s.name, f.Path, err)
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() != f.Size {
		_ = file.Close()
		return nil, s.changed(f)
	}
	return &sizedReader{in: file, source: s, file: f, left: f.Size}, nil
}

func (s *dirSource) changed(f File) error {
	return &RefusedError{Package: s.name, Entry: f.Path, Reason: "changed after the package was opened", Hint: "run again when nothing else writes there"}
}

// sizedReader notices a file that is cut or grows while it is read.
type sizedReader struct {
	in     *os.File
	source *dirSource
	file   File
	left   int64
}

func (r *sizedReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.left -= int64(n)
	if r.left < 0 || err == io.EOF && r.left > 0 {
		return 0, r.source.changed(r.file)
	}
	return n, err
}

func (r *sizedReader) Close() error { return r.in.Close() }
