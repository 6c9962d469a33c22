// Package artifact reads and writes the packages that people deploy: a
// directory or a zip, be it a function, a layer or a site-packages folder.
//
// An [Artifact] is an immutable tree. What comes in is hostile until it was
// read: [Open] refuses whatever could write outside its place when unpacked,
// or could mean one thing to one reader and another to the next. What goes out
// is deterministic and appears whole or not at all.
//
// Contents are never held: they are read from the package when they are asked
// for, and that is also when their checksums and sizes are held to what the
// package claims. [Stage] reads all that it writes, so no lie ships.
//
// Modes are the permission bits alone, with the owner always allowed to read:
// setuid, setgid and sticky bits mean nothing in a Lambda sandbox and too much
// elsewhere. Whatever carries no modes (a zip made on Windows, a directory
// read there) gets 0755, since Lambda must be able to run a bootstrap.
package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync/atomic"
)

// DefaultMaxSize is the most that a package may unpack to, in bytes.
const DefaultMaxSize = 1 << 30

// maxEntries bounds the memory that a list of empty files can cost; the
// largest packages that Lambda takes hold a tenth of that.
const maxEntries = 1 << 19

// Form is the outer form of a package.
type Form int

// The forms. A layer is one of these with its files below python/.
const (
	Directory Form = iota
	Zip
	// ContainerImage is what of an image is Python, see [OpenImages].
	ContainerImage
)

// String returns "directory", "zip" or "image".
func (f Form) String() string { return [...]string{"directory", "zip", "image"}[f] }

// Options for [Open]. The zero value is safe.
type Options struct {
	// MaxSize limits the sum of the unpacked sizes; 0 means DefaultMaxSize, which for an
	// image means ten times as much.
	MaxSize int64
	// Platform says which image is meant where a package holds several, see
	// [ImageSet.Choose]. Packages of other forms have none, and do not look at it.
	Platform string
}

func (o Options) maxSize() int64 {
	if o.MaxSize > 0 {
		return o.MaxSize
	}
	return DefaultMaxSize
}

// File is one entry of an artifact: a regular file, a symbolic link or a
// directory. Directories are listed only where they would be lost otherwise,
// that is where they are empty, or have an entry of their own in a zip.
type File struct {
	// Path is relative, slash separated and clean; it never ends in a slash.
	Path string
	// Mode holds the type and the permission bits.
	Mode fs.FileMode
	// Size is the unpacked size in bytes; 0 for links and directories.
	Size int64
	// Link is the target of a symbolic link, as it was written.
	Link string
}

// Artifact is a package that was opened, or a view of one with edits. It never
// changes, and all its methods are safe for concurrent use.
type Artifact struct {
	path   string
	form   Form
	files  []File  // sorted by Path
	bodies []*body // of files, index by index; nil unless a regular file
	source source
	max    int64
	held   *held
	err    error  // why the edits do not make a package
	watch  Watch  // nil reads as it is
	image  *Image // nil of other forms
	edited bool
}

// Watch sees a file that is read: it is given the file's own path, whatever link
// led to it, and returns the reader to use. It may be called from several goroutines.
type Watch func(path string, r io.ReadCloser) io.ReadCloser

// held counts the packed bytes that all views hold together.
type held struct{ atomic.Int64 }

// take asks for n bytes of the room there is; nil has none.
func (h *held) take(n int64) bool {
	if h == nil {
		return false
	}
	if h.Add(n) <= heldLimit {
		return true
	}
	h.Add(-n)
	return false
}

// source is where unedited files come from.
type source interface {
	open(f File, index int) (io.ReadCloser, error)
	io.Closer
}

// Open reads the package at path: a directory, a container image, or a zip by its
// content whatever its name. A directory that a killed [WriteInPlace] left half
// written is put right first, see [Recover].
func Open(path string, opts Options) (*Artifact, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the package: %w", err)
	}
	switch {
	case IsImage(path):
		return openImage(path, opts)
	case info.IsDir():
		return openDir(path, opts.maxSize())
	case info.Mode().IsRegular():
		return openZip(path, opts.maxSize())
	}
	return nil, &RefusedError{Package: path, Reason: "is neither a directory nor a zip archive"}
}

// build makes an artifact of files in any order, each with its place in src.
func build(path string, form Form, files []File, src source, limit int64) (*Artifact, error) {
	order := make([]int, len(files))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return strings.Compare(files[i].Path, files[j].Path) })
	a := &Artifact{
		path: path, form: form, source: src, max: limit, held: new(held),
		files: make([]File, len(files)), bodies: make([]*body, len(files)),
	}
	for to, from := range order {
		a.files[to] = files[from]
		if files[from].Mode.IsRegular() {
			a.bodies[to] = &body{index: from}
		}
	}
	if err := vet(path, a.files, limit); err != nil {
		return nil, err
	}
	return a, nil
}

