package artifact

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const bytePayload = "0123456789abcdef0123456789abcdef"

// TestZipRefused opens archives that are made to deceive or are broken. Each
// must be refused by name, if not by Open then when all of it is read.
func TestZipRefused(t *testing.T) {
	central := func(e *rawEntry, change func(*rawHeader)) *rawEntry { change(&e.central); return e }
	local := func(e *rawEntry, change func(*rawHeader)) *rawEntry { change(&e.local); return e }
	good := func() *rawEntry { return stored("good.py", "x = 1\n") }
	big := uint32(max32)
	flip := func(e *rawEntry) { e.payload[len(e.payload)/2] ^= 1 }

	tests := []struct {
		name  string
		zip   *rawZip
		entry string // that the error must name; "" for the package
		want  string
	}{
		{"climbing", raw(good(), stored("../evil", "x")), "../evil", "climbs"},
		{"climbing inside", raw(stored("a/../../evil", "x")), "a/../../evil", "climbs"},
		{"climbing and back", raw(stored("a/../b", "x")), "a/../b", "climbs"},
		{"absolute", raw(stored("/etc/passwd", "x")), "/etc/passwd", "absolute"},
		{"absolute after dot", raw(stored(".//etc/passwd", "x")), "/etc/passwd", "absolute"},
		{"drive", raw(stored("C:/evil", "x")), "C:/evil", "drive"},
		{"drive relative", raw(stored("c:evil", "x")), "c:evil", "drive"},
		{"backslash", raw(stored(`..\evil`, "x")), `..\evil`, "backslash"},
		{"NUL", raw(stored("good.py\x00.txt", "x")), "good.py\x00.txt", "NUL"},
		{"no name", raw(stored("", "x")), "", "no name"},
		{"double slash", raw(stored("a//b", "x")), "a//b", "not clean"},
		{"inner dot", raw(stored("a/./b", "x")), "a/./b", "not clean"},
		{"only dot", raw(stored(".", "x")), ".", "not clean"},
		{"only slash", raw(folderEntry("/")), "/", "absolute"},
		{"journal", raw(stored(journalName+"/journal.json", "{}")), journalName + "/journal.json", "journal"},
		{"not UTF-8", raw(stored("\xff.py", "x").both(func(h *rawHeader) { h.flags = flagUTF8 })), "\xff.py", "UTF-8"},
		{"second name", raw(stored("a.py", "x").both(func(h *rawHeader) { h.extra = unicodeField("a.py", "b.py") })), "a.py", "second name"},
		{"second name in local", raw(local(stored("a.py", "x"), func(h *rawHeader) { h.extra = unicodeField("a.py", "b.py") })), "a.py", "another name"},

		{"link outside", raw(link("a/out", "../../etc")), "a/out", "points outside"},
		{"link absolute", raw(link("out", "/etc/passwd")), "out", "absolute"},
		{"link to parent", raw(link("out", "..")), "out", "points outside"},
		{"link that climbs late", raw(link("d", "."), link("out", "d/..")), "out", "after it descended"},
		{"link with backslash", raw(link("out", `..\x`)), "out", "portable"},
		{"link to a drive", raw(link("out", "c:x")), "out", "absolute"},
		{"link to nowhere", raw(link("out", "")), "out", "nowhere"},
		{"link without end", raw(link("out", strings.Repeat("a/", 4000))), "out", "endless"},
		{"file below link", raw(link("d", "."), stored("d/x", "x")), "d/x", "not a directory"},
		{"link with a bad checksum", raw(link("a", "good.py").with(flip), good()), "a", "checksum"},
		{"link on a host without", raw(link("a", "b").with(func(e *rawEntry) { e.madeBy = 20 })), "a", "to some readers"},

		{"twice", raw(stored("a.py", "x"), stored("a.py", "y")), "a.py", "twice"},
		{"twice by dot", raw(stored("a.py", "x"), stored("./a.py", "y")), "a.py", "twice"},
		{"directory twice", raw(folderEntry("a/"), folderEntry("a/")), "a", "twice"},
		{"file and directory", raw(stored("a", "x"), folderEntry("a/")), "a", "file and as a directory"},
		{"below a file", raw(stored("a", "x"), stored("a/b", "y")), "a/b", "not a directory"},
		{"case", raw(stored("Foo.py", "x"), stored("foo.py", "y")), "foo.py", `"Foo.py" only in case`},
		{"case of a folder", raw(stored("Foo/a.py", "x"), stored("foo/b.py", "y")), "foo/b.py", `"Foo" only in case`},
		{"case of folder and file", raw(stored("Foo/a.py", "x"), stored("foo", "y")), "foo", `"Foo" only in case`},
		{"sharp s", raw(stored("STRASSE", "x"), stored("straße", "y")), "straße", "only in case"},
		{"Unicode form", raw(stored("caf\u00e9", "x"), stored("cafe\u0301", "y")), "caf\u00e9", "Unicode form"},

		{"encrypted", raw(good().both(func(h *rawHeader) { h.flags = flagEncrypted })), "good.py", "encrypted"},
		{"encrypted strongly", raw(good().both(func(h *rawHeader) { h.flags = flagStrong })), "good.py", "encrypted"},
		{"encrypted in local", raw(local(good(), func(h *rawHeader) { h.flags = flagEncrypted })), "good.py", "encrypted"},
		{"patch", raw(good().both(func(h *rawHeader) { h.flags = flagPatched })), "good.py", "patch"},
		{"method", raw(good().both(func(h *rawHeader) { h.method = 12 })), "good.py", "method 12"},
		{"another method in local", raw(local(good(), func(h *rawHeader) { h.method = methodDeflate })), "good.py", "another method"},
		{"another name in local", raw(local(good(), func(h *rawHeader) { h.name = "evil.py" })), "good.py", "another name"},
		{"longer name in local", raw(local(good(), func(h *rawHeader) { h.name = "good.pyc" })), "good.py", "another name"},
		{"another encoding in local", raw(local(stored("é", "x"), func(h *rawHeader) { h.flags = flagUTF8 })), "é", "another encoding"},
		{"another checksum in local", raw(local(good(), func(h *rawHeader) { h.crc++ })), "good.py", "another checksum"},
		{"another size in local", raw(local(good(), func(h *rawHeader) { h.size++ })), "good.py", "another size"},
		{"another packed size in local", raw(local(deflated("good.py", bytePayload), func(h *rawHeader) { h.packed-- })), "good.py", "another size"},

		{"two sizes", raw(good().both(func(h *rawHeader) { h.size++ })), "good.py", "two sizes"},
		{"unpacks to more", raw(deflated("a", bytePayload).both(func(h *rawHeader) { h.size-- })), "a", "more than it claims"},
		{"unpacks to less", raw(deflated("a", bytePayload).both(func(h *rawHeader) { h.size++ })), "a", "less than it claims"},
		{"bomb", raw(deflated("a", strings.Repeat("0", 1<<20)).both(func(h *rawHeader) { h.size = 10 })), "a", "more than it claims"},
		{"past the limit", raw(good(), stored("a", strings.Repeat("0", 5000))), "a", "more than 4096 bytes"},
		{"past the limit by claim", raw(deflated("a", "x").both(func(h *rawHeader) { h.size = 1 << 31 })), "a", "more than 4096 bytes"},
		{"past the limit in sum", raw(stored("a", strings.Repeat("0", 4000)), stored("b", strings.Repeat("0", 4000))), "b", "more than 4096 bytes"},
		{"checksum", raw(good().with(flip)), "good.py", "checksum"},
		{"checksum of deflate", raw(deflated("a", bytePayload).both(func(h *rawHeader) { h.crc++ })), "a", "checksum"},
		{"rubbish as deflate", raw(stored("a", "\xff\xff\xff\xff\xff").both(func(h *rawHeader) { h.method = methodDeflate })), "a", "cannot be unpacked"},
		{"cut deflate", raw(deflated("a", bytePayload).with(func(e *rawEntry) {
			e.payload = e.payload[:len(e.payload)-3]
			e.both(func(h *rawHeader) { h.packed -= 3 })
		})), "a", "cannot be unpacked"},
		{"data after deflate", raw(deflated("a", bytePayload).with(func(e *rawEntry) {
			e.payload = append(e.payload, "hidden"...)
			e.both(func(h *rawHeader) { h.packed += 6 })
		})), "a", "goes on after"},

		{"device", raw(good().with(func(e *rawEntry) { e.attrs = 0o020644 << 16 })), "good.py", "neither a file"},
		{"folder with content", raw(stored("a/", "x")), "a/", "directory with content"},
		{"folder by attributes", raw(good().with(func(e *rawEntry) { e.attrs = 0o040755 << 16 })), "good.py", "disagree"},
		{"link by attributes", raw(folderEntry("a/").with(func(e *rawEntry) { e.attrs = 0o120777 << 16 })), "a/", "disagree"},
		{"folder by DOS attributes", raw(good().with(func(e *rawEntry) { e.madeBy, e.attrs = 20, dosDirectory })), "good.py", "directory by its attributes"},

		{"overlapping wholly", raw(good(), stored("b", "x").with(func(e *rawEntry) { e.offset = -43 })), "good.py", "overlaps"},
		{"overlapping in part", raw(stored("a", string(raw(stored("b", "x")).bytes()[:32])),
			stored("b", "x").with(func(e *rawEntry) { e.offset = -32 })), "a", "overlaps"},
		{"a gap", raw(good().with(func(e *rawEntry) { e.after = []byte("hidden") }), stored("z", "x")), "z", "belong to no entry"},
		{"a gap at the end", &rawZip{entries: []*rawEntry{good()}, beforeCentral: "hidden"}, "", "belong"},
		{"a gap after the directory", &rawZip{entries: []*rawEntry{good()}, afterCentral: "hidden"}, "", "belongs to no entry"},
		{"a prefix", &rawZip{entries: []*rawEntry{good()}, prefix: "#!/usr/bin/python\n"}, "good.py", "belong to no entry"},
		{"a prefix that is not counted", &rawZip{entries: []*rawEntry{good()}, prefix: "MZ", change: func(b []byte) {
			le.PutUint32(b[16:], le.Uint32(b[16:])-2)
		}}, "", "before its first entry"},
		{"a suffix", &rawZip{entries: []*rawEntry{good()}, suffix: "x"}, "", "goes on after its end"},
		{"a second end", &rawZip{entries: []*rawEntry{good()}, comment: string(raw().bytes())}, "", "two ends"},
		{"no such offset", raw(good().with(func(e *rawEntry) { e.offset = 1 << 30 })), "good.py", "belong to no entry"},
		{"no local header", raw(good().with(func(e *rawEntry) { e.offset = 1 }), stored("z", "x")), "good.py", "belong to no entry"},
		{"too large to be there", raw(good().both(func(h *rawHeader) { h.size, h.packed = 1000, 1000 })), "good.py", "claims more"},
		{"another disk", raw(good().with(func(e *rawEntry) { e.disk = 1 })), "good.py", "split"},
		{"split", &rawZip{entries: []*rawEntry{good()}, change: func(b []byte) { b[4] = 1 }}, "", "split"},
		{"fewer entries than claimed", &rawZip{entries: []*rawEntry{good()}, change: func(b []byte) { b[8], b[10] = 2, 2 }}, "", "claims 2 entries"},
		{"more entries than claimed", &rawZip{entries: []*rawEntry{good()}, change: func(b []byte) { b[8], b[10] = 0, 0 }}, "", "claims 0 entries"},
		{"a directory past the end", &rawZip{entries: []*rawEntry{good()}, change: func(b []byte) { le.PutUint32(b[16:], 1<<20) }}, "", "truncated"},
		{"a damaged directory", &rawZip{entries: []*rawEntry{good()}, change: func(b []byte) {
			le.PutUint32(b[12:], le.Uint32(b[12:])+5)
			le.PutUint32(b[16:], le.Uint32(b[16:])-5)
		}}, "", "damaged"},

		{"no descriptor", raw(good().streamed(false, true).with(func(e *rawEntry) { e.after = nil })), "good.py", "lacks"},
		{"a lying descriptor", raw(good().streamed(false, true).with(func(e *rawEntry) { e.after[8]++ })), "good.py", "contradicts"},
		{"a damaged descriptor", raw(good().streamed(false, true).with(func(e *rawEntry) { e.after[0]++ })), "good.py", "damaged"},
		{"a short descriptor", raw(good().streamed(false, true).with(func(e *rawEntry) { e.after = e.after[:9] })), "good.py", "damaged"},
		{"a long descriptor", raw(good().streamed(false, true).with(func(e *rawEntry) { e.after = append(e.after, make([]byte, 100)...) })), "good.py", "belong to no entry"},

		{"zip64 size without its field", raw(good().both(func(h *rawHeader) { h.size = max32 })), "good.py", "zip64"},
		{"zip64 size negative", raw(good().both(func(h *rawHeader) { h.size, h.extra = max32, zip64Field(1<<63) })), "good.py", "zip64"},
		{"zip64 field too short", raw(good().both(func(h *rawHeader) { h.size, h.packed, h.extra = max32, max32, zip64Field(6) })), "good.py", "zip64"},
		{"zip64 field twice", raw(good().both(func(h *rawHeader) {
			h.size, h.packed, h.extra = max32, max32, append(zip64Field(6, 6), zip64Field(7, 7)...)
		})), "good.py", "zip64"},
		{"zip64 sizes differ", raw(central(local(good(),
			func(h *rawHeader) { h.size, h.packed, h.extra = max32, max32, zip64Field(7, 7) }),
			func(h *rawHeader) { h.size, h.packed, h.extra = max32, max32, zip64Field(6, 6) })), "good.py", "another size"},
		{"zip64 offset past the end", raw(central(good(), func(h *rawHeader) { h.extra = zip64Field(1 << 40) }).
			with(func(e *rawEntry) { e.offset32 = &big })), "good.py", "belong to no entry"},
		{"zip64 bomb", raw(good().both(func(h *rawHeader) { h.method, h.size, h.extra = methodDeflate, max32, zip64Field(1<<50) })), "good.py", "more than 4096"},
		{"zip64 end contradicts", &rawZip{entries: []*rawEntry{good()}, end64: true, change64: func(b []byte) { b[32] = 9 }}, "", "contradicts"},
		{"zip64 locator leads nowhere", &rawZip{entries: []*rawEntry{good()}, end64: true, change64: func(b []byte) { b[end64Size+8]++ }}, "", "nowhere"},
		{"zip64 locator past the end", &rawZip{entries: []*rawEntry{good()}, end64: true, change64: func(b []byte) { b[end64Size+15] = 0x7f }}, "", "nowhere"},
		{"zip64 end of another size", &rawZip{entries: []*rawEntry{good()}, end64: true, change64: func(b []byte) { b[4]++ }}, "", "nowhere"},
		{"zip64 end on another disk", &rawZip{entries: []*rawEntry{good()}, end64: true, change64: func(b []byte) { b[end64Size+4]++ }}, "", "nowhere"},
		{"zip64 count of a monster", &rawZip{entries: []*rawEntry{good()}, end64: true,
			change:   func(b []byte) { le.PutUint32(b[8:], max32) },
			change64: func(b []byte) { le.PutUint64(b[24:], 1<<40); le.PutUint64(b[32:], 1<<40) }}, "", "entries"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := test.zip.file(t)
			err := readAll(path, 4096)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if refused.Package != path || refused.Entry != test.entry {
				t.Errorf("names entry %q of %q, want %q: %v", refused.Entry, refused.Package, test.entry, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("says %q, want %q in it", err, test.want)
			}
			stageMustFail(t, path)
		})
	}
}

