package artifact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A directory is changed in place in two halves. First all new files are
// written into the journal's folder and synced; until then nothing has
// happened, and what a dead run left is deleted. Then the journal says what is
// to be done, and appears by a rename: from here on every step can be done
// again, and a dead run is finished by the next one. No file is ever half
// written.

// journalName is the journal's folder, at the root of the directory. It lies
// inside since the directory may be a mount of its own, whose parent is another
// file system, and so that it moves with the directory.
const journalName = ".coldcut-journal"

const (
	journalFile = "journal.json"
	journalNew  = "new"
)

// journal says what is still to be done.
type journal struct {
	// Writes are the paths to be replaced; the first one's content is the file
	// 0 in the folder of new files.
	Writes []string `json:"writes"`
	// Removes are the paths to be deleted, before anything is written.
	Removes []string `json:"removes"`
	// Prunes are the directories that this empties, the deepest first.
	Prunes []string `json:"prunes"`
}

// WriteInPlace makes the directory dir, which a was opened from, hold what a
// holds. Files that do not change are not touched; each other is replaced or
// removed in one step, and a run that dies in between is completed, or undone
// if it had not begun to, by [Recover].
func WriteInPlace(ctx context.Context, a *Artifact, dir string, opts WriteOptions) error {
	switch {
	case a.err != nil:
		return a.err
	case a.form != Directory || !same(a.path, dir):
		return fmt.Errorf("%s was not opened from %s and cannot be written in its place", a.path, dir)
	}
	if err := writeInPlace(ctx, a, dir, opts); err != nil {
		return fmt.Errorf("cannot write %s in place: %w", dir, err)
	}
	return nil
}

func writeInPlace(ctx context.Context, a *Artifact, dir string, opts WriteOptions) error {
	b, err := takeBerth(filepath.Join(dir, journalName))
	if err != nil {
		return err
	}
	// Open has recovered the directory, so whatever is there is newer.
	if recovered, err := b.recover(dir); err != nil || recovered {
		return errors.Join(err, b.giveUp(), a.refuse("", "was written by another run after it was opened"))
	}
	plan := &inPlace{a: a, dir: dir, berth: b}
	err = b.clear()
	if err == nil {
		err = plan.compare()
	}
	if err == nil {
		err = plan.prepare(ctx, opts)
	}
	if err != nil || plan.journal.empty() {
		return errors.Join(err, b.leave())
	}
	if err := b.complete(dir, plan.journal); err != nil {
		return errors.Join(err, b.giveUp())
	}
	return b.leave()
}

// giveUp leaves the folder to the next run, which is to complete it.
func (b *berth) giveUp() error { return b.lock.Close() }

func (j *journal) empty() bool { return len(j.Writes)+len(j.Removes)+len(j.Prunes) == 0 }

// inPlace finds out and prepares what there is to do.
type inPlace struct {
	a       *Artifact
	dir     string
	berth   *berth
	journal journal
	places  []int // of the files to write, in a
}

// compare fills the journal with what differs between the directory as it is
// now and the artifact.
func (p *inPlace) compare() error {
	w := dirWalk{root: p.dir}
	if err := w.walk(); err != nil {
		return err
	}
	w.files = slices.DeleteFunc(w.files, func(f File) bool { return strings.HasPrefix(f.Path, journalName+"/") })
	slices.SortFunc(w.files, func(f, g File) int { return strings.Compare(f.Path, g.Path) })
	for i, f := range p.a.files {
		at, ok := findFile(w.files, f.Path)
		b := p.a.bodies[i]
		switch {
		case b != nil && b.edited():
			if ok && p.equal(w.files[at], f, b.data) {
				continue
			}
			p.journal.Writes = append(p.journal.Writes, f.Path)
			p.places = append(p.places, i)
		case !ok && f.Mode.IsDir():
			// A directory that was empty and no longer is.
		case !ok || w.files[at] != f:
			return p.a.refuse(f.Path, "changed after the package was opened")
		}
	}
	for _, f := range w.files {
		_, ok := p.a.find(f.Path)
		if filled := f.Mode.IsDir() && len(p.a.Under(f.Path)) > 0; !ok && !filled {
			p.remove(f.Path)
		}
	}
	slices.SortFunc(p.journal.Prunes, func(a, b string) int { return strings.Compare(b, a) })
	p.journal.Prunes = slices.Compact(p.journal.Prunes)
	return nil
}

// equal tells whether the file on disk is what is to be written.
func (p *inPlace) equal(old, f File, data []byte) bool {
	if old != f {
		return false
	}
	now, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(f.Path)))
	return err == nil && bytes.Equal(now, data)
}

