package artifact

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// Edits change an artifact: a nil value removes the entry, any other value
// replaces or adds a regular file with these bytes.
type Edits map[string][]byte

// newFileMode is the mode of a file that an edit adds.
const newFileMode fs.FileMode = 0o644

// body is the content of a regular file. Views share the bodies that they did
// not edit, so what compressing one costs is found out once.
type body struct {
	index int    // the place in the source
	data  []byte // the content, if edited

	mu   sync.Mutex
	cost *packed // nil until known
}

func (b *body) edited() bool { return b.data != nil }

// Watched returns a view of the artifact that shows each file that is read to watch.
func (a *Artifact) Watched(watch Watch) *Artifact {
	view := *a
	view.watch = watch
	return &view
}

// open opens the regular file at place i.
func (a *Artifact) open(i int) (io.ReadCloser, error) {
	r, err := a.openUnwatched(i)
	if err != nil || a.watch == nil {
		return r, err
	}
	return a.watch(a.files[i].Path, r), nil
}

func (a *Artifact) openUnwatched(i int) (io.ReadCloser, error) {
	if b := a.bodies[i]; b.edited() {
		return io.NopCloser(bytes.NewReader(b.data)), nil
	}
	return a.source.open(a.files[i], a.bodies[i].index)
}

// With returns a view of the artifact with the edits applied. An edited file
// keeps its mode; a new one gets 0644. A directory that the edits empty goes,
// one that was empty before stays. The caller must not modify the bytes
// afterwards.
//
// Edits that make no package (a path that climbs, a file below a file) are
// reported when the view is written.
func (a *Artifact) With(edits Edits) *Artifact {
	view := &Artifact{path: a.path, form: a.form, source: a.source, max: a.max, held: a.held, err: a.err, watch: a.watch, image: a.image, edited: a.edited || len(edits) > 0}
	added := false
	for i, f := range a.files {
		data, ok := edits[f.Path]
		switch {
		case !ok:
			view.append(f, a.bodies[i])
		case data != nil:
			view.append(editedFile(f, data), &body{data: data})
			added = added || !f.Mode.IsRegular()
		}
	}
	for path, data := range edits {
		if _, ok := a.find(path); !ok && data != nil {
			view.append(editedFile(File{Path: path, Mode: newFileMode}, data), &body{data: data})
			added = true
		}
	}
	view.sort()
	view.dropEmptied(a)
	if view.err == nil && (added || view.grew(a)) {
		view.err = vetForm(a.path, a.form, view.files, a.max)
	}
	return view
}

func editedFile(f File, data []byte) File {
	if !f.Mode.IsRegular() {
		f.Mode, f.Link = newFileMode, ""
	}
	f.Size = int64(len(data))
	return f
}

func (a *Artifact) append(f File, b *body) {
	a.files = append(a.files, f)
	a.bodies = append(a.bodies, b)
}

// sort brings the files, and the bodies with them, into order.
func (a *Artifact) sort() {
	if slices.IsSortedFunc(a.files, func(f, g File) int { return strings.Compare(f.Path, g.Path) }) {
		return
	}
	type pair struct {
		File
		*body
	}
	pairs := make([]pair, len(a.files))
	for i := range pairs {
		pairs[i] = pair{a.files[i], a.bodies[i]}
	}
	slices.SortFunc(pairs, func(p, q pair) int { return strings.Compare(p.Path, q.Path) })
	for i, p := range pairs {
		a.files[i], a.bodies[i] = p.File, p.body
	}
}

// dropEmptied removes the directories that are empty now and were not in old.
func (a *Artifact) dropEmptied(old *Artifact) {
	// From the last to the first, directories come after what they hold.
	keep := make([]bool, len(a.files))
	for i, f := range slices.Backward(a.files) {
		keep[i] = !f.Mode.IsDir() || a.keptUnder(keep, f.Path) || len(under(old.files, f.Path)) == 0
	}
	n := 0
	for i := range a.files {
		if keep[i] {
			a.files[n], a.bodies[n] = a.files[i], a.bodies[i]
			n++
		}
	}
	a.files, a.bodies = a.files[:n], a.bodies[:n]
}

// keptUnder tells whether anything below dir was marked as kept.
func (a *Artifact) keptUnder(keep []bool, dir string) bool {
	from, _ := findFile(a.files, dir+"/")
	to, _ := findFile(a.files, dir+"0")
	return slices.Contains(keep[from:to], true)
}

// grew tells whether the view unpacks to more than what it was made from.
func (a *Artifact) grew(old *Artifact) bool { return total(a.files) > total(old.files) }

func total(files []File) (sum int64) {
	for _, f := range files {
		sum += f.Size
	}
	return sum
}
