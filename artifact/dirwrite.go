package artifact

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// writeDir writes all entries into the fresh directory root. Files come first
// and links last, so that nothing is ever written through a link.
func (a *Artifact) writeDir(ctx context.Context, root string, opts WriteOptions) error {
	t := treeWriter{a: a, root: root, time: opts.modTime()}
	dirs, err := t.makeDirs()
	if err != nil {
		return err
	}
	if err := t.writeFiles(ctx, newProgress(a, opts)); err != nil {
		return err
	}
	for _, f := range a.files {
		if f.Mode.Type() == fs.ModeSymlink {
			if err := t.link(f); err != nil {
				return err
			}
		}
	}
	return t.finishDirs(dirs)
}

type treeWriter struct {
	a    *Artifact
	root string
	time time.Time
}

// place is where an entry goes; Windows has names that lead elsewhere.
func (t *treeWriter) place(path string) (string, error) {
	local, err := filepath.Localize(path)
	if err != nil {
		return "", &RefusedError{Package: t.a.path, Entry: path, Reason: "has a name that this system cannot write", Err: err}
	}
	return filepath.Join(t.root, local), nil
}

// makeDirs makes every directory, and returns them with their modes. Those
// without an entry get 0755, whatever umask they had where they came from.
func (t *treeWriter) makeDirs() (map[string]fs.FileMode, error) {
	dirs := map[string]fs.FileMode{}
	for _, f := range t.a.files {
		if f.Mode.IsDir() {
			dirs[f.Path] = f.Mode.Perm()
		}
		for dir := parent(f.Path); dir != ""; dir = parent(dir) {
			if _, ok := dirs[dir]; ok {
				break
			}
			dirs[dir] = 0o755
		}
	}
	for _, dir := range sortedKeys(dirs) {
		name, err := t.place(dir)
		if err != nil {
			return nil, err
		}
		if err := os.Mkdir(name, 0o700); err != nil {
			return nil, err
		}
	}
	dirs[""] = 0o755
	return dirs, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (t *treeWriter) writeFiles(ctx context.Context, steps *progress) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range t.a.files {
		if !f.Mode.IsRegular() {
			continue
		}
		g.Go(func() error {
			err := t.writeFile(ctx, i)
			steps.add(f.Size)
			return err
		})
	}
	return g.Wait()
}

func (t *treeWriter) writeFile(ctx context.Context, i int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := t.a.files[i]
	name, err := t.place(f.Path)
	if err != nil {
		return err
	}
	r, err := t.a.open(i)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return createFile(name, ctxReader{ctx, r}, f.Mode.Perm(), t.time)
}

// createFile makes a new file with exactly this mode and time.
func createFile(name string, r io.Reader, perm fs.FileMode, modTime time.Time) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	if err == nil {
		err = out.Chmod(perm)
	}
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chtimes(name, modTime, modTime)
	}
	return err
}

func (t *treeWriter) link(f File) error {
	name, err := t.place(f.Path)
	if err != nil {
		return err
	}
	if err := os.Symlink(filepath.FromSlash(f.Link), name); err != nil {
		return fmt.Errorf("cannot make the link %q: %w", f.Path, err)
	}
	return linkTimes(name, t.time)
}

// finishDirs gives the directories their modes and times, the deepest first:
// whatever is made in a directory changes its time.
func (t *treeWriter) finishDirs(dirs map[string]fs.FileMode) error {
	for _, dir := range slices.Backward(sortedKeys(dirs)) {
		name := filepath.Join(t.root, filepath.FromSlash(dir))
		if err := os.Chmod(name, dirs[dir]); err != nil {
			return err
		}
		if err := os.Chtimes(name, t.time, t.time); err != nil {
			return err
		}
	}
	return nil
}
