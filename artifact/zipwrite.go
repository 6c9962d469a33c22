package artifact

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// inFlight bounds the contents that are held while a zip is written.
const inFlight = 16 << 20

// writeZip writes all entries into f, in order. Files are packed on all cores
// ahead of the one that is being written.
func (a *Artifact) writeZip(ctx context.Context, f *os.File, opts WriteOptions) error {
	w := newZipWriter(f, opts)
	queue := make(chan *job, 64)
	g, ctx := errgroup.WithContext(ctx)
	room := semaphore.NewWeighted(inFlight)
	g.Go(func() error { return a.pack(ctx, queue, room) })
	g.Go(func() error {
		steps := newProgress(a, opts)
		for j := range queue {
			if err := a.writeJob(ctx, w, j); err != nil {
				return err
			}
			room.Release(j.weight)
			steps.add(a.files[j.i].Size)
		}
		return ctx.Err()
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return w.end()
}

// job is one entry on its way into the zip.
type job struct {
	i      int
	weight int64
	done   chan struct{}
	packed *packed
	err    error
}

// pack sends a job for every entry into queue, and has them done.
func (a *Artifact) pack(ctx context.Context, queue chan<- *job, room *semaphore.Weighted) error {
	defer close(queue)
	work := make(chan *job)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(work)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range work {
				j.packed, j.err = a.load(j.i)
				close(j.done)
			}
		})
	}
	for i := range a.files {
		j := &job{i: i, done: make(chan struct{}), weight: a.weight(i)}
		if err := room.Acquire(ctx, j.weight); err != nil {
			return err
		}
		for _, to := range []chan<- *job{queue, work} {
			select {
			case to <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// weight is about the memory that packing file i takes.
func (a *Artifact) weight(i int) int64 { return min(a.files[i].Size, largeFile) + 1024 }

func (a *Artifact) writeJob(ctx context.Context, w *zipWriter, j *job) error {
	select {
	case <-j.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	f := a.files[j.i]
	switch {
	case j.err != nil:
		return j.err
	case j.packed != nil:
		return w.write(f, j.packed)
	}
	if z, ok := a.source.(*zipSource); ok {
		return w.copy(ctx, f, z, a.bodies[j.i].index)
	}
	return w.stream(ctx, f, a, j.i)
}

// zipWriter writes a zip whose bytes depend on nothing but the entries: made
// by Unix whatever the system, one time for all, no field that is not needed.
type zipWriter struct {
	f       *os.File
	buf     *bufio.Writer
	at      int64
	central bytes.Buffer
	entries int
	date    uint16
	clock   uint16
}

func newZipWriter(f *os.File, opts WriteOptions) *zipWriter {
	w := &zipWriter{f: f, buf: bufio.NewWriterSize(f, 256<<10)}
	w.date, w.clock = dosTime(opts.modTime())
	return w
}

// write writes an entry whose packed bytes are held.
func (w *zipWriter) write(f File, p *packed) error {
	if err := w.header(f, p); err != nil {
		return err
	}
	n, err := w.buf.Write(p.data)
	w.at += int64(n)
	return err
}

// copy writes an entry of another zip as it is, and checks it on the way.
func (w *zipWriter) copy(ctx context.Context, f File, z *zipSource, index int) error {
	e := &z.entries[index]
	if err := w.header(f, &packed{method: e.method, crc: e.crc, size: e.packed}); err != nil {
		return err
	}
	w.at += e.packed
	return verifyPacked(e, io.TeeReader(ctxReader{ctx, z.raw(e)}, w.buf))
}

// stream packs a large file straight into the zip, and returns to its header
// when its size and checksum are known.
func (w *zipWriter) stream(ctx context.Context, f File, a *Artifact, i int) error {
	header, central, entries := w.at, w.central.Len(), w.entries
	if err := w.header(f, &packed{}); err != nil {
		return err
	}
	data := w.at
	p, err := w.streamData(ctx, a, i, data)
	if err != nil {
		return err
	}
	a.bodies[i].learn(&p, nil)
	w.central.Truncate(central)
	w.entries, w.at = entries, header
	if _, err := w.f.Seek(header, io.SeekStart); err != nil {
		return err
	}
	if err := w.header(f, &p); err != nil {
		return err
	}
	if err := w.buf.Flush(); err != nil {
		return err
	}
	w.at = data + p.size
	_, err = w.f.Seek(w.at, io.SeekStart)
	return err
}

// streamData packs file i to the offset at, and stores it where deflate gains
// nothing.
func (w *zipWriter) streamData(ctx context.Context, a *Artifact, i int, at int64) (packed, error) {
	size := a.files[i].Size
	known := a.bodies[i].known()
	if known == nil || known.method == methodDeflate {
		p, err := w.packFrom(ctx, a, i, func(r io.Reader) (packed, error) { return packStream(w.buf, r, size) })
		if err != nil || p.method == methodStore || gains(size, p.size) {
			return p, err
		}
		if err := w.f.Truncate(at); err != nil {
			return p, err
		}
		if _, err := w.f.Seek(at, io.SeekStart); err != nil {
			return p, err
		}
	}
	return w.packFrom(ctx, a, i, func(r io.Reader) (packed, error) { return packAs(methodStore, w.buf, r) })
}

func (w *zipWriter) packFrom(ctx context.Context, a *Artifact, i int, pack func(io.Reader) (packed, error)) (packed, error) {
	r, err := a.open(i)
	if err != nil {
		return packed{}, err
	}
	defer func() { _ = r.Close() }()
	p, err := pack(ctxReader{ctx, r})
	if err != nil {
		return p, err
	}
	return p, w.buf.Flush()
}

// header writes the local header of an entry and notes its central one.
func (w *zipWriter) header(f File, p *packed) error {
	if f.Mode.IsDir() {
		f.Path += "/"
	}
	if len(f.Path) > max16 {
		return fmt.Errorf("%q has a name too long for a zip", f.Path[:64])
	}
	local := w.common(f, p)
	var h []byte
	h = le.AppendUint32(h, localSignature)
	h = append(h, local...)
	h = append(h, f.Path...)
	if f.Size >= max32 {
		h = le.AppendUint16(h, extraZip64)
		h = le.AppendUint16(h, 16)
		h = le.AppendUint64(h, uint64(f.Size))
		h = le.AppendUint64(h, uint64(p.size))
	}
	w.noteCentral(f, p, local)
	n, err := w.buf.Write(h)
	w.at += int64(n)
	w.entries++
	return err
}

// common makes what the local and the central header share.
func (w *zipWriter) common(f File, p *packed) []byte {
	version, flags, extra := uint16(20), uint16(0), uint16(0)
	size, packedSize := uint32(min(contentSize(f), max32)), uint32(min(p.size, max32))
	if f.Size >= max32 {
		version, extra, size, packedSize = 45, 20, max32, max32
	}
	if !isASCII(f.Path) {
		flags = flagUTF8
	}
	h := le.AppendUint16(nil, version)
	h = le.AppendUint16(h, flags)
	h = le.AppendUint16(h, p.method)
	h = le.AppendUint16(h, w.clock)
	h = le.AppendUint16(h, w.date)
	h = le.AppendUint32(h, p.crc)
	h = le.AppendUint32(h, packedSize)
	h = le.AppendUint32(h, size)
	h = le.AppendUint16(h, uint16(len(f.Path)))
	return le.AppendUint16(h, extra)
}

func (w *zipWriter) noteCentral(f File, p *packed, local []byte) {
	var extra []byte
	if f.Size >= max32 {
		extra = le.AppendUint64(extra, uint64(f.Size))
		extra = le.AppendUint64(extra, uint64(p.size))
	}
	if w.at >= max32 {
		extra = le.AppendUint64(extra, uint64(w.at))
	}
	if len(extra) > 0 {
		head := le.AppendUint16(nil, extraZip64)
		extra = append(le.AppendUint16(head, uint16(len(extra))), extra...)
	}
	h := le.AppendUint32(nil, centralSignature)
	h = le.AppendUint16(h, hostUnix<<8|45)
	h = append(h, local[:len(local)-2]...)
	h = le.AppendUint16(h, uint16(len(extra)))
	h = append(h, make([]byte, 6)...) // no comment, the first part, no hint
	h = le.AppendUint32(h, unixAttrs(f.Mode))
	h = le.AppendUint32(h, uint32(min(w.at, max32)))
	w.central.Write(h)
	w.central.WriteString(f.Path)
	w.central.Write(extra)
}

// contentSize is the size of what an entry of the zip holds.
func contentSize(f File) int64 {
	if f.Mode.Type() == fs.ModeSymlink {
		return int64(len(f.Link))
	}
	return f.Size
}

func unixAttrs(mode fs.FileMode) uint32 {
	perm := uint32(mode.Perm())
	switch mode.Type() {
	case fs.ModeSymlink:
		return (unixLink | perm) << 16
	case fs.ModeDir:
		return (unixDirectory|perm)<<16 | dosDirectory
	}
	return (unixRegular | perm) << 16
}

// end writes the central directory and the records that end the zip.
func (w *zipWriter) end() error {
	at, size, count := w.at, int64(w.central.Len()), int64(w.entries)
	var h []byte
	if count >= max16 || at >= max32 || size >= max32 {
		h = le.AppendUint32(h, end64Signature)
		h = le.AppendUint64(h, end64Size-12)
		h = le.AppendUint16(h, hostUnix<<8|45)
		h = le.AppendUint16(h, 45)
		h = append(h, make([]byte, 8)...)
		for _, v := range []int64{count, count, size, at} {
			h = le.AppendUint64(h, uint64(v))
		}
		h = le.AppendUint32(h, locatorSignature)
		h = le.AppendUint32(h, 0)
		h = le.AppendUint64(h, uint64(at+size))
		h = le.AppendUint32(h, 1)
	}
	h = le.AppendUint32(h, endSignature)
	h = append(h, make([]byte, 4)...)
	h = le.AppendUint16(h, uint16(min(count, max16)))
	h = le.AppendUint16(h, uint16(min(count, max16)))
	h = le.AppendUint32(h, uint32(min(size, max32)))
	h = le.AppendUint32(h, uint32(min(at, max32)))
	h = append(h, 0, 0)
	w.central.Write(h)
	if _, err := w.buf.Write(w.central.Bytes()); err != nil {
		return err
	}
	return w.buf.Flush()
}

// entrySize is what an entry with so many packed bytes adds to a zip. Only a
// zip of more than 4 GB has more, for the places of its last entries.
func entrySize(f File, packed int64) int64 {
	name := int64(len(f.Path))
	if f.Mode.IsDir() {
		name++
	}
	size := localSize + centralSize + 2*name + packed
	if f.Size >= max32 {
		size += 20 + 20
	}
	return size
}

// endBytes is the size of the records that end a zip of so many entries.
func endBytes(entries int) int64 {
	if entries >= max16 {
		return endSize + end64Size + locatorSize
	}
	return endSize
}

// dosTime makes the date and the time that a zip can hold: 1980 to 2107, in
// steps of two seconds, taken as UTC so that no time zone shows.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	switch {
	case t.Year() < 1980:
		t = epoch
	case t.Year() > 2107:
		t = time.Date(2107, 12, 31, 23, 59, 58, 0, time.UTC)
	}
	date = uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9)
	return date, uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
}