// remove notes a removal, and the directories that it empties.
func (p *inPlace) remove(path string) {
	p.journal.Removes = append(p.journal.Removes, path)
	for dir := parent(path); dir != ""; dir = parent(dir) {
		if f, ok := p.a.Lookup(dir); ok && f.Mode.IsDir() || len(p.a.Under(dir)) > 0 {
			return
		}
		p.journal.Prunes = append(p.journal.Prunes, dir)
	}
}

// prepare writes the new files and then the journal.
func (p *inPlace) prepare(ctx context.Context, opts WriteOptions) error {
	if p.journal.empty() {
		return nil
	}
	if err := os.Mkdir(p.berth.join(journalNew), 0o700); err != nil {
		return err
	}
	steps := newProgress(p.a, opts)
	for n, i := range p.places {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := p.a.files[i]
		name := p.berth.join(journalNew, strconv.Itoa(n))
		if err := createFile(name, bytes.NewReader(p.a.bodies[i].data), f.Mode.Perm(), opts.modTime()); err != nil {
			return err
		}
		steps.add(f.Size)
	}
	if err := syncTree(ctx, p.berth.dir); err != nil {
		return err
	}
	return p.berth.writeJournal(p.journal)
}

func (b *berth) writeJournal(j journal) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(b.join("draft"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(b.join("draft"), b.join(journalFile)); err != nil {
		return err
	}
	return syncDir(b.dir)
}

// Recover puts right what a killed [WriteInPlace] left in dir: it completes
// what had begun to appear and deletes what had not. [Open] calls it.
func Recover(dir string) error {
	name := filepath.Join(dir, journalName)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	b, err := takeBerth(name)
	if err != nil {
		return fmt.Errorf("%s: cannot recover from a dead run: %w", dir, err)
	}
	if _, err := b.recover(dir); err != nil {
		return errors.Join(fmt.Errorf("%s: cannot recover from a dead run: %w", dir, err), b.giveUp())
	}
	return b.leave()
}

// recover tells whether there was anything to complete.
func (b *berth) recover(dir string) (bool, error) {
	info, err := os.Lstat(b.join(journalFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is not coldcut's", b.join(journalFile))
	}
	text, err := os.ReadFile(b.join(journalFile))
	if err != nil {
		return false, err
	}
	var j journal
	if err := json.Unmarshal(text, &j); err != nil {
		return false, fmt.Errorf("%s is not coldcut's: %w", b.join(journalFile), err)
	}
	return true, b.complete(dir, j)
}

// complete does what the journal says, as far as it is not done. The journal
// may have come with a hostile directory: no path in it leads out of there.
func (b *berth) complete(dir string, j journal) error {
	for _, path := range slices.Concat(j.Writes, j.Removes, j.Prunes) {
		if reason := nameReason(path); reason != "" {
			return &RefusedError{Package: dir, Entry: path, Reason: reason + " in the journal of a dead run"}
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := j.apply(root); err != nil {
		return err
	}
	// The journal must not go before what it did is durable.
	if err := syncTree(context.Background(), dir); err != nil {
		return err
	}
	return os.Remove(b.join(journalFile))
}

// apply removes before it writes. So once anything was written all removals
// are done, and they are not done again: what was written may have the name of
// what was removed, to a file system that ignores case.
func (j *journal) apply(root *os.Root) error {
	if !j.begunWriting(root) {
		for _, path := range j.Removes {
			if err := root.Remove(filepath.FromSlash(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		for _, path := range j.Prunes {
			// What somebody else put there meanwhile keeps the directory.
			_ = root.Remove(filepath.FromSlash(path))
		}
	}
	for n, path := range j.Writes {
		if err := j.write(root, n, path); err != nil {
			return err
		}
	}
	return nil
}

// begunWriting tells whether the first of the new files is in its place.
func (j *journal) begunWriting(root *os.Root) bool {
	_, err := root.Lstat(newFile(0))
	return len(j.Writes) > 0 && errors.Is(err, fs.ErrNotExist)
}

// newFile is where the content of write n waits.
func newFile(n int) string { return filepath.Join(journalName, journalNew, strconv.Itoa(n)) }

func (j *journal) write(root *os.Root, n int, path string) error {
	from := newFile(n)
	if _, err := root.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil // done before
	}
	to, err := filepath.Localize(path)
	if err != nil {
		return err
	}
	if info, err := root.Lstat(to); err == nil && info.IsDir() {
		if err := root.Remove(to); err != nil {
			return err
		}
	}
	if err := root.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return root.Rename(from, to)
}
