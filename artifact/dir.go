package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	folders []string
	err     error
}

// walk lists the folders level by level, those of a level in parallel: asking for
// each file's size and mode takes longer than a scan that finds all in its cache.
func (w *dirWalk) walk() error {
	for level := []string{""}; len(level) > 0 && len(w.files) <= maxEntries; { // vet refuses more
		listings := make([]listing, len(level))
		var next []string
		w.listAll(level, listings)
		for _, l := range listings {
			if l.err != nil {
				return l.err // the first in the order of names, whoever was quickest
			}
			w.files = append(w.files, l.files...)
			next = append(next, l.folders...)
		}
		level = next
	}
	return nil
}

// listAll fills the listings of folders. Its goroutines take many folders each: they
// would spend their time on growing their stacks otherwise.
func (w *dirWalk) listAll(folders []string, listings []listing) {
	var taken atomic.Int64
	var g sync.WaitGroup
	for range min(len(folders), 2*runtime.GOMAXPROCS(0)) {
		g.Go(func() {
			for i := int(taken.Add(1)) - 1; i < len(folders); i = int(taken.Add(1)) - 1 {
				listings[i].err = w.list(&listings[i], folders[i])
			}
		})
	}
	g.Wait()
}

func (w *dirWalk) list(l *listing, rel string) error {
	dir, err := openFolder(filepath.Join(w.root, filepath.FromSlash(rel)))
	if err != nil {
		return fmt.Errorf("%s: cannot list the directory %q: %w", w.root, rel, err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return fmt.Errorf("%s: cannot list the directory %q: %w", w.root, rel, err)
	}
	if len(entries) == 0 && rel != "" {
		info, err := dir.Stat()
		if err != nil {
			return fmt.Errorf("%s: cannot read %q: %w", w.root, rel, err)
		}
		l.files = []File{{Path: rel, Mode: directoryMode(diskPerm(info.Mode()))}}
		return nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if err := w.add(l, dir, join(rel, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (w *dirWalk) add(l *listing, dir *os.File, rel string, e fs.DirEntry) error {
	if e.IsDir() { // its mode counts only if it is empty
		l.folders = append(l.folders, rel)
		return nil
	}
	mode, size, err := statIn(dir, e)
	if err != nil {
		return fmt.Errorf("%s: cannot read %q: %w", w.root, rel, err)
	}
	switch {
	case mode.IsRegular():
		l.files = append(l.files, File{Path: rel, Mode: regularMode(diskPerm(mode)), Size: size})
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
		Reason: "is not a file, a link or a directory, but " + kind(mode),
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
	if size, ok := file.size(); !ok || size != f.Size {
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
	in     *diskFile
	source *dirSource
	file   File
	left   int64
}

func (r *sizedReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.left -= int64(n)
	if r.left < 0 || errors.Is(err, io.EOF) && r.left > 0 {
		return 0, r.source.changed(r.file)
	}
	if err == nil && r.left == 0 && n < len(p) {
		err = io.EOF // a regular file gives less than there is room for at its end alone
	}
	return n, err
}

func (r *sizedReader) Close() error { return r.in.Close() }
