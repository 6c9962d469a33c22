package artifact

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// layerEdit is what becomes of one layer.
type layerEdit struct {
	drop  map[int]bool   // entries
	write map[int][]byte // entries whose content changes
	add   []addedFile    // sorted by path
	// opaque are whiteouts that become folders which hide what is below, since
	// something new is to lie in them.
	opaque map[int]bool
	time   time.Time
}

type addedFile struct {
	path     string
	data     []byte
	dir      bool
	uid, gid int
}

func (e *layerEdit) empty() bool {
	return len(e.drop)+len(e.write)+len(e.add)+len(e.opaque) == 0
}

// editing finds out which layers a view with edits changes, and how. A file that goes
// goes from every layer that has it, or one further down would show again.
type editing struct {
	*Image
	slim    *Artifact
	layers  []*layerEdit
	removed map[string]bool
	written map[string][]byte
	whites  map[string]int // the highest layer with a whiteout of a path
	// data are folders of models that the cut changes: what upper layers hide there, as
	// where somebody deleted models in a step of its own, still weighs, and goes.
	data   map[string]bool
	pinned map[string]bool // see [Image.pinnedPaths]
}

// edits compares the view with the same view after a cut.
func (i *Image) edits(slim *Artifact, modTime time.Time) ([]*layerEdit, error) {
	if slim.err != nil {
		return nil, slim.err
	}
	e := &editing{Image: i, slim: slim, removed: map[string]bool{}, written: map[string][]byte{}, whites: map[string]int{}, data: map[string]bool{}, pinned: i.pinnedPaths()}
	for k, l := range i.layers {
		e.layers = append(e.layers, &layerEdit{drop: map[int]bool{}, write: map[int][]byte{}, opaque: map[int]bool{}, time: modTime})
		for _, entry := range l.entries {
			if entry.kind == whiteoutEntry {
				e.whites[entry.at] = k
			}
		}
	}
	e.compare()
	if err := e.materialize(); err != nil {
		return nil, err
	}
	e.spread()
	made := map[string]bool{}
	for n, f := range slim.files {
		if _, there := i.pkg.Lookup(f.Path); !there && slim.bodies[n].edited() {
			e.addFile(f.Path, slim.bodies[n].data, made)
		}
	}
	return e.layers, nil
}

// compare lists what is gone and what is written.
func (e *editing) compare() {
	for _, f := range slices.Backward(e.pkg.files) { // what is in a folder before the folder
		n, there := e.slim.find(f.Path)
		switch {
		case !there && f.Mode.IsDir():
			if node := e.tree.find(f.Path); e.emptied(f.Path, node) {
				e.removed[f.Path] = true
			}
		case !there:
			e.removed[f.Path] = true
			e.findData(f.Path)
		case e.slim.bodies[n] != nil && e.slim.bodies[n].edited():
			e.written[f.Path] = e.slim.bodies[n].data
			e.findData(f.Path)
		}
	}
}

// findData notes the folder of models that a path is in.
func (e *editing) findData(at string) {
	for _, folder := range []string{"/botocore/data/", "/boto3/data/"} {
		if i := strings.LastIndex("/"+at, folder); i >= 0 {
			e.data[at[:i+len(folder)-1]] = true
		}
	}
}

// buried reports whether an entry is a file in such a folder that the image does not show.
func (e *editing) buried(k, n int, entry layerEntry) bool {
	if entry.kind != fileEntry && entry.kind != hardEntry || e.owns(k, n, entry.at) || e.pinned[entry.at] {
		return false
	}
	for dir := range e.data {
		if strings.HasPrefix(entry.at, dir) {
			return true
		}
	}
	return false
}

// emptied tells whether nothing is left in a folder, and nothing new comes.
func (e *editing) emptied(dir string, n *imageNode) bool {
	for name := range n.children {
		if !e.removed[join(dir, name)] {
			return false
		}
	}
	return len(e.slim.Under(dir)) == 0
}

// materialize puts a file's content in the place of a link that leads to it, where the
// file goes and the link does not: whoever reads it by that name shall find it.
func (e *editing) materialize() error {
	var err error
	e.tree.each("", e.tree.root, func(at string, n *imageNode) {
		if n.kind != linkEntry || e.gone(at) || err != nil {
			return
		}
		link := e.tree.entry(n).link
		if !strings.HasPrefix(link, "/") {
			link = parent(at) + "/" + link
		}
		target, cerr := e.tree.canonical(link, true)
		if cerr != nil || !e.removed[target] {
			return
		}
		if f, ok := e.pkg.Lookup(target); ok && f.Mode.IsRegular() {
			e.written[at], err = e.pkg.ReadFile(target)
		}
	})
	return err
}

