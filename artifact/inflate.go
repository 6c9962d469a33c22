package artifact

import (
	"bufio"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// inflater unpacks one entry of a zip and holds it to its headers: its size,
// its checksum, and that the packed bytes end where the content does.
type inflater struct {
	e    *zipEntry
	in   *bufio.Reader
	out  io.Reader // in, or the content that flate makes of it
	crc  hash.Hash32
	left int64
	done error // what every further Read returns
}

var (
	bufioPool = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 32<<10) }}
	flatePool = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

func newInflater(e *zipEntry, packed io.Reader) *inflater {
	in := bufioPool.Get().(*bufio.Reader)
	in.Reset(packed)
	r := &inflater{e: e, in: in, out: in, crc: crc32.NewIEEE(), left: e.size}
	if e.method == methodDeflate {
		d := flatePool.Get().(io.Reader)
		_ = d.(flate.Resetter).Reset(in, nil) // only fails with a dictionary
		r.out = d
	}
	return r
}

// Read reports the end only after all checks.
func (r *inflater) Read(p []byte) (int, error) {
	if r.done != nil {
		return 0, r.done
	}
	n, err := r.out.Read(p)
	r.left -= int64(n)
	if r.left < 0 {
		r.done = r.e.refuse("unpacks to more than it claims")
		return 0, r.done
	}
	_, _ = r.crc.Write(p[:n])
	if err == nil {
		return n, nil
	}
	r.done = r.end(err)
	return n, r.done
}

// end judges the error that ended the content.
func (r *inflater) end(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF):
		return r.e.refuse("is damaged: it cannot be unpacked")
	case !errors.Is(err, io.EOF):
		return err
	case r.left > 0:
		return r.e.refuse("unpacks to less than it claims")
	case r.crc.Sum32() != r.e.crc:
		return r.e.refuse("is damaged: its checksum does not match its content")
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return r.e.refuse("goes on after the end of its content")
	}
	return io.EOF
}

// Close returns the buffers; the inflater must not be used afterwards.
func (r *inflater) Close() error {
	if r.in == nil {
		return nil
	}
	if r.e.method == methodDeflate {
		flatePool.Put(r.out)
	}
	r.in.Reset(nil)
	bufioPool.Put(r.in)
	r.in, r.out, r.done = nil, nil, io.ErrClosedPipe
	return nil
}
