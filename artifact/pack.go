package artifact

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
)

const (
	// level is the one level of compression, since one package is to make one
	// zip: the best that still packs faster than a disk delivers.
	level = 8
	// tinyFile is the size below which packing is not tried.
	tinyFile = 32
	// largeFile is the size from which a file is streamed instead of held.
	largeFile = 4 << 20
	// heldLimit bounds what Sizes keeps for the writer.
	heldLimit = 24 << 20
	// blockSize is how much du counts at least for anything, see DiskBytes.
	blockSize = 4096
)

// Stat is what a tree takes.
type Stat struct {
	// Files counts files and links.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// ZipBytes is the size of the zip that coldcut would write.
	ZipBytes int64 `json:"zip_bytes"`
	// DiskBytes is about what du reports: whole 4 KiB blocks, and one for each
	// directory.
	DiskBytes int64 `json:"disk_bytes"`
}

// Size is what one file takes.
type Size struct {
	// Bytes is the unpacked size.
	Bytes int64
	// ZipBytes is what the file adds to the zip that coldcut would write, its
	// headers included.
	ZipBytes int64
}

// packed is what one content takes in a zip.
type packed struct {
	method uint16
	crc    uint32
	size   int64
	data   []byte // the packed bytes, where they are held
}

// Sizes returns what each of Files takes, found out by packing with the
// writer's own rules, on all cores. Nothing is packed twice: what the writer
// did before is known here, and what is done here the writer need not do again
// (up to a limit on the memory that takes). What came from a zip keeps the
// size that it had there.
func (a *Artifact) Sizes(ctx context.Context) ([]Size, error) {
	if a.err != nil {
		return nil, a.err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, b := range a.bodies {
		if b == nil || b.known() != nil {
			continue
		}
		g.Go(func() error { return a.measure(ctx, i) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	sizes := make([]Size, len(a.files))
	for i, f := range a.files {
		sizes[i] = Size{f.Size, entrySize(f, a.packedSize(i))}
	}
	return sizes, nil
}

// Stat returns what the whole tree takes; see [Artifact.Sizes].
func (a *Artifact) Stat(ctx context.Context) (Stat, error) {
	sizes, err := a.Sizes(ctx)
	if err != nil {
		return Stat{}, err
	}
	s := Stat{ZipBytes: endBytes(len(a.files)), DiskBytes: blockSize}
	dirs := map[string]bool{"": true}
	for i, f := range a.files {
		s.Bytes += f.Size
		s.ZipBytes += sizes[i].ZipBytes
		s.DiskBytes += (f.Size + blockSize - 1) / blockSize * blockSize
		dir := parent(f.Path)
		if f.Mode.IsDir() {
			dir = f.Path
		} else {
			s.Files++
		}
		for ; !dirs[dir]; dir = parent(dir) {
			dirs[dir] = true
			s.DiskBytes += blockSize
		}
	}
	return s, nil
}

// known returns the cost of the body, nil if it is not known yet.
func (b *body) known() *packed {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cost
}

// learn keeps the cost of the body, and its bytes as long as there is room.
func (b *body) learn(p *packed, room *held) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cost != nil {
		return
	}
	b.cost = &packed{method: p.method, crc: p.crc, size: p.size}
	if p.method == methodDeflate && room.take(p.size) {
		b.cost.data = p.data
	}
}

// take returns the packed bytes that measure held, once.
func (b *body) take(room *held) *packed {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cost == nil || b.cost.data == nil {
		return nil
	}
	p := *b.cost
	b.cost.data = nil
	room.Add(-p.size)
	return &p
}

// packedSize is the packed size of file i once measure has run.
func (a *Artifact) packedSize(i int) int64 {
	switch f := a.files[i]; {
	case f.Mode.IsRegular():
		return a.bodies[i].known().size
	default:
		return int64(len(f.Link))
	}
}

// measure finds out what the regular file at place i takes.
func (a *Artifact) measure(ctx context.Context, i int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.files[i].Size >= largeFile && !a.bodies[i].edited() {
		return a.measureLarge(ctx, i)
	}
	data, err := a.content(i)
	if err != nil {
		return err
	}
	a.bodies[i].learn(pack(data), a.held)
	return nil
}

func (a *Artifact) measureLarge(ctx context.Context, i int) error {
	r, err := a.open(i)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	p, err := packStream(io.Discard, ctxReader{ctx, r}, a.files[i].Size)
	if err != nil {
		return err
	}
	if p.method == methodDeflate && !gains(a.files[i].Size, p.size) {
		p.method, p.size = methodStore, a.files[i].Size
	}
	a.bodies[i].learn(&p, nil)
	return nil
}

// content is the content of the regular file at place i, not to be modified.
func (a *Artifact) content(i int) ([]byte, error) {
	if b := a.bodies[i]; b.edited() {
		return b.data, nil
	}
	return a.read(i)
}

// gains tells whether a packed size is worth unpacking at every cold start.
func gains(size, packed int64) bool { return packed < size-size/64 }

// magics begin contents that are compressed already.
var magics = [][]byte{
	[]byte("\x1f\x8b"),                            // gzip
	[]byte("PK\x03\x04"),                          // zip, wheel, jar
	[]byte("\x28\xb5\x2f\xfd"),                    // zstd
	[]byte("\xfd7zXZ\x00"),                        // xz
	[]byte("BZh"),                                 // bzip2
	[]byte("7z\xbc\xaf\x27\x1c"),                  // 7z
	[]byte("\x89PNG\r\n"), []byte("\xff\xd8\xff"), // png, jpeg
	[]byte("wOF2"), // woff2
}

// isPacked tells whether a content that begins so is compressed already.
func isPacked(head []byte) bool {
	return slices.ContainsFunc(magics, func(m []byte) bool { return bytes.HasPrefix(head, m) })
}

var deflatePool = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, level)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// pack packs a content in memory. Its bytes are data itself where they are
// stored.
func pack(data []byte) *packed {
	p := &packed{method: methodStore, crc: crc32.ChecksumIEEE(data), size: int64(len(data)), data: data}
	if isPacked(data) || len(data) < tinyFile {
		return p
	}
	var out bytes.Buffer
	out.Grow(len(data)/2 + 64)
	w := deflatePool.Get().(*flate.Writer)
	defer deflatePool.Put(w)
	w.Reset(&out)
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	_ = w.Close()
	if gains(p.size, int64(out.Len())) {
		p.method, p.size, p.data = methodDeflate, int64(out.Len()), bytes.Clone(out.Bytes())
	}
	return p
}

// packStream packs the content in r, which has this size, into w. A result
// that deflate gained nothing for says so by its size alone.
func packStream(w io.Writer, r io.Reader, size int64) (packed, error) {
	head := make([]byte, min(size, 16))
	if _, err := io.ReadFull(r, head); err != nil {
		return packed{}, err
	}
	p := packed{method: methodDeflate}
	if isPacked(head) {
		p.method = methodStore
	}
	return packAs(p.method, w, io.MultiReader(bytes.NewReader(head), r))
}

// packAs packs the content in r into w by the method.
func packAs(method uint16, w io.Writer, r io.Reader) (packed, error) {
	sum, out := crc32.NewIEEE(), &countWriter{w: w}
	if method == methodStore {
		_, err := io.Copy(io.MultiWriter(sum, out), r)
		return packed{method: method, crc: sum.Sum32(), size: out.n}, err
	}
	d := deflatePool.Get().(*flate.Writer)
	defer deflatePool.Put(d)
	d.Reset(out)
	_, err := io.Copy(io.MultiWriter(sum, d), r)
	if err == nil {
		err = d.Close()
	}
	return packed{method: method, crc: sum.Sum32(), size: out.n}, err
}

type countWriter struct {
	w io.Writer
	n int64
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// ctxReader ends a long copy when the context ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (r ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// load returns the packed bytes of the entry at place i, or nil for a file
// that is too large to be held.
func (a *Artifact) load(i int) (*packed, error) {
	f, b := a.files[i], a.bodies[i]
	switch {
	case f.Mode.Type() == fs.ModeSymlink:
		return &packed{method: methodStore, crc: crc32.ChecksumIEEE([]byte(f.Link)), size: int64(len(f.Link)), data: []byte(f.Link)}, nil
	case f.Mode.IsDir():
		return &packed{}, nil
	}
	if p := b.take(a.held); p != nil {
		return p, nil
	}
	if z, ok := a.source.(*zipSource); ok && !b.edited() {
		return z.load(b.index)
	}
	if f.Size >= largeFile && !b.edited() {
		return nil, nil
	}
	data, err := a.content(i)
	if err != nil {
		return nil, err
	}
	if c := b.known(); c != nil && c.method == methodStore && c.size == int64(len(data)) {
		p := &packed{method: methodStore, crc: crc32.ChecksumIEEE(data), size: c.size, data: data}
		return p, nil
	}
	p := pack(data)
	b.learn(p, nil)
	return p, nil
}

// load returns an entry's packed bytes as they are. They are unpacked all the
// same, into nothing: what ships must be what the headers say.
func (s *zipSource) load(index int) (*packed, error) {
	e := &s.entries[index]
	if e.packed >= largeFile {
		return nil, nil
	}
	data := make([]byte, e.packed)
	if n, err := s.r.ReadAt(data, e.data); n < len(data) {
		return nil, fmt.Errorf("%s: cannot read %q: %w", e.entryOf, e.name, err)
	}
	if err := verifyPacked(e, bytes.NewReader(data)); err != nil {
		return nil, err
	}
	return &packed{method: e.method, crc: e.crc, size: e.packed, data: data}, nil
}

func verifyPacked(e *zipEntry, r io.Reader) error {
	in := newInflater(e, r)
	defer func() { _ = in.Close() }()
	_, err := io.Copy(io.Discard, in)
	return err
}