// each shows every node.
func (t *imageTree) each(at string, n *imageNode, see func(at string, n *imageNode)) {
	for _, name := range sortedKeys(n.children) {
		child, below := n.children[name], join(at, name)
		see(below, child)
		t.each(below, child, see)
	}
}

// gone reports whether a path, or a folder that it is in, is removed.
func (e *editing) gone(at string) bool {
	for ; at != ""; at = parent(at) {
		if e.removed[at] {
			return true
		}
	}
	return false
}

// spread tells each layer what to drop and to write.
func (e *editing) spread() {
	for k, l := range e.Image.layers {
		edit := e.layers[k]
		for n, entry := range l.entries {
			data, written := e.written[entry.at]
			switch {
			case entry.kind == noEntry:
			case entry.kind == whiteoutEntry && !e.gone(parent(entry.at)), entry.kind == opaqueEntry && !e.gone(entry.at):
				// Hiding nothing does no harm.
			case e.gone(entry.at), e.buried(k, n, entry):
				edit.drop[n] = true
			case !written || entry.kind == whiteoutEntry:
			case e.owns(k, n, entry.at):
				edit.write[n] = data
			default:
				edit.drop[n] = true
			}
		}
	}
}

// owns reports whether an entry is the one that is seen in the image.
func (e *editing) owns(k, n int, at string) bool {
	node := e.tree.find(at)
	return node != nil && node.layer == k && node.entry == n
}

// addFile adds a file to a layer.
func (e *editing) addFile(at string, data []byte, made map[string]bool) {
	k, dirs := e.place(at)
	uid, gid := e.ownerIDs(at)
	for _, dir := range slices.Backward(dirs) {
		if made[dir] {
			continue
		}
		made[dir] = true
		if white, ok := e.whiteout(k, dir); ok {
			e.layers[k].opaque[white] = true
			continue
		}
		e.layers[k].add = append(e.layers[k].add, addedFile{path: dir, dir: true, uid: uid, gid: gid})
	}
	for j, l := range e.Image.layers {
		for n, entry := range l.entries {
			if entry.at == at && entry.kind != opaqueEntry && (j >= k || entry.kind != whiteoutEntry) {
				e.layers[j].drop[n] = true
			}
		}
	}
	e.layers[k].add = append(e.layers[k].add, addedFile{path: at, data: data, uid: uid, gid: gid})
}

// place finds the layer for a new file, and the folders to be made. What is seen in the
// folder that it is to lie in shows that no layer further up hides that folder; of the
// layers that wrote there one that changes anyway is taken. Folders that are to be made
// may have been there and be hidden; then it is at the earliest the layer that hides them.
func (e *editing) place(at string) (k int, dirs []string) {
	dir := parent(at)
	for ; e.tree.find(dir) == nil; dir = parent(dir) {
		dirs = append(dirs, dir)
	}
	n := e.tree.find(dir)
	layers := []int{n.layer}
	for _, child := range n.children {
		layers = append(layers, child.layer)
	}
	k = max(0, slices.Max(layers))
	touched := slices.DeleteFunc(layers, func(j int) bool { return j < 0 || e.layers[j].empty() })
	if len(touched) > 0 {
		k = slices.Max(touched)
	}
	for _, dir := range dirs {
		if white, ok := e.whites[dir]; ok {
			k = max(k, white)
		}
	}
	return k, dirs
}

// whiteout finds the entry of a layer that hides a path.
func (e *editing) whiteout(k int, at string) (n int, ok bool) {
	n = slices.IndexFunc(e.Image.layers[k].entries, func(entry layerEntry) bool {
		return entry.kind == whiteoutEntry && entry.at == at
	})
	return n, n >= 0
}

// ownerIDs are those of the nearest folder that an entry made.
func (e *editing) ownerIDs(at string) (uid, gid int) {
	for dir := parent(at); dir != ""; dir = parent(dir) {
		if n := e.tree.find(dir); n != nil && e.tree.entry(n) != nil {
			entry := e.tree.entry(n)
			return entry.uid, entry.gid
		}
	}
	return 0, 0
}

// rewrite writes the layer's archive with an edit applied. Every other entry stays as it
// is, to the byte.
func (l *layer) rewrite(budget *atomic.Int64, edit *layerEdit, w io.Writer) error {
	r := &rewriting{layer: l, edit: edit, w: w, heirs: l.heirs(edit), leader: map[int]string{}}
	if err := l.walk(budget, r.entry); err != nil {
		return err
	}
	slices.SortFunc(edit.add, func(a, b addedFile) int { return strings.Compare(a.path, b.path) })
	for _, f := range edit.add {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: 0o644, Uid: f.uid, Gid: f.gid, ModTime: edit.time, Size: int64(len(f.data))}
		if f.dir {
			h.Typeflag, h.Name, h.Mode = tar.TypeDir, f.path+"/", 0o755
		}
		if err := r.emit(h, bytes.NewReader(f.data)); err != nil {
			return err
		}
	}
	_, err := w.Write(make([]byte, 2*tarBlock))
	return err
}

