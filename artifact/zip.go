package artifact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// The zip reader is our own because a package must mean one thing to all its
// readers: to coldcut, to Lambda's unpacker and to Python's zipimport. The
// standard library reads the central directory and trusts it; here every byte
// of the archive belongs to exactly one entry, in both of its headers, or the
// archive is refused. That leaves out archives with something in front of the
// first entry (zipapps, self-extracting programs) and with dead entries
// between the living ones: a streaming reader would see those.

const (
	localSignature      = 0x04034b50
	centralSignature    = 0x02014b50
	endSignature        = 0x06054b50
	end64Signature      = 0x06064b50
	locatorSignature    = 0x07064b50
	descriptorSignature = 0x08074b50

	localSize   = 30
	centralSize = 46
	endSize     = 22
	end64Size   = 56
	locatorSize = 20

	max16 = 1<<16 - 1
	max32 = 1<<32 - 1

	methodStore   = 0
	methodDeflate = 8

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagPatched    = 1 << 5
	flagStrong     = 1 << 6
	flagUTF8       = 1 << 11
	flagMasked     = 1 << 13

	extraZip64       = 0x0001
	extraUnicodePath = 0x7075

	hostFAT    = 0
	hostUnix   = 3
	hostDarwin = 19

	// maxCentral is enough for maxEntries, and little enough to be read whole.
	maxCentral = 64 << 20
	// maxTarget is the longest target of a link, as in Linux.
	maxTarget = 4096
)

var le = binary.LittleEndian

// zipEntry is what the headers of one entry say.
type zipEntry struct {
	raw     string // the name as it stands there
	name    string // the name as text
	flags   uint16
	method  uint16
	crc     uint32
	packed  int64
	size    int64
	header  int64 // offset of the local header
	data    int64 // offset of the packed data
	madeBy  uint16
	attrs   uint32
	entryOf string // the package, for errors
	times   []int64
}

// zipSource reads the entries of a zip when they are asked for.
type zipSource struct {
	r       io.ReaderAt
	closer  io.Closer
	entries []zipEntry
}

func openZip(path string, limit int64) (*Artifact, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the package: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		var a *Artifact
		if a, err = readZip(f, info.Size(), path, limit, f); err == nil {
			return a, nil
		}
	}
	_ = f.Close()
	return nil, err
}

// readZip reads the archive in r, which closer releases.
func readZip(r io.ReaderAt, size int64, name string, limit int64, closer io.Closer) (*Artifact, error) {
	z := zipReader{r: r, size: size, name: name}
	entries, err := z.read()
	if err != nil {
		return nil, err
	}
	src := &zipSource{r: r, closer: closer, entries: entries}
	files := make([]File, len(entries))
	kept := 0
	for i := range entries {
		f, err := src.file(&entries[i])
		if err != nil {
			return nil, err
		}
		if f.Path == "" { // the root's own entry, "./"
			continue
		}
		files[kept], entries[kept] = f, entries[i]
		kept++
	}
	src.entries = entries[:kept]
	a, err := build(name, Zip, files[:kept], src, limit)
	if err != nil {
		return nil, err
	}
	for _, b := range a.bodies {
		if b != nil {
			e := &src.entries[b.index]
			b.cost = &packed{method: e.method, crc: e.crc, size: e.packed}
		}
	}
	return a, nil
}

func (s *zipSource) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}

func (s *zipSource) open(_ File, index int) (io.ReadCloser, error) {
	e := &s.entries[index]
	return newInflater(e, s.raw(e)), nil
}

// raw reads the packed bytes of an entry.
func (s *zipSource) raw(e *zipEntry) *io.SectionReader {
	return io.NewSectionReader(s.r, e.data, e.packed)
}

// file makes the entry's file, and reads where it leads if it is a link.
func (s *zipSource) file(e *zipEntry) (File, error) {
	name := strings.TrimPrefix(e.name, "./") // as bsdtar writes them
	f := File{Path: strings.TrimSuffix(name, "/"), Size: e.size}
	slash := strings.HasSuffix(e.name, "/")
	mode, reason := e.mode(slash)
	if reason != "" {
		return f, e.refuse(reason)
	}
	f.Mode = mode
	switch {
	case f.Path == "" && (!slash || e.name == "/"), f.Path == "." && !slash:
		return f, e.refuse(nameReason(e.name))
	case f.Path == ".":
		f.Path = ""
	}
	if mode.IsDir() && e.size > 0 {
		return f, e.refuse("is a directory with content")
	}
	if mode.Type() == fs.ModeSymlink {
		return f, s.readLink(e, &f)
	}
	return f, nil
}