// Path returns the path that the package was opened by.
func (a *Artifact) Path() string { return a.path }

// Form returns the form that the package was read in.
func (a *Artifact) Form() Form { return a.form }

// Files returns the entries sorted by Path, byte by byte. The caller must not
// modify them.
func (a *Artifact) Files() []File { return a.files }

// Edited reports whether this is a view with edits, so that what lies at Path is
// something else.
func (a *Artifact) Edited() bool { return a.edited }

// Close releases the package. The views of [Artifact.With] share it: closing
// any of them closes all.
func (a *Artifact) Close() error { return a.source.Close() }

// Lookup finds the entry with exactly this path. It does not follow links.
func (a *Artifact) Lookup(path string) (File, bool) {
	i, ok := a.find(path)
	if !ok {
		return File{}, false
	}
	return a.files[i], true
}

func (a *Artifact) find(path string) (int, bool) { return findFile(a.files, path) }

func findFile(files []File, path string) (int, bool) {
	return slices.BinarySearchFunc(files, path, func(f File, p string) int { return strings.Compare(f.Path, p) })
}

// Under returns the entries below dir, sorted; "" means all of them. The
// caller must not modify them.
func (a *Artifact) Under(dir string) []File {
	if dir == "" {
		return a.files
	}
	return under(a.files, dir)
}

func under(files []File, dir string) []File {
	from, _ := findFile(files, dir+"/")
	to, _ := findFile(files, dir+"0") // "0" is the byte after "/"
	return files[from:to]
}

// ReadFile returns the content of a regular file, following links inside the
// package.
func (a *Artifact) ReadFile(path string) ([]byte, error) {
	i, err := a.resolve(path)
	if err != nil {
		return nil, err
	}
	return a.read(i)
}

// Reader opens a regular file, following links inside the package. The end of
// the content is only reported once it was held to the size and the checksum
// that the package claims.
func (a *Artifact) Reader(path string) (io.ReadCloser, error) {
	i, err := a.resolve(path)
	if err != nil {
		return nil, err
	}
	return a.open(i)
}

// read returns the content of the regular file at place i.
func (a *Artifact) read(i int) ([]byte, error) {
	if b := a.bodies[i]; b.edited() && a.watch == nil {
		return slices.Clone(b.data), nil
	}
	r, err := a.open(i)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	// One byte more than is claimed lets a file that is longer be noticed
	// without being read.
	data := make([]byte, a.files[i].Size+1)
	n, err := io.ReadFull(r, data)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return data[:n:n], nil
	case err == nil:
		return nil, a.refuse(a.files[i].Path, "is longer than it claims")
	}
	return nil, err
}

// maxLinks is how many links one path may lead through, as in Linux.
const maxLinks = 40

// resolve finds the place of the regular file that path leads to.
func (a *Artifact) resolve(path string) (int, error) {
	if i, ok := a.find(path); ok && a.files[i].Mode.IsRegular() {
		return i, nil
	}
	at, err := follow(a.files, path)
	if err != nil {
		return 0, a.pathError(path, err)
	}
	i, ok := a.find(at)
	switch {
	case ok && a.files[i].Mode.IsRegular():
		return i, nil
	case ok || len(under(a.files, at)) > 0:
		return 0, a.pathError(path, errIsDirectory)
	}
	return 0, a.pathError(path, fs.ErrNotExist)
}

func (a *Artifact) pathError(path string, err error) error {
	return fmt.Errorf("%s: %w", a.path, &fs.PathError{Op: "read", Path: path, Err: err})
}

// follow walks path from the root of the package, through the links on it.
func follow(files []File, path string) (string, error) {
	if !fs.ValidPath(path) {
		return "", fs.ErrInvalid
	}
	at, todo, links := "", strings.Split(path, "/"), 0
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		if name == ".." {
			at = parent(at)
			continue
		}
		next := join(at, name)
		i, ok := findFile(files, next)
		if !ok || files[i].Mode.Type() != fs.ModeSymlink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", errLoop
		}
		todo = append(linkParts(files[i].Link), todo...)
	}
	return at, nil
}

// parent returns the directory that holds path, "" for the root.
func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// regularMode is the mode kept of a regular file that had perm.
func regularMode(perm fs.FileMode) fs.FileMode { return perm.Perm() | 0o400 }

// directoryMode is the mode kept of a directory that had perm. Its owner must
// be able to work in it, or coldcut could not write what it read.
func directoryMode(perm fs.FileMode) fs.FileMode { return fs.ModeDir | perm.Perm() | 0o700 }

// linkMode is the mode of all links: systems differ in what they say.
const linkMode = fs.ModeSymlink | 0o777

// modeless is the permission of what carries none.
const modeless fs.FileMode = 0o755
