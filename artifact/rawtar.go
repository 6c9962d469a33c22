package artifact

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A layer that is cut must stay as it is in every byte that the cut does not concern:
// so entries are copied raw, headers of all dialects included, and archive/tar only
// says what they mean.

const (
	tarBlock = 512
	// maxTarHeader bounds the headers of one entry, long names and extended attributes
	// among them, in bytes.
	maxTarHeader = 1 << 20
)

// rawTarEntry is one entry: its raw header blocks, and what they mean. The packed size
// is that of the data in the archive, which for a sparse file is less than its size.
type rawTarEntry struct {
	header  []byte
	meaning *tar.Header
	packed  int64
}

// rawTar splits a tar archive. What archive/tar would refuse it refuses too.
type rawTar struct {
	r    io.Reader
	left int64 // of the current entry's data, padding included
	pad  int64 // of that
	at   int64 // how far the archive was read
	data int64 // where the current entry's data begins
}

func (t *rawTar) read(p []byte) error {
	n, err := io.ReadFull(t.r, p)
	t.at += int64(n)
	return err
}

// next skips what is left of the entry before and reads the headers of the next one;
// io.EOF at the end of the archive.
func (t *rawTar) next() (*rawTarEntry, error) {
	if err := t.skip(); err != nil {
		return nil, err
	}
	e := &rawTarEntry{}
	var block [tarBlock]byte
	for {
		if err := t.read(block[:]); err != nil {
			if errors.Is(err, io.EOF) && len(e.header) == 0 {
				return nil, io.EOF // archives without an end are common
			}
			return nil, noEOF(err)
		}
		if block == [tarBlock]byte{} {
			if len(e.header) > 0 {
				return nil, errors.New("ends after the headers of an entry")
			}
			return nil, t.end()
		}
		e.header = append(e.header, block[:]...)
		size, err := tarSize(block[124:136])
		if err != nil {
			return nil, err
		}
		switch block[156] {
		case 'x', 'L', 'K':
			if err := t.long(e, size); err != nil {
				return nil, err
			}
			continue
		case tar.TypeXGlobalHeader:
			if err := t.long(e, size); err != nil {
				return nil, err
			}
			size = 0
		case tar.TypeGNUSparse:
			if err := t.sparse(e, block[482]); err != nil {
				return nil, err
			}
		}
		return e, t.begin(e, block[156], size)
	}
}

// end reads the second of the two blocks that an archive ends with, which some lack.
func (t *rawTar) end() error {
	var block [tarBlock]byte
	err := t.read(block[:])
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return noEOF(err)
	case block != [tarBlock]byte{}:
		return errors.New("goes on after its end")
	}
	return io.EOF
}

// long appends the data of a header that belongs to the next one.
func (t *rawTar) long(e *rawTarEntry, size int64) error {
	if size < 0 || size > maxTarHeader || len(e.header) > maxTarHeader {
		return errors.New("has an entry with absurdly long headers")
	}
	data := make([]byte, padded(size))
	if err := t.read(data); err != nil {
		return noEOF(err)
	}
	e.header = append(e.header, data...)
	return nil
}

// sparse appends the blocks that continue the header of an old GNU sparse file.
func (t *rawTar) sparse(e *rawTarEntry, more byte) error {
	var block [tarBlock]byte
	for more != 0 {
		if len(e.header) > maxTarHeader {
			return errors.New("has an entry with absurdly long headers")
		}
		if err := t.read(block[:]); err != nil {
			return noEOF(err)
		}
		e.header = append(e.header, block[:]...)
		more = block[504]
	}
	return nil
}

// begin finds out what the headers mean and how much data follows them.
func (t *rawTar) begin(e *rawTarEntry, kind byte, size int64) error {
	if bytes.Contains(e.header, []byte("GNU.sparse.major=1")) {
		return errors.New("has a sparse file of a form that is not read")
	}
	h, err := tar.NewReader(bytes.NewReader(e.header)).Next()
	if err != nil {
		return fmt.Errorf("has a broken header: %w", noEOF(err))
	}
	e.meaning = h
	switch {
	case kind == tar.TypeXGlobalHeader:
	case kind == tar.TypeGNUSparse || h.PAXRecords["GNU.sparse.map"] != "":
		h.Typeflag = tar.TypeGNUSparse
		if text := h.PAXRecords["size"]; text != "" {
			if size, err = strconv.ParseInt(text, 10, 64); err != nil {
				return errors.New("has a size that is no number")
			}
		}
	case strings.IndexByte("123456", h.Typeflag) >= 0: // links, devices, folders
		size = 0
	default:
		size = h.Size
	}
	if size < 0 || size > 1<<50 {
		return errors.New("has an entry of an absurd size")
	}
	e.packed, t.data = size, t.at
	t.left = padded(size)
	t.pad = t.left - size
	return nil
}

func padded(size int64) int64 { return (size + tarBlock - 1) / tarBlock * tarBlock }

func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("ends in the middle of an entry")
	}
	return err
}

// Read reads the data of the current entry, without its padding.
func (t *rawTar) Read(p []byte) (int, error) {
	rest := t.left - t.pad
	if rest <= 0 {
		return 0, io.EOF
	}
	n, err := t.r.Read(p[:min(int64(len(p)), rest)])
	t.at += int64(n)
	t.left -= int64(n)
	if err != nil && t.left > 0 {
		return n, noEOF(err)
	}
	return n, nil
}

// skip reads the rest of the current entry.
func (t *rawTar) skip() error { return t.copyTo(io.Discard) }

// copyTo hands on the rest of the current entry, with its padding.
func (t *rawTar) copyTo(w io.Writer) error {
	n, err := io.CopyN(w, t.r, t.left)
	t.at += n
	t.left = 0
	if errors.Is(err, io.EOF) {
		return noEOF(err)
	}
	return err
}

// tarSize reads the size field of a header: octal, or base 256 as GNU has it.
func tarSize(field []byte) (int64, error) {
	if field[0]&0x80 == 0 {
		text := strings.Trim(string(field), " \x00")
		if text == "" {
			return 0, nil
		}
		n, err := strconv.ParseUint(text, 8, 63)
		if err != nil {
			return 0, errors.New("has a header with a size that is no number")
		}
		return int64(n), nil
	}
	var n int64
	for i, c := range field {
		if i == 0 {
			c &= 0x7f
		}
		if n > 1<<50 {
			return 0, errors.New("has an entry of an absurd size")
		}
		n = n<<8 | int64(c)
	}
	return n, nil
}