func (s *zipSource) readLink(e *zipEntry, f *File) error {
	if e.size > maxTarget {
		return e.refuse("is a link with an endless target")
	}
	r := newInflater(e, s.raw(e))
	defer func() { _ = r.Close() }()
	target, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	f.Link, f.Size = string(target), 0
	return nil
}

// The type bits of a Unix mode, in the upper half of the external attributes.
const (
	unixType      = 0o170000
	unixDirectory = 0o040000
	unixRegular   = 0o100000
	unixLink      = 0o120000

	dosDirectory = 0x10
)

// mode translates the attributes; slash says whether the name ends in one.
func (e *zipEntry) mode(slash bool) (fs.FileMode, string) {
	unix := e.attrs >> 16
	host := e.madeBy >> 8
	if host != hostUnix && host != hostDarwin {
		switch {
		case unix&unixType == unixLink:
			return 0, "is a link to some readers and a file to others"
		case slash:
			return directoryMode(modeless), ""
		case e.attrs&dosDirectory != 0:
			return 0, "is a directory by its attributes and a file by its name"
		}
		return regularMode(modeless), ""
	}
	perm := fs.FileMode(unix).Perm()
	if unix == 0 {
		perm = modeless
	}
	kind := unix & unixType
	switch {
	case kind == unixLink && !slash:
		return linkMode, ""
	case slash && (kind == unixDirectory || kind == unixRegular || kind == 0):
		return directoryMode(perm), ""
	case !slash && (kind == unixRegular || kind == 0):
		return regularMode(perm), ""
	case kind == unixDirectory || kind == unixLink:
		return 0, "has attributes and a name that disagree about what it is"
	}
	return 0, "is neither a file, a link nor a directory"
}

func (e *zipEntry) refuse(reason string) error {
	return &RefusedError{Package: e.entryOf, Entry: e.name, Reason: reason}
}

// zipReader reads the headers of one archive.
type zipReader struct {
	r    io.ReaderAt
	size int64
	name string
}

func (z *zipReader) refuse(reason, hint string) error {
	return &RefusedError{Package: z.name, Reason: reason, Hint: hint}
}

func (z *zipReader) readAt(p []byte, at int64) error {
	if n, err := z.r.ReadAt(p, at); n < len(p) {
		return fmt.Errorf("%s: cannot read: %w", z.name, err)
	}
	return nil
}

// central is where the central directory is, and how much it holds.
type central struct {
	offset, size, count int64
	end                 int64 // where the end records begin
}

func (z *zipReader) read() ([]zipEntry, error) {
	c, err := z.findCentral()
	if err != nil {
		return nil, err
	}
	entries, err := z.readCentral(c)
	if err != nil {
		return nil, err
	}
	return entries, z.readLocals(entries, c.offset)
}

const repack = "pack it again with a current tool, it may be damaged or made to deceive"

// findCentral reads the records at the end of the archive.
func (z *zipReader) findCentral() (central, error) {
	at, end, err := z.findEnd()
	if err != nil {
		return central{}, err
	}
	c := central{
		count: int64(le.Uint16(end[10:])), size: int64(le.Uint32(end[12:])),
		offset: int64(le.Uint32(end[16:])), end: at,
	}
	disks := [3]uint64{uint64(le.Uint16(end[4:])), uint64(le.Uint16(end[6:])), uint64(le.Uint16(end[8:]))}
	if err := z.findEnd64(&c, &disks); err != nil {
		return central{}, err
	}
	switch {
	case disks[0] != 0 || disks[1] != 0 || disks[2] != uint64(c.count):
		return central{}, z.refuse("is one part of a split archive", "join the parts first")
	case c.size < 0 || c.offset < 0 || c.size > c.end || c.offset > c.end-c.size:
		return central{}, z.refuse("is truncated, or claims a directory that it does not hold", repack)
	case c.offset+c.size != c.end:
		return central{}, z.refuse("holds data that belongs to no entry before its first entry or its end",
			"coldcut cannot carry over what stands there; "+repack)
	case c.count > maxEntries || c.size > maxCentral:
		return central{}, &RefusedError{Package: z.name, Reason: fmt.Sprintf("holds more than %d entries", maxEntries), Err: ErrTooLarge}
	}
	return c, nil
}

