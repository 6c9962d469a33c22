package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// WriteOptions for [Stage] and [WriteInPlace]. The zero value is safe.
type WriteOptions struct {
	// Replace allows an existing directory OUT to be replaced that is not empty.
	Replace bool
	// ModTime is the time of everything that is written; zero means the start
	// of 1980, where the times of zip begin. Pass what SOURCE_DATE_EPOCH says.
	// Bytecode that is checked by time goes stale by it, as in any zip.
	ModTime time.Time
	// Progress, if set, is told how many of the unpacked bytes are done. Its
	// calls never overlap.
	Progress func(done, total int64)
}

var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func (o WriteOptions) modTime() time.Time {
	if o.ModTime.IsZero() {
		return epoch
	}
	return o.ModTime.Truncate(time.Second)
}

// FormOf returns the form that [Stage] gives OUT by its name: a zip if it ends
// in .zip or .whl, an image if it ends in .tar, else a directory.
func FormOf(out string) Form {
	switch strings.ToLower(filepath.Ext(out)) {
	case ".zip", ".whl":
		return Zip
	case ".tar":
		return ContainerImage
	}
	return Directory
}

// Staged is a package that was written beside OUT and waits to be moved there.
type Staged struct {
	out   string // with the links on the way to it resolved
	path  string
	berth *berth
	opts  WriteOptions
	swap  func(a, b string) error
}

// Stage writes the artifact beside out, complete and synced to disk, so that
// it can be opened and verified before [Staged.Commit] moves it into place. A
// run that dies leaves nothing but a folder .NAME.coldcut-partial, which the
// next run to the same out clears. While one run is at it, another one to the
// same out is refused with [ErrBusy].
//
// An existing zip is replaced, and so is a directory that is empty or given up
// by opts.Replace; all else is refused with [ErrExists]. So is with
// [ErrOverlap] what is the artifact's own package, inside it or around it.
func Stage(ctx context.Context, a *Artifact, out string, opts WriteOptions) (*Staged, error) {
	if a.err != nil {
		return nil, a.err
	}
	if FormOf(out) == ContainerImage {
		return nil, &RefusedError{Package: out, Reason: "is the name of an image, and only an image is written as one", Hint: "a name that ends in .zip makes a zip"}
	}
	return stage(a.path, out, opts, func(s *Staged) error { return s.fill(ctx, a) })
}

// stage has fill write to [Staged.Path], which for a directory is there already.
func stage(pkg, out string, opts WriteOptions, fill func(*Staged) error) (*Staged, error) {
	place, err := resolveOut(out)
	if err != nil {
		return nil, err
	}
	if err := checkOverlap(pkg, place); err != nil {
		return nil, err
	}
	s := &Staged{out: place, opts: opts, swap: exchange}
	if err := s.write(fill); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Staged) write(fill func(*Staged) error) error {
	dir, name := filepath.Split(s.out)
	var err error
	if s.berth, err = takeBerth(filepath.Join(dir, "."+name+".coldcut-partial")); err != nil {
		return s.explain(err)
	}
	err = s.restoreOld()
	if err == nil {
		err = checkReplace(s.out, s.opts)
	}
	if err == nil {
		err = s.berth.clear()
	}
	if err == nil {
		err = s.prepare(name)
	}
	if err == nil {
		err = fill(s)
	}
	if err != nil {
		return errors.Join(s.explain(err), s.Discard())
	}
	return nil
}

// explain names OUT in an error that does not.
func (s *Staged) explain(err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("cannot write %s: %w", s.out, err)
}

// prepare makes the place for the package in the berth, below a folder of its own so
// that it may have any name.
func (s *Staged) prepare(name string) error {
	if err := os.Mkdir(s.berth.join("new"), 0o700); err != nil {
		return err
	}
	s.path = s.berth.join("new", name)
	if FormOf(s.out) == Directory {
		return os.Mkdir(s.path, 0o700)
	}
	return nil
}

func (s *Staged) fill(ctx context.Context, a *Artifact) error {
	if FormOf(s.out) == Zip {
		return s.fillZip(ctx, a)
	}
	if err := a.writeDir(ctx, s.path, s.opts); err != nil {
		return err
	}
	return syncTree(ctx, s.path)
}