// stageMustFail checks that the refusal leaves nothing behind.
func stageMustFail(t *testing.T, path string) {
	t.Helper()
	for _, name := range []string{"out", "out.zip"} {
		dir := t.TempDir()
		a, err := Open(path, Options{MaxSize: 4096})
		if err == nil {
			_, err = Stage(t.Context(), a, filepath.Join(dir, name), WriteOptions{})
			_ = a.Close()
		}
		if err == nil {
			t.Errorf("was written to %s", name)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s left %s behind", name, left[0].Name())
		}
	}
}

// readAll opens a package and reads all of it.
func readAll(path string, limit int64) error {
	a, err := Open(path, Options{MaxSize: limit})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	for _, f := range a.Files() {
		if !f.Mode.IsRegular() {
			continue
		}
		if _, err := a.ReadFile(f.Path); err != nil {
			return err
		}
	}
	return nil
}

// TestZipTruncated cuts an archive at every byte: none of the pieces may open.
func TestZipTruncated(t *testing.T) {
	whole := raw(stored("a", "first"), deflated("b", bytePayload).streamed(false, true), folderEntry("c/")).bytes()
	if _, err := openBytes(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := openBytes(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(whole))
		}
	}
}

func openBytes(data []byte) (*Artifact, error) {
	return readZip(strings.NewReader(string(data)), int64(len(data)), "memory.zip", DefaultMaxSize, nil)
}