// heirs are, by the entry that has the content, the hard links that stay where it goes.
func (l *layer) heirs(edit *layerEdit) map[int][]int {
	heirs := map[int][]int{}
	for n, e := range l.entries {
		_, written := edit.write[n]
		if e.kind != hardEntry || written || edit.drop[n] || e.content.layer != l.place-1 {
			continue
		}
		content := e.content.entry
		if _, changed := edit.write[content]; changed || edit.drop[content] {
			heirs[content] = append(heirs[content], n)
		}
	}
	return heirs
}

type rewriting struct {
	layer  *layer
	edit   *layerEdit
	w      io.Writer
	heirs  map[int][]int
	leader map[int]string // by content entry: the name that its bytes have now
}

// entry copies, changes or leaves out one entry.
func (r *rewriting) entry(n int, e *rawTarEntry, data *rawTar) error {
	if n >= len(r.layer.entries) {
		return errChangedLayer
	}
	entry := r.layer.entries[n]
	if heirs := r.heirs[n]; len(heirs) > 0 {
		if err := r.inherit(n, heirs[0], e.meaning, data); err != nil {
			return err
		}
	}
	content, written := r.edit.write[n]
	switch {
	case written:
		return r.emit(r.header(e.meaning, entry, content), bytes.NewReader(content))
	case r.edit.opaque[n]:
		name := entry.at + "/"
		dir := &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755, Uid: e.meaning.Uid, Gid: e.meaning.Gid, ModTime: r.edit.time}
		if err := r.emit(dir, nil); err != nil {
			return err
		}
		return r.emit(&tar.Header{Typeflag: tar.TypeReg, Name: name + opaqueName, Mode: 0o644, ModTime: r.edit.time}, nil)
	case r.edit.drop[n]:
		return nil
	case entry.kind == hardEntry && entry.content.layer == r.layer.place-1:
		if leader := r.leader[entry.content.entry]; leader == entry.at {
			return nil // it has the content already
		} else if leader != "" {
			return r.relink(e.meaning, leader)
		} else if r.lost(entry.link) {
			return r.relink(e.meaning, r.layer.entries[entry.content.entry].at)
		}
	}
	if _, err := r.w.Write(e.header); err != nil {
		return err
	}
	return data.copyTo(r.w)
}

// lost reports whether this layer has a path no more as it was.
func (r *rewriting) lost(at string) bool {
	for n, e := range r.layer.entries {
		if e.at == at && (e.kind == fileEntry || e.kind == hardEntry) {
			if _, written := r.edit.write[n]; written || r.edit.drop[n] {
				return true
			}
		}
	}
	return false
}

// inherit writes a content under the name of the first hard link that stays.
func (r *rewriting) inherit(n, heir int, meaning *tar.Header, data *rawTar) error {
	h := *meaning
	h.Name, h.Format = r.layer.entries[heir].at, tar.FormatUnknown
	h.AccessTime, h.ChangeTime = time.Time{}, time.Time{}
	r.leader[n] = h.Name
	return r.emit(&h, data)
}

func (r *rewriting) relink(meaning *tar.Header, to string) error {
	h := *meaning
	h.Linkname, h.Format = to, tar.FormatUnknown
	h.AccessTime, h.ChangeTime = time.Time{}, time.Time{}
	return r.emit(&h, nil)
}

// header is that of a file with another content: mode, owner and attributes stay.
func (r *rewriting) header(old *tar.Header, entry layerEntry, content []byte) *tar.Header {
	h := *old
	if h.Typeflag == tar.TypeSymlink {
		h.Mode = 0o644
	}
	h.Typeflag, h.Linkname, h.Size = tar.TypeReg, "", int64(len(content))
	h.Name, h.Format, h.ModTime = entry.at, tar.FormatUnknown, r.edit.time
	h.AccessTime, h.ChangeTime = time.Time{}, time.Time{}
	return &h
}

// emit writes an entry of our own.
func (r *rewriting) emit(h *tar.Header, data io.Reader) error {
	h.PAXRecords = maps.Clone(h.PAXRecords)
	maps.DeleteFunc(h.PAXRecords, func(key, _ string) bool { return !strings.HasPrefix(key, "SCHILY.xattr.") })
	w := tar.NewWriter(r.w)
	err := w.WriteHeader(h)
	if err == nil && h.Size > 0 {
		_, err = io.Copy(w, data)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("cannot be written anew: %w", err)
	}
	return nil
}