// findEnd finds the end record, which the comment alone may follow.
func (z *zipReader) findEnd() (int64, []byte, error) {
	tail := make([]byte, min(z.size, endSize+max16))
	if err := z.readAt(tail, z.size-int64(len(tail))); err != nil {
		return 0, nil, err
	}
	mark := []byte("PK\x05\x06")
	i := bytes.LastIndex(tail, mark)
	if i < 0 {
		return 0, nil, z.noEnd()
	}
	// A second record whose comment reaches the very end would make two
	// archives out of one file.
	for j := i; j >= 0; j = bytes.LastIndex(tail[:j], mark) {
		if j != i && len(tail)-j >= endSize && j+endSize+int(le.Uint16(tail[j+20:])) == len(tail) {
			return 0, nil, z.refuse("has two ends, so that it is two archives in one", repack)
		}
	}
	end := tail[i:]
	if len(end) < endSize || endSize+int(le.Uint16(end[20:])) != len(end) {
		return 0, nil, z.refuse("is truncated, or goes on after its end", repack)
	}
	return z.size - int64(len(end)), end, nil
}

func (z *zipReader) noEnd() error {
	var head [4]byte
	_ = z.readAt(head[:min(4, z.size)], 0)
	switch {
	case le.Uint32(head[:]) == localSignature:
		return z.refuse("is a truncated zip archive", "copy or download it again")
	case head[0] == 0x1f && head[1] == 0x8b:
		return z.refuse("is neither a directory nor a zip archive, but gzip data", "unpack it into a directory first")
	}
	return z.refuse("is neither a directory nor a zip archive", "")
}

// findEnd64 reads the zip64 records where they are, and holds them to what the
// end record says.
func (z *zipReader) findEnd64(c *central, disks *[3]uint64) error {
	var buf [end64Size]byte
	at := c.end - locatorSize
	if at < 0 {
		return nil
	}
	locator := buf[:locatorSize]
	if err := z.readAt(locator, at); err != nil {
		return err
	}
	if le.Uint32(locator) != locatorSignature {
		return nil
	}
	where, disk, parts := le.Uint64(locator[8:]), le.Uint32(locator[4:]), le.Uint32(locator[16:])
	if disk != 0 || parts > 1 || at < end64Size || where > uint64(at-end64Size) {
		return z.refuse("has a zip64 record that leads nowhere", repack)
	}
	if err := z.readAt(buf[:], int64(where)); err != nil {
		return err
	}
	if le.Uint32(buf[:]) != end64Signature || le.Uint64(buf[4:]) != uint64(at)-where-12 {
		return z.refuse("has a zip64 record that leads nowhere", repack)
	}
	short := [6]uint64{disks[0], disks[1], disks[2], uint64(c.count), uint64(c.size), uint64(c.offset)}
	full := [6]uint64{
		uint64(le.Uint32(buf[16:])), uint64(le.Uint32(buf[20:])), le.Uint64(buf[24:]),
		le.Uint64(buf[32:]), le.Uint64(buf[40:]), le.Uint64(buf[48:]),
	}
	most := [6]uint64{max16, max16, max16, max16, max32, max32}
	for i := range short {
		if short[i] != most[i] && short[i] != full[i] {
			return z.refuse("has a zip64 record that contradicts its end record", repack)
		}
	}
	copy(disks[:], full[:3])
	c.count, c.size, c.offset = int64(full[3]), int64(full[4]), int64(full[5])
	c.end = int64(where)
	return nil
}

// readCentral reads the central directory.
func (z *zipReader) readCentral(c central) ([]zipEntry, error) {
	buf := make([]byte, c.size)
	if err := z.readAt(buf, c.offset); err != nil {
		return nil, err
	}
	entries := make([]zipEntry, 0, min(c.count, c.size/centralSize))
	for len(buf) > 0 {
		if len(buf) < centralSize || le.Uint32(buf) != centralSignature {
			return nil, z.refuse("has a damaged central directory", repack)
		}
		n, m, k := int(le.Uint16(buf[28:])), int(le.Uint16(buf[30:])), int(le.Uint16(buf[32:]))
		if len(buf) < centralSize+n+m+k {
			return nil, z.refuse("has a damaged central directory", repack)
		}
		e, err := z.centralEntry(buf[:centralSize], string(buf[centralSize:][:n]), buf[centralSize+n:][:m])
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		buf = buf[centralSize+n+m+k:]
	}
	if int64(len(entries)) != c.count {
		return nil, z.refuse(fmt.Sprintf("claims %d entries and lists %d", c.count, len(entries)), repack)
	}
	return entries, nil
}