// TestZipAccepted opens what real tools write.
func TestZipAccepted(t *testing.T) {
	big := uint32(max32)
	tests := []struct {
		name string
		zip  *rawZip
		path string
		mode fs.FileMode
	}{
		{"stored", raw(stored("a", bytePayload)), "a", 0o644},
		{"deflated", raw(deflated("a", bytePayload)), "a", 0o644},
		{"a comment", &rawZip{entries: []*rawEntry{stored("a", bytePayload)}, comment: "made by hand"}, "a", 0o644},
		{"a descriptor", raw(deflated("a", bytePayload).streamed(false, true), stored("b", "")), "a", 0o644},
		{"a descriptor, unsigned", raw(deflated("a", bytePayload).streamed(false, false)), "a", 0o644},
		{"a descriptor, wide", raw(deflated("a", bytePayload).streamed(true, true)), "a", 0o644},
		{"a descriptor, wide and unsigned", raw(deflated("a", bytePayload).streamed(true, false)), "a", 0o644},
		{"a descriptor, announced only", raw(stored("a", bytePayload).both(func(h *rawHeader) { h.flags = flagDescriptor })), "a", 0o644},
		{"executable", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.attrs = 0o100755 << 16 })), "a", 0o755},
		{"setuid is dropped", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.attrs = 0o106755 << 16 })), "a", 0o755},
		{"unreadable is mended", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.attrs = 0o100011 << 16 })), "a", 0o411},
		{"no mode", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.attrs = 0 })), "a", 0o755},
		{"made on Windows", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.madeBy, e.attrs = 20, 0x20 })), "a", 0o755},
		{"permissions without a type", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.attrs = 0o600 << 16 })), "a", 0o600},
		{"leading dot", raw(folderEntry("./"), stored("./a", bytePayload)), "a", 0o644},
		{"UTF-8", raw(stored("é", bytePayload).both(func(h *rawHeader) { h.flags = flagUTF8 })), "é", 0o644},
		{"UTF-8 without the flag", raw(stored("é", bytePayload)), "é", 0o644},
		{"CP437", raw(stored("\x82", bytePayload)), "é", 0o644},
		{"a Unicode field", raw(stored("\x8f", bytePayload).both(func(h *rawHeader) { h.extra = unicodeField("\x8f", "ł") })), "ł", 0o644},
		{"a link in between", raw(stored("a", bytePayload), link("b/l", "../a")), "a", 0o644},
		{"zip64 end", &rawZip{entries: []*rawEntry{stored("a", bytePayload)}, end64: true}, "a", 0o644},
		{"zip64 end alone", &rawZip{entries: []*rawEntry{stored("a", bytePayload)}, end64: true, change: func(b []byte) {
			copy(b[8:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		}}, "a", 0o644},
		{"zip64 fields", raw(stored("a", bytePayload).with(func(e *rawEntry) {
			n := uint64(len(bytePayload))
			e.both(func(h *rawHeader) { h.size, h.packed = max32, max32 })
			e.local.extra = zip64Field(n, n)
			e.central.extra = append(extra(0x5455, []byte("time!")), zip64Field(n, n, 0)...)
			e.offset32 = &big
		})), "a", 0o644},
		{"padding in the extra field", raw(stored("a", bytePayload).with(func(e *rawEntry) { e.local.extra = []byte{0, 0, 0} })), "a", 0o644},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Open(test.zip.file(t), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			f, ok := a.Lookup(test.path)
			if !ok || f.Mode != test.mode || f.Size != int64(len(bytePayload)) {
				t.Errorf("got %+v, %v in %+v", f, ok, a.Files())
			}
			if data, err := a.ReadFile(test.path); err != nil || string(data) != bytePayload {
				t.Errorf("got %q, %v", data, err)
			}
		})
	}
}

func TestOpenNotAPackage(t *testing.T) {
	tests := map[string]string{
		"":                 "neither",
		"hello":            "neither",
		"\x1f\x8b\x08\x00": "gzip",
		"PK\x03\x04....":   "truncated",
	}
	for content, want := range tests {
		_, err := Open(writeTemp(t, "package", []byte(content)), Options{})
		var refused *RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", content, err, want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestCP437(t *testing.T) {
	if len(cp437) != 128 {
		t.Fatalf("the table has %d runes", len(cp437))
	}
}
