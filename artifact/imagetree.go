package artifact

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// imageNode is one place in the file system that the layers make together.
type imageNode struct {
	layer, entry int // what wrote it last; entry is -1 of folders that nothing wrote
	kind         entryKind
	children     map[string]*imageNode
	// content is the entry that a file's bytes are in: its own, or what a hard link
	// leads to, which may be in a layer below.
	content contentRef
}

type contentRef struct{ layer, entry int }

// imageTree applies layers, from the lowest on.
type imageTree struct {
	root   *imageNode
	layers []*layer
}

func newImageTree(layers []*layer) (*imageTree, error) {
	t := &imageTree{root: &imageNode{layer: -1, entry: -1, kind: dirEntry, children: map[string]*imageNode{}}, layers: layers}
	for k, l := range layers {
		if err := t.apply(k); err != nil {
			return nil, l.explain(err)
		}
	}
	return t, nil
}

// apply adds a layer. Whiteouts come first, since they hide what is in the layers below
// and never what is in their own, wherever they stand in the archive.
func (t *imageTree) apply(k int) error {
	entries := t.layers[k].entries
	for i := range entries {
		e := &entries[i]
		if e.kind != whiteoutEntry && e.kind != opaqueEntry {
			continue
		}
		var err error
		if e.at, err = t.canonical(e.at, e.kind == opaqueEntry); err != nil {
			return err
		}
		t.hide(e)
	}
	for i := range entries {
		e := &entries[i]
		switch e.kind {
		case noEntry, whiteoutEntry, opaqueEntry:
			continue
		}
		var err error
		if e.at, err = t.canonical(e.at, false); err != nil {
			return err
		}
		if err := t.add(k, i, e); err != nil {
			return err
		}
	}
	return nil
}

func (t *imageTree) hide(e *layerEntry) {
	if e.kind == opaqueEntry {
		if n := t.find(e.at); n != nil && n.kind == dirEntry {
			n.children = map[string]*imageNode{}
		}
		return
	}
	if up := t.find(parent(e.at)); up != nil {
		delete(up.children, path.Base(e.at))
	}
}

// add puts an entry into the tree. A folder over a folder keeps what is in it; all
// else replaces what is there.
func (t *imageTree) add(k, i int, e *layerEntry) error {
	up, err := t.makeDir(k, parent(e.at))
	if err != nil {
		return err
	}
	n := &imageNode{layer: k, entry: i, kind: e.kind, content: contentRef{k, i}}
	switch e.kind {
	case dirEntry:
		n.children = map[string]*imageNode{}
		if old := up.children[path.Base(e.at)]; old != nil && old.kind == dirEntry {
			n.children = old.children
		}
	case hardEntry:
		if e.link, err = t.canonical(e.link, false); err != nil {
			return err
		}
		target := t.find(e.link)
		switch {
		case target == nil:
			return fmt.Errorf("has %q, a hard link to %q, which is not there", e.at, e.link)
		case target.kind == dirEntry:
			return fmt.Errorf("has %q, a hard link to the folder %q", e.at, e.link)
		}
		n.content, n.kind = target.content, target.kind
		e.content = n.content
	}
	up.children[path.Base(e.at)] = n
	return nil
}

// makeDir finds a folder, and makes those on the way that no entry made.
func (t *imageTree) makeDir(k int, dir string) (*imageNode, error) {
	at := t.root
	if dir == "" {
		return at, nil
	}
	for name := range strings.SplitSeq(dir, "/") {
		next := at.children[name]
		if next == nil {
			next = &imageNode{layer: k, entry: -1, kind: dirEntry, children: map[string]*imageNode{}}
			at.children[name] = next
		}
		if next.kind != dirEntry {
			return nil, fmt.Errorf("has an entry in %q, which is not a folder", dir)
		}
		at = next
	}
	return at, nil
}

// find returns the node of a canonical path, nil where there is none.
func (t *imageTree) find(at string) *imageNode {
	n := t.root
	if at == "" {
		return n
	}
	for name := range strings.SplitSeq(at, "/") {
		if n = n.children[name]; n == nil {
			return nil
		}
	}
	return n
}

// entry returns what wrote a node, nil for a folder that nothing wrote.
func (t *imageTree) entry(n *imageNode) *layerEntry {
	if n.entry < 0 {
		return nil
	}
	return &t.layers[n.layer].entries[n.entry]
}

var errImageLoop = errors.New("has links that lead in a circle")

// canonical follows the links on the way to a path; the last part is followed only
// where it is asked for. A folder's entry replaces a link, as with unpackers.
func (t *imageTree) canonical(name string, whole bool) (string, error) {
	at, todo, links := "", strings.Split(name, "/"), 0
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = parent(at)
			continue
		}
		next := join(at, part)
		n := t.find(next)
		if n == nil || n.kind != linkEntry || len(todo) == 0 && !whole {
			at = next
			continue
		}
		target := t.entry(n).link
		if links++; links > maxLinks {
			return "", errImageLoop
		}
		if strings.HasPrefix(target, "/") {
			at = ""
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return at, nil
}
