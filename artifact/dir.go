package artifact

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
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
	if err := w.walk(); err != nil {
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

// listing is what one folder holds.
type listing struct {
	files   []File
	folders []File
	err     error
}

// walk lists the folders level by level, those of a level in parallel: asking for
// each file's size and mode takes longer than a scan that finds all in its cache.
func (w *dirWalk) walk() error {
	for level := []File{{}}; len(level) > 0 && len(w.files) <= maxEntries; { // vet refuses more
		listings := make([]listing, len(level))
		var g errgroup.Group
		g.SetLimit(2 * runtime.GOMAXPROCS(0))
		for i, folder := range level {
			g.Go(func() error {
				listings[i].err = w.list(&listings[i], folder.Path)
				return nil
			})
		}
		_ = g.Wait()
		var next []File
		for i, l := range listings {
			if l.err != nil {
				return l.err // the first in the order of names, whoever was quickest
			}
			if len(l.files)+len(l.folders) == 0 && level[i].Path != "" {
				l.files = []File{level[i]}
			}
			w.files = append(w.files, l.files...)
			next = append(next, l.folders...)
		}
		level = next
	}
	return nil
}

func (w *dirWalk) list(l *listing, rel string) error {
	entries, err := os.ReadDir(filepath.Join(w.root, filepath.FromSlash(rel)))
	if err != nil {
		return fmt.Errorf("%s: cannot list the directory %q: %w", w.root, rel, err)
	}
	for _, e := range entries {
		if err := w.add(l, join(rel, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (w *dirWalk) add(l *listing, rel string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return fmt.Errorf("%s: cannot read %q: %w", w.root, rel, err)
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		l.files = append(l.files, File{Path: rel, Mode: regularMode(diskPerm(mode)), Size: info.Size()})
		return nil
	case mode.IsDir():
		l.folders = append(l.folders, File{Path: rel, Mode: directoryMode(diskPerm(mode))})
		return nil
	case mode.Type() == fs.ModeSymlink:
		target, err := os.Readlink(filepath.Join(w.root, filepath.FromSlash(rel)))
		if err != nil {
			return fmt.Errorf("%s: cannot read the link %q: %w", w.root, rel, err)
		}
		l.files = append(l.files, File{Path: rel, Mode: linkMode, Link: filepath.ToSlash(target)})
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
	file, err := openFile(filepath.Join(s.root, filepath.FromSlash(f.Path)))
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
