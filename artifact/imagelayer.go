package artifact

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// layer is one layer of an image: a tar archive of what it adds and takes away.
//
// Source: https://github.com/opencontainers/image-spec/blob/main/layer.md
type layer struct {
	image *ImageSet
	place int    // counted from 1, for people
	file  string // in the blobs
	desc  v1.Descriptor
	// diffID is the digest of the archive as it is unpacked.
	diffID  v1.Hash
	packing packing
	entries []layerEntry
	spooled map[int]int64 // where the content of an entry lies in the spool
}

// packing is how a layer is compressed.
type packing int

const (
	unpacked packing = iota
	gzipped
	zstandard
)

// entryKind is what an entry of a layer does.
type entryKind byte

const (
	otherEntry entryKind = iota // devices and pipes
	fileEntry
	dirEntry
	linkEntry
	hardEntry
	whiteoutEntry
	opaqueEntry
	noEntry // global headers, the root itself
)

// layerEntry is what is kept of an entry: a large image has some ten thousand.
type layerEntry struct {
	// at is the path in the image, once the links on the way to it were followed. Of a
	// whiteout it is the path that is hidden, of an opaque one the folder.
	at       string
	link     string // of a symbolic link as it is written, of a hard one as a path
	size     int64
	mtime    int64
	data     int64      // where the content begins in the unpacked layer
	content  contentRef // of a hard link
	uid, gid int
	perm     fs.FileMode
	kind     entryKind
	python   bool // it begins like a script of Python's
	saying   saying
}

// String names the layer in errors.
func (l *layer) String() string { return fmt.Sprintf("layer %d (%s)", l.place, l.desc.Digest) }

// refuse says what is wrong with the layer.
func (l *layer) refuse(reason string) error {
	return &RefusedError{Package: l.image.path, Entry: l.String(), Reason: reason}
}

// unpacking reads a layer's archive and takes its digests.
type unpacking struct {
	l          *layer
	closers    []io.Closer
	packed     *bufio.Reader
	sum, inner hash.Hash
	out        io.Reader
	budget     *atomic.Int64 // of all layers
	size       int64         // packed
}

// open begins to unpack the layer.
func (l *layer) open(budget *atomic.Int64) (*unpacking, error) {
	r, c, err := l.image.blobs.file(l.file)
	if errors.Is(err, fs.ErrNotExist) {
		if len(l.desc.URLs) > 0 || !l.desc.MediaType.IsDistributable() {
			return nil, l.refuse("lies elsewhere, and there is no network here")
		}
		return nil, l.refuse("is not in the image")
	}
	if err != nil {
		return nil, l.refuse("cannot be read: " + err.Error())
	}
	u := &unpacking{l: l, closers: []io.Closer{c}, sum: sha256.New(), inner: sha256.New(), budget: budget, size: r.Size()}
	if l.desc.Size != u.size && l.desc.Size >= 0 {
		return nil, errors.Join(l.refuse(fmt.Sprintf("has %d bytes and claims %d", u.size, l.desc.Size)), u.Close())
	}
	u.packed = bufio.NewReaderSize(io.TeeReader(r, u.sum), 64<<10)
	u.out = u.packed
	head, _ := u.packed.Peek(4) // a shorter one has no magic number
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		l.packing = gzipped
		z, err := gzip.NewReader(u.packed)
		if err != nil {
			return nil, errors.Join(l.refuse("is damaged: it cannot be unpacked"), u.Close())
		}
		u.out = z
	case bytes.Equal(head, []byte("\x28\xb5\x2f\xfd")):
		l.packing = zstandard
		z, err := zstd.NewReader(u.packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, errors.Join(l.refuse("is damaged: it cannot be unpacked"), u.Close())
		}
		u.out = z
		u.closers = append(u.closers, z.IOReadCloser())
	}
	return u, nil
}

func (u *unpacking) Close() error {
	var err error
	for _, c := range u.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.out.Read(p)
	_, _ = u.inner.Write(p[:n])
	if u.budget.Add(-int64(n)) < 0 {
		return 0, errBudget
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = errDamaged
	}
	return n, err
}

var (
	errBudget  = errors.New("makes the image unpack to more than is allowed")
	errDamaged = errors.New("is damaged: it cannot be unpacked")
)

// finish reads what is left and holds the layer to its digests. A digest that is not
// known, as in old tarballs, is taken down.
func (u *unpacking) finish() error {
	if _, err := io.Copy(io.Discard, u); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, u.packed); err != nil {
		return err
	}
	digest, diffID := sumOf(u.sum), sumOf(u.inner)
	if u.l.desc.Digest == (v1.Hash{}) {
		u.l.desc.Digest, u.l.desc.Size = digest, u.size
	}
	switch {
	case u.l.desc.Digest != digest:
		return errors.New("is damaged: its digest does not match its content")
	case u.l.diffID != diffID:
		return fmt.Errorf("is not the one of the configuration, which has %s", u.l.diffID)
	}
	return nil
}

func sumOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// walk unpacks the layer and shows each entry to see, which may read its data. What is
// wrong with the layer is told with its name.
func (l *layer) walk(budget *atomic.Int64, see func(i int, e *rawTarEntry, data *rawTar) error) (err error) {
	u, err := l.open(budget)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	in := bufio.NewReaderSize(u, 64<<10)
	t := &rawTar{r: in}
	for i := 0; ; i++ {
		e, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = see(i, e, t)
		}
		if err != nil {
			return l.explain(err)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return l.explain(err)
	}
	return l.explain(u.finish())
}

// explain names the layer in an error that does not.
func (l *layer) explain(err error) error {
	var refused *RefusedError
	switch {
	case err == nil || errors.As(err, &refused):
		return err
	case errors.Is(err, errBudget):
		return &RefusedError{Package: l.image.path, Entry: l.String(), Reason: err.Error(), Err: ErrTooLarge, Hint: "allow more with --max-size if you trust the image"}
	}
	return l.refuse(err.Error())
}

// maxLayerEntries bounds the memory that the lists of all layers take.
const maxLayerEntries = 1 << 21

// read lists the layer's entries.
func (l *layer) read(budget, entries *atomic.Int64) error {
	return l.walk(budget, func(_ int, e *rawTarEntry, data *rawTar) error {
		if entries.Add(1) > maxLayerEntries {
			return fmt.Errorf("makes the image hold more than %d entries", maxLayerEntries)
		}
		entry, err := newLayerEntry(e.meaning)
		if err != nil {
			return err
		}
		entry.data = data.data
		if entry.kind == fileEntry {
			entry.saying = readSaying(entry.at, data)
		}
		if entry.kind == fileEntry && entry.saying == 0 && entry.perm&0o111 != 0 {
			var head [64]byte
			n, _ := io.ReadFull(data, head[:]) // whoever reads on sees the error
			entry.python = isPythonScript(head[:n])
		}
		l.entries = append(l.entries, entry)
		return nil
	})
}

func isPythonScript(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("python"))
}

// The names of whiteouts.
const (
	whiteoutPrefix = ".wh."
	opaqueName     = ".wh..wh..opq"
	aufsPrefix     = ".wh..wh."
)

func newLayerEntry(h *tar.Header) (layerEntry, error) {
	e := layerEntry{size: h.Size, mtime: h.ModTime.Unix(), uid: h.Uid, gid: h.Gid, perm: fs.FileMode(h.Mode) & fs.ModePerm}
	if h.Typeflag == tar.TypeXGlobalHeader {
		e.kind = noEntry
		return e, nil
	}
	var err error
	if e.at, err = layerPath(h.Name); err != nil {
		return e, err
	}
	dir, base := path.Split(e.at)
	switch {
	case e.at == "":
		e.kind = noEntry
		return e, nil
	case base == opaqueName:
		e.kind, e.at = opaqueEntry, strings.TrimSuffix(dir, "/")
		return e, nil
	case strings.HasPrefix(base, aufsPrefix):
		e.kind = noEntry // what AUFS keeps for itself
		return e, nil
	case strings.HasPrefix(base, whiteoutPrefix):
		e.kind, e.at = whiteoutEntry, dir+strings.TrimPrefix(base, whiteoutPrefix)
		if e.at == dir || strings.TrimPrefix(e.at, dir) == ".." || strings.TrimPrefix(e.at, dir) == "." {
			return e, fmt.Errorf("has a whiteout %q of nothing", h.Name)
		}
		return e, nil
	}
	return e, e.setKind(h)
}

// setKind takes down what an entry is that adds something.
func (e *layerEntry) setKind(h *tar.Header) (err error) {
	switch h.Typeflag {
	case tar.TypeReg:
		e.kind = fileEntry
	case tar.TypeDir:
		e.kind = dirEntry
	case tar.TypeSymlink:
		if e.kind, e.link = linkEntry, h.Linkname; len(e.link) > maxImagePath {
			return fmt.Errorf("has %q, a link to a path of %d bytes, which Linux does not take", h.Name, len(e.link))
		}
	case tar.TypeLink:
		e.kind = hardEntry
		if e.link, err = layerPath(h.Linkname); err != nil {
			return err
		}
		if e.link == "" {
			return fmt.Errorf("has a hard link %q to nothing", h.Name)
		}
	}
	return nil
}

// maxImagePath is Linux's PATH_MAX.
const maxImagePath = 4096

// layerPath is the clean path of an entry, "" for the root itself.
func layerPath(name string) (string, error) {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("has an entry %q, a path that climbs", name)
		}
	}
	if len(name) > maxImagePath {
		return "", fmt.Errorf("has an entry with a path of %d bytes, which Linux does not take", len(name))
	}
	if strings.IndexByte(name, 0) >= 0 {
		return "", fmt.Errorf("has an entry %q with a NUL byte in its name", name)
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}
