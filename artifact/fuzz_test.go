package artifact

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzOpenZip opens anything. What is accepted must unpack inside its place, as
// other readers see it, and must be the same package once it was written again.
func FuzzOpenZip(f *testing.F) {
	n := uint64(len(bytePayload))
	for _, z := range []*rawZip{
		raw(),
		raw(stored("a", "1"), deflated("b/c", bytePayload), folderEntry("d/"), link("l", "b/c")),
		raw(deflated("a", bytePayload).streamed(false, true), deflated("b", bytePayload).streamed(true, false)),
		raw(stored("\x82", "x"), stored("é", "y").both(func(h *rawHeader) { h.flags = flagUTF8 })),
		{entries: []*rawEntry{stored("a", bytePayload).both(func(h *rawHeader) {
			h.size, h.packed, h.extra = max32, max32, zip64Field(n, n)
		})}, end64: true, comment: "note"},
		raw(stored("../a", "1"), stored("A", "1"), stored("a", "2"), link("l", "../x")),
	} {
		f.Add(z.bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := readZip(bytes.NewReader(data), int64(len(data)), "fuzz.zip", 1<<20, nil)
		if err != nil {
			return
		}
		checkInside(t, a)
		checkStandard(t, a, data)
		checkRewritten(t, a)
	})
}

// checkInside unpacks the way of Python's zipfile, which drops what it dislikes
// in a name, and of unzip, which follows the links that it made.
func checkInside(t *testing.T, a *Artifact) {
	for _, f := range a.Files() {
		if !filepath.IsLocal(f.Path) || !fs.ValidPath(f.Path) {
			t.Fatalf("%q is not inside", f.Path)
		}
		if f.Mode.Type() == fs.ModeSymlink {
			if to := path.Join(path.Dir(f.Path), f.Link); to == ".." || strings.HasPrefix(to, "../") || path.IsAbs(f.Link) {
				t.Fatalf("the link %q to %q is not inside", f.Path, f.Link)
			}
		}
	}
}

// checkStandard compares with the standard library's reader.
func checkStandard(t *testing.T, a *Artifact, data []byte) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("the standard library refuses it: %v", err)
	}
	if len(r.File) < len(a.Files()) {
		t.Fatalf("the standard library sees %d entries, not %d", len(r.File), len(a.Files()))
	}
}

func checkRewritten(t *testing.T, a *Artifact) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out.zip"))
	check(t, err)
	defer func() { _ = out.Close() }()
	if err := a.writeZip(t.Context(), out, WriteOptions{}); err != nil {
		return // its content lies
	}
	b, err := Open(out.Name(), Options{MaxSize: 1 << 20})
	if err != nil {
		t.Fatalf("the output is refused: %v", err)
	}
	defer func() { _ = b.Close() }()
	if before, after := describe(t, a), describe(t, b); before != after {
		t.Fatalf("became\n%s\nfrom\n%s", after, before)
	}
}