func (z *zipReader) centralEntry(h []byte, name string, extra []byte) (zipEntry, error) {
	e := zipEntry{
		raw: name, name: name, entryOf: z.name,
		madeBy: le.Uint16(h[4:]), flags: le.Uint16(h[8:]), method: le.Uint16(h[10:]), crc: le.Uint32(h[16:]),
		packed: int64(le.Uint32(h[20:])), size: int64(le.Uint32(h[24:])),
		attrs: le.Uint32(h[38:]), header: int64(le.Uint32(h[42:])),
	}
	e.times = zipTimes(le.Uint16(h[14:]), le.Uint16(h[12:]), extra)
	if reason := e.decodeName(extra); reason != "" {
		return e, e.refuse(reason)
	}
	switch {
	case e.flags&(flagEncrypted|flagStrong|flagMasked) != 0:
		return e, &RefusedError{Package: z.name, Entry: e.name, Reason: "is encrypted", Hint: "pack it again without a password"}
	case e.flags&flagPatched != 0:
		return e, e.refuse("is a patch, not a file")
	case e.method != methodStore && e.method != methodDeflate:
		return e, &RefusedError{
			Package: z.name, Entry: e.name, Reason: fmt.Sprintf("is compressed by method %d, which Lambda cannot unpack", e.method),
			Hint: "pack it again with deflate",
		}
	case le.Uint16(h[34:]) != 0 && le.Uint16(h[34:]) != max16:
		return e, e.refuse("is in another part of a split archive")
	}
	if !take64(extra, &e.size, &e.packed, &e.header) {
		return e, e.refuse("has a zip64 field that lies about its size or place")
	}
	if e.method == methodStore && e.size != e.packed {
		return e, e.refuse("is stored, and yet has two sizes")
	}
	return e, nil
}

// take64 replaces those values that are too large for their header with what
// the zip64 field says, in this order.
func take64(extra []byte, values ...*int64) bool {
	field, count := findExtra(extra, extraZip64)
	for _, v := range values {
		if *v != max32 {
			continue
		}
		if count != 1 || len(field) < 8 || le.Uint64(field) > 1<<62 {
			return false
		}
		*v = int64(le.Uint64(field))
		field = field[8:]
	}
	return count <= 1
}

// findExtra returns the first extra field with this id, and how many there are.
func findExtra(extra []byte, id uint16) (field []byte, count int) {
	for len(extra) >= 4 {
		n := int(le.Uint16(extra[2:]))
		if len(extra) < 4+n {
			break
		}
		if le.Uint16(extra) == id {
			if count == 0 {
				field = extra[4:][:n]
			}
			count++
		}
		extra = extra[4+n:]
	}
	return field, count
}

// decodeName makes text of the name. Without the flag it is UTF-8 all the same
// if it can be (macOS leaves the flag out), else what its Unicode field says,
// else the CP437 that the format asks for.
func (e *zipEntry) decodeName(extra []byte) string {
	field, count := findExtra(extra, extraUnicodePath)
	unicode := ""
	if count == 1 && len(field) > 5 && field[0] == 1 && le.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(e.raw)) {
		unicode = string(field[5:])
	}
	if !utf8.ValidString(e.raw) {
		switch {
		case e.flags&flagUTF8 != 0:
			return "has a name that is not UTF-8, although it says so"
		case unicode == "":
			e.name = fromCP437(e.raw)
			return ""
		}
		e.name = unicode
		return ""
	}
	if unicode != "" && unicode != e.raw {
		return fmt.Sprintf("has a second name, %q", unicode)
	}
	return ""
}

// cp437 is the upper half of the code page that zip names had before UTF-8.
var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
	"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

func fromCP437(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(cp437[s[i]-utf8.RuneSelf])
		}
	}
	return b.String()
}

// readLocals holds the local headers to the central directory, and checks that
// the entries lie side by side and fill the archive up to end.
func (z *zipReader) readLocals(entries []zipEntry, end int64) error {
	order := make([]*zipEntry, len(entries))
	for i := range entries {
		order[i] = &entries[i]
	}
	slices.SortStableFunc(order, func(a, b *zipEntry) int {
		switch {
		case a.header < b.header:
			return -1
		case a.header > b.header:
			return 1
		}
		return 0
	})
	at := int64(0)
	for i, e := range order {
		next := end
		if i+1 < len(order) {
			next = min(end, order[i+1].header)
		}
		switch {
		case e.header < at:
			return e.refuse("overlaps another entry")
		case e.header > at:
			return e.refuse(fmt.Sprintf("comes after %d bytes that belong to no entry", e.header-at))
		}
		var err error
		if at, err = z.readLocal(e, next, end); err != nil {
			return err
		}
	}
	if at != end {
		return z.refuse(fmt.Sprintf("holds %d bytes that belong to no entry", end-at), repack)
	}
	return nil
}