func (s *Staged) fillZip(ctx context.Context, a *Artifact) error {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if err = a.writeZip(ctx, f, s.opts); err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// Path is where the package waits. It may be read and must not be changed:
// whatever runs it there must not write bytecode into it.
func (s *Staged) Path() string { return s.path }

// errDone is what a second Commit or Discard gets.
var errDone = errors.New("the staged package was committed or discarded before")

// Commit moves the package into place, in one step where the system can do
// that and OUT never half there anywhere. What it replaced is deleted; what
// cannot be deleted is cleared by the next run.
func (s *Staged) Commit() error {
	if s.berth == nil {
		return errDone
	}
	err := checkReplace(s.out, s.opts)
	if err == nil {
		err = s.move()
	}
	if err != nil {
		return errors.Join(s.explain(err), s.Discard())
	}
	err = syncDir(filepath.Dir(s.out))
	_ = s.Discard() // OUT is in place: what is left is the next run's
	return err
}

// move brings the package to OUT.
func (s *Staged) move() error {
	info, err := os.Lstat(s.out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return os.Rename(s.path, s.out)
	}
	if err != nil {
		return err
	}
	if err := s.swap(s.path, s.out); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	old := s.berth.join("old")
	if err := os.Rename(s.out, old); err != nil {
		return err
	}
	if err := os.Rename(s.path, s.out); err != nil {
		return errors.Join(err, os.Rename(old, s.out))
	}
	return nil
}

// restoreOld brings back the OUT that a run moved aside and then died.
func (s *Staged) restoreOld() error {
	_, err := os.Lstat(s.out)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = os.Rename(s.berth.join("old"), s.out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Discard deletes the staged package and leaves OUT as it was. After Commit it
// does nothing.
func (s *Staged) Discard() error {
	if s.berth == nil {
		return nil
	}
	err := s.berth.leave()
	s.berth = nil
	return err
}

// resolveOut makes out absolute, with no link left in it.
func resolveOut(out string) (string, error) {
	abs, err := filepath.Abs(out)
	if err != nil {
		return "", fmt.Errorf("cannot write %s: %w", out, err)
	}
	if info, err := os.Lstat(abs); err == nil && info.Mode().Type() == fs.ModeSymlink {
		if abs, err = filepath.EvalSymlinks(abs); err != nil {
			return "", fmt.Errorf("cannot write %s: it is a link that leads nowhere: %w", out, err)
		}
	}
	dir, name := filepath.Dir(abs), filepath.Base(abs)
	if dir == abs {
		return "", &RefusedError{Package: out, Reason: "is the root of a file system"}
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", fmt.Errorf("cannot write %s: its folder must exist: %w", out, err)
	}
	return filepath.Join(dir, name), nil
}

// checkOverlap refuses an out that is pkg, is inside it, or would swallow it.
// Files are compared by identity, as names differ by case, links and mounts.
func checkOverlap(pkg, out string) error {
	pkg, err := filepath.Abs(pkg)
	if err == nil {
		pkg, err = filepath.EvalSymlinks(pkg)
	}
	if err != nil {
		return fmt.Errorf("cannot find the package again: %w", err)
	}
	refuse := func(reason string) error {
		return &RefusedError{Package: out, Err: ErrOverlap, Reason: reason, Hint: "write to another place, or ask for --in-place"}
	}
	switch {
	case same(pkg, out):
		return refuse("is the package itself")
	case within(filepath.Dir(out), pkg):
		return refuse(fmt.Sprintf("is inside the package %s", pkg))
	case within(filepath.Dir(pkg), out):
		return refuse(fmt.Sprintf("holds the package %s, which would be deleted", pkg))
	}
	return nil
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// within tells whether path is dir or below it.
func within(path, dir string) bool {
	for {
		if same(path, dir) {
			return true
		}
		up := filepath.Dir(path)
		if up == path {
			return false
		}
		path = up
	}
}

// checkReplace refuses to replace what coldcut should not.
func checkReplace(out string, opts WriteOptions) error {
	info, err := os.Lstat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot write %s: %w", out, err)
	}
	refuse := func(reason, hint string) error {
		return &RefusedError{Package: out, Err: ErrExists, Reason: reason, Hint: hint}
	}
	form := FormOf(out)
	switch {
	case info.IsDir() && form != Directory:
		return refuse("is a directory, and its name asks for "+map[Form]string{Zip: "a zip", ContainerImage: "an image"}[form], "choose another name")
	case info.IsDir() && !opts.Replace && !isEmpty(out):
		return refuse("is a directory that is not empty", "choose another name, or replace it with --force")
	case info.IsDir():
		return nil
	case form == Zip && info.Mode().IsRegular() && isZip(out), form == ContainerImage && info.Mode().IsRegular() && isTar(out):
		return nil
	}
	return refuse("exists and is not a package", "choose another name")
}

func isEmpty(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	_, err = f.Readdirnames(1)
	return errors.Is(err, io.EOF)
}

func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	var head [4]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && (le.Uint32(head[:]) == localSignature || le.Uint32(head[:]) == endSignature)
}

// progress counts towards WriteOptions.Progress.
type progress struct {
	mu          sync.Mutex
	done, total int64
	report      func(done, total int64)
}

func newProgress(a *Artifact, opts WriteOptions) *progress {
	return &progress{total: total(a.files), report: opts.Progress}
}

func (p *progress) add(n int64) {
	if p.report == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.report(p.done, p.total)
}
