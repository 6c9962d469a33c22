package artifact

import (
	"bytes"
	"compress/flate"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

// rawHeader is one of an entry's two headers, each of whose fields may lie.
type rawHeader struct {
	name         string
	flags        uint16
	method       uint16
	crc          uint32
	packed, size uint32
	extra        []byte
}

// rawEntry is an entry of a hand-made zip.
type rawEntry struct {
	local, central rawHeader
	payload        []byte
	after          []byte // a descriptor, or rubbish
	madeBy         uint16
	attrs          uint32
	disk           uint16
	offset         int64 // added to the true one in the central directory
	offset32       *uint32
}

func stored(name, content string) *rawEntry {
	h := rawHeader{
		name: name, crc: crc32.ChecksumIEEE([]byte(content)),
		packed: uint32(len(content)), size: uint32(len(content)),
	}
	return &rawEntry{local: h, central: h, payload: []byte(content), madeBy: hostUnix<<8 | 20, attrs: 0o100644 << 16}
}

func deflated(name, content string) *rawEntry {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 6)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	e := stored(name, content)
	e.payload = b.Bytes()
	return e.both(func(h *rawHeader) { h.method, h.packed = methodDeflate, uint32(b.Len()) })
}

func link(name, target string) *rawEntry {
	e := stored(name, target)
	e.attrs = 0o120777 << 16
	return e
}

func folderEntry(name string) *rawEntry {
	e := stored(name, "")
	e.attrs = 0o040755<<16 | 0x10
	return e
}

// both changes both headers alike.
func (e *rawEntry) both(change func(*rawHeader)) *rawEntry {
	change(&e.local)
	change(&e.central)
	return e
}

// with changes the entry.
func (e *rawEntry) with(change func(*rawEntry)) *rawEntry {
	change(e)
	return e
}

// streamed gives the entry a data descriptor: wide for zip64, signed as most.
func (e *rawEntry) streamed(wide, signed bool) *rawEntry {
	e.both(func(h *rawHeader) { h.flags |= flagDescriptor })
	e.local.crc, e.local.packed, e.local.size = 0, 0, 0
	var d []byte
	if signed {
		d = le.AppendUint32(d, descriptorSignature)
	}
	d = le.AppendUint32(d, e.central.crc)
	if wide {
		d = le.AppendUint64(le.AppendUint64(d, uint64(e.central.packed)), uint64(e.central.size))
	} else {
		d = le.AppendUint32(le.AppendUint32(d, e.central.packed), e.central.size)
	}
	e.after = d
	return e
}

// rawZip is a hand-made zip.
type rawZip struct {
	entries       []*rawEntry
	prefix        string
	beforeCentral string
	afterCentral  string
	comment       string
	suffix        string
	end64         bool
	change        func(end []byte)
	change64      func(end64 []byte)
}

func raw(entries ...*rawEntry) *rawZip { return &rawZip{entries: entries} }

func (z *rawZip) bytes() []byte {
	out := []byte(z.prefix)
	var central []byte
	for _, e := range z.entries {
		at := int64(len(out)) + e.offset
		out = le.AppendUint32(out, localSignature)
		out = le.AppendUint16(out, 20)
		out = append(out, e.local.common()...)
		out = append(out, e.local.name...)
		out = append(out, e.local.extra...)
		out = append(out, e.payload...)
		out = append(out, e.after...)
		central = append(central, e.centralHeader(at)...)
	}
	out = append(out, z.beforeCentral...)
	start := len(out)
	out = append(out, central...)
	out = append(out, z.afterCentral...)
	return z.appendEnd(out, start, len(central))
}

func (h *rawHeader) common() []byte {
	b := le.AppendUint16(nil, h.flags)
	b = le.AppendUint16(b, h.method)
	b = le.AppendUint32(b, 0x00210000)
	b = le.AppendUint32(b, h.crc)
	b = le.AppendUint32(b, h.packed)
	b = le.AppendUint32(b, h.size)
	b = le.AppendUint16(b, uint16(len(h.name)))
	return le.AppendUint16(b, uint16(len(h.extra)))
}

func (e *rawEntry) centralHeader(at int64) []byte {
	b := le.AppendUint32(nil, centralSignature)
	b = le.AppendUint16(b, e.madeBy)
	b = le.AppendUint16(b, 20)
	b = append(b, e.central.common()...)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, e.disk)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, e.attrs)
	if e.offset32 != nil {
		at = int64(*e.offset32)
	}
	b = le.AppendUint32(b, uint32(at))
	b = append(b, e.central.name...)
	return append(b, e.central.extra...)
}

func (z *rawZip) appendEnd(out []byte, start, size int) []byte {
	count := uint64(len(z.entries))
	if z.end64 {
		at := len(out)
		b := le.AppendUint32(nil, end64Signature)
		b = le.AppendUint64(b, end64Size-12)
		b = append(b, 45, 3, 45, 0)
		b = append(b, make([]byte, 8)...)
		for _, v := range []uint64{count, count, uint64(size), uint64(start)} {
			b = le.AppendUint64(b, v)
		}
		b = le.AppendUint32(b, locatorSignature)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(at))
		b = le.AppendUint32(b, 1)
		if z.change64 != nil {
			z.change64(b)
		}
		out = append(out, b...)
	}
	b := le.AppendUint32(nil, endSignature)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(start))
	b = le.AppendUint16(b, uint16(len(z.comment)))
	if z.change != nil {
		z.change(b)
	}
	out = append(out, b...)
	out = append(out, z.comment...)
	return append(out, z.suffix...)
}

// file writes the zip to a file of its own.
func (z *rawZip) file(t testing.TB) string {
	t.Helper()
	return writeTemp(t, "package.zip", z.bytes())
}

func writeTemp(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// extra makes an extra field.
func extra(id uint16, data []byte) []byte {
	return append(le.AppendUint16(le.AppendUint16(nil, id), uint16(len(data))), data...)
}

func zip64Field(values ...uint64) []byte {
	var b []byte
	for _, v := range values {
		b = le.AppendUint64(b, v)
	}
	return extra(extraZip64, b)
}

func unicodeField(raw, name string) []byte {
	b := le.AppendUint32([]byte{1}, crc32.ChecksumIEEE([]byte(raw)))
	return extra(extraUnicodePath, append(b, name...))
}