// readLocal reads the header at e.header and returns where the entry ends.
func (z *zipReader) readLocal(e *zipEntry, next, end int64) (int64, error) {
	if end-e.header < localSize+int64(len(e.raw)) {
		return 0, e.refuse("is cut off")
	}
	buf := make([]byte, localSize+len(e.raw))
	if err := z.readAt(buf, e.header); err != nil {
		return 0, err
	}
	n, m := int(le.Uint16(buf[26:])), int64(le.Uint16(buf[28:]))
	switch {
	case le.Uint32(buf) != localSignature:
		return 0, e.refuse("has no local header where the directory says")
	case n != len(e.raw) || string(buf[localSize:]) != e.raw:
		return 0, e.refuse("has another name in its local header")
	case le.Uint16(buf[8:]) != e.method:
		return 0, e.refuse("is compressed by another method in its local header")
	}
	e.data = e.header + localSize + int64(n) + m
	if e.data > end || e.packed > end-e.data {
		return 0, e.refuse("is cut off: it claims more than the archive holds")
	}
	if e.data+e.packed > next {
		return 0, e.refuse("overlaps another entry")
	}
	blank, err := z.checkLocal(e, buf, m)
	switch at := e.data + e.packed; {
	case err != nil:
		return 0, err
	case at < next && (e.flags|le.Uint16(buf[6:]))&flagDescriptor != 0:
		return next, z.checkDescriptor(e, at, next-at)
	case blank:
		return 0, e.refuse("lacks the data descriptor that it announces")
	default:
		return at, nil
	}
}

// checkLocal compares what both headers say. It tells whether the local one
// leaves anything to the data descriptor.
func (z *zipReader) checkLocal(e *zipEntry, h []byte, extraLen int64) (blank bool, err error) {
	flags := le.Uint16(h[6:])
	if flags&(flagEncrypted|flagStrong|flagMasked|flagPatched) != 0 {
		return false, e.refuse("is encrypted in its local header alone")
	}
	if (flags^e.flags)&flagUTF8 != 0 && !isASCII(e.raw) {
		return false, e.refuse("has its name in another encoding in its local header")
	}
	crc, packed, size := le.Uint32(h[14:]), int64(le.Uint32(h[18:])), int64(le.Uint32(h[22:]))
	extra := make([]byte, extraLen)
	if extraLen > 0 {
		if err := z.readAt(extra, e.data-extraLen); err != nil {
			return false, err
		}
	}
	if !take64(extra, &size, &packed) {
		return false, e.refuse("has a zip64 field that lies in its local header")
	}
	local := zipEntry{raw: e.raw, name: e.raw, flags: flags}
	if reason := local.decodeName(extra); reason != "" || local.name != e.name {
		return false, e.refuse("has another name in its local header")
	}
	streamed := flags&flagDescriptor != 0
	switch {
	case crc != e.crc && (!streamed || crc != 0):
		return false, e.refuse("has another checksum in its local header")
	case packed != e.packed && (!streamed || packed != 0), size != e.size && (!streamed || size != 0):
		return false, e.refuse("has another size in its local header")
	}
	return crc != e.crc || packed != e.packed || size != e.size, nil
}

// checkDescriptor reads the data descriptor, which has one of four forms and
// fills the gap at that offset.
func (z *zipReader) checkDescriptor(e *zipEntry, at, gap int64) error {
	if gap > 24 {
		return e.refuse(fmt.Sprintf("is followed by %d bytes that belong to no entry", gap))
	}
	d := make([]byte, gap)
	if err := z.readAt(d, at); err != nil {
		return err
	}
	if gap == 16 || gap == 24 {
		if le.Uint32(d) != descriptorSignature {
			return e.refuse("has a damaged data descriptor")
		}
		d = d[4:]
	}
	var packed, size uint64
	switch len(d) {
	case 12:
		packed, size = uint64(le.Uint32(d[4:])), uint64(le.Uint32(d[8:]))
	case 20:
		packed, size = le.Uint64(d[4:]), le.Uint64(d[12:])
	default:
		return e.refuse("has a damaged data descriptor")
	}
	if le.Uint32(d) != e.crc || packed != uint64(e.packed) || size != uint64(e.size) {
		return e.refuse("has a data descriptor that contradicts the directory")
	}
	return nil
}
