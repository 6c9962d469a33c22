package artifact

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// node is one entry of a tree on disk: a link if it has a target, a directory
// if its path ends in a slash, else a file.
type node struct {
	path    string
	content string
	mode    fs.FileMode
	target  string
}

// sample has one of everything that must survive.
var sample = []node{
	{path: "app.py", content: "import boto3\n", mode: 0o644},
	{path: "bootstrap", content: "#!/bin/sh\n", mode: 0o755},
	{path: "boto/__init__.py", content: strings.Repeat("x = 1  # one\n", 500), mode: 0o644},
	{path: "boto/data/ec2.json.gz", content: "\x1f\x8b\x08\x00" + strings.Repeat("same ", 300), mode: 0o640},
	{path: "boto/data/s3.json", content: strings.Repeat(`{"shape": "String"}`, 400), mode: 0o444},
	{path: "boto-data/x", content: "sorts between boto and boto/", mode: 0o600},
	{path: "empty.py", mode: 0o644},
	{path: "größe/naïve.txt", content: "names", mode: 0o644},
	{path: "hollow/", mode: 0o755},
	{path: "hollow2/deep/", mode: 0o750},
	{path: "lib/libx.so", target: "libx.so.1"},
	{path: "lib/libx.so.1", content: "\x7fELF", mode: 0o755},
	{path: "lib/up", target: "../boto"},
	{path: "random.bin", content: randomText(70000), mode: 0o644},
}

func randomText(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// makeTree writes the nodes into dir in their order.
func makeTree(t testing.TB, dir string, nodes []node) string {
	t.Helper()
	for _, n := range nodes {
		name := filepath.Join(dir, filepath.FromSlash(n.path))
		check(t, os.MkdirAll(filepath.Dir(name), 0o755))
		switch {
		case n.target != "":
			check(t, os.Symlink(n.target, name))
		case strings.HasSuffix(n.path, "/"):
			check(t, os.MkdirAll(name, 0o755))
			check(t, os.Chmod(name, n.mode))
		default:
			check(t, os.WriteFile(name, []byte(n.content), 0o600))
			check(t, os.Chmod(name, n.mode))
		}
	}
	return dir
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) *Artifact {
	t.Helper()
	a, err := Open(path, Options{})
	check(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func write(t testing.TB, a *Artifact, out string, opts WriteOptions) {
	t.Helper()
	s, err := Stage(context.Background(), a, out, opts)
	check(t, err)
	check(t, s.Commit())
}

// describe renders all that an artifact holds.
func describe(t testing.TB, a *Artifact) string {
	t.Helper()
	var b strings.Builder
	for _, f := range a.Files() {
		fmt.Fprintf(&b, "%s %s %d %s", f.Mode, f.Path, f.Size, f.Link)
		if f.Mode.IsRegular() {
			data, err := a.ReadFile(f.Path)
			check(t, err)
			fmt.Fprintf(&b, " %x", data)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// sampleTree writes as much of sample as this system keeps.
func sampleTree(t testing.TB, dir string) string {
	if runtime.GOOS == "windows" {
		return makeTree(t, dir, slices.DeleteFunc(slices.Clone(sample), func(n node) bool { return n.target != "" }))
	}
	return makeTree(t, dir, sample)
}

func TestRoundTrip(t *testing.T) {
	tmp := t.TempDir()
	at := func(name string) string { return filepath.Join(tmp, name) }
	source := open(t, sampleTree(t, at("source")))
	want := describe(t, source)

	steps := []string{"a.zip", "b", "c.zip", "d.zip", "e", "f"}
	last := source
	for _, name := range steps {
		write(t, last, at(name), WriteOptions{})
		last = open(t, at(name))
		if got := describe(t, last); got != want {
			t.Errorf("%s holds\n%.2000s\nwant\n%.2000s", name, got, want)
		}
	}
	first := readFile(t, at("a.zip"))
	for _, name := range []string{"c.zip", "d.zip"} {
		if !bytes.Equal(readFile(t, at(name)), first) {
			t.Errorf("%s differs from a.zip", name)
		}
	}
	if left, _ := filepath.Glob(at(".*")); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	check(t, err)
	return data
}

// TestDeterministic writes one package from many directories that differ in
// all that must not matter.
func TestDeterministic(t *testing.T) {
	nodes := slices.Clone(sample)
	if runtime.GOOS == "windows" {
		nodes = slices.DeleteFunc(nodes, func(n node) bool { return n.target != "" })
	}
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	stamp := time.Date(2024, 2, 29, 12, 34, 56, 0, time.UTC)
	var first []byte
	for round := range 8 {
		rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
		tmp := t.TempDir()
		dir := makeTree(t, filepath.Join(tmp, fmt.Sprint("source", round)), nodes)
		when := time.Now().Add(-time.Duration(rand.Int64N(1e18)))
		_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, _ error) error {
			if e.Type() != fs.ModeSymlink {
				return os.Chtimes(name, when, when)
			}
			return nil
		})
		time.Local = time.FixedZone("somewhere", 3600*(round-4)+1800)
		restore := setUmask([]int{0, 0o22, 0o77, 0o27}[round%4])
		write(t, open(t, dir), filepath.Join(tmp, "out.zip"), WriteOptions{ModTime: stamp})
		write(t, open(t, dir), filepath.Join(tmp, "out"), WriteOptions{ModTime: stamp})
		write(t, open(t, filepath.Join(tmp, "out")), filepath.Join(tmp, "again.zip"), WriteOptions{ModTime: stamp.In(time.Local)})
		restore()
		out := readFile(t, filepath.Join(tmp, "out.zip"))
		if first == nil {
			first = out
		}
		if !bytes.Equal(out, first) || !bytes.Equal(readFile(t, filepath.Join(tmp, "again.zip")), first) {
			t.Fatalf("round %d made other bytes", round)
		}
		_ = filepath.WalkDir(filepath.Join(tmp, "out"), func(name string, e fs.DirEntry, _ error) error {
			info, err := e.Info()
			check(t, err)
			if timeless := e.Type() == fs.ModeSymlink && runtime.GOOS == "windows"; !timeless && !info.ModTime().Equal(stamp) {
				t.Errorf("%s has the time %v", name, info.ModTime())
			}
			return nil
		})
	}
}

func TestDosTime(t *testing.T) {
	tests := []struct {
		time        time.Time
		date, clock uint16
	}{
		{time.Unix(0, 0), 0x21, 0},
		{epoch, 0x21, 0},
		{time.Date(2024, 2, 29, 12, 34, 57, 0, time.UTC), 44<<9 | 2<<5 | 29, 12<<11 | 34<<5 | 28},
		{time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), 127<<9 | 12<<5 | 31, 23<<11 | 59<<5 | 29},
	}
	for _, test := range tests {
		if date, clock := dosTime(test.time); date != test.date || clock != test.clock {
			t.Errorf("%v: got %x %x", test.time, date, clock)
		}
	}
}

// TestSizes compares what Sizes foretells with what the writer does, in both
// orders and for both forms.
func TestSizes(t *testing.T) {
	tmp := t.TempDir()
	dir := sampleTree(t, filepath.Join(tmp, "source"))
	large := strings.Repeat(randomText(1000), 5000)
	check(t, os.WriteFile(filepath.Join(dir, "large.py"), []byte(large), 0o644))
	check(t, os.WriteFile(filepath.Join(dir, "large.gz"), []byte("\x1f\x8b"+large), 0o644))
	check(t, os.WriteFile(filepath.Join(dir, "large.bin"), []byte(randomText(5<<20)), 0o644))
	var first []byte
	for _, early := range []bool{true, false} {
		a := open(t, dir)
		if early {
			_, err := a.Sizes(t.Context())
			check(t, err)
		}
		out := filepath.Join(tmp, fmt.Sprint(early, ".zip"))
		write(t, a, out, WriteOptions{})
		stat, err := a.Stat(t.Context())
		check(t, err)
		data := readFile(t, out)
		if first == nil {
			first = data
		}
		if stat.ZipBytes != int64(len(data)) {
			t.Errorf("early %v: foretold %d, wrote %d", early, stat.ZipBytes, len(data))
		}
		if !bytes.Equal(data, first) {
			t.Errorf("early %v: made other bytes", early)
		}
		again, err := open(t, out).Stat(t.Context())
		check(t, err)
		if again != stat {
			t.Errorf("the zip has %+v, the directory %+v", again, stat)
		}
		if left := a.held.Load(); left != 0 {
			t.Errorf("%d bytes are still held", left)
		}
	}
}

func TestProgress(t *testing.T) {
	tmp := t.TempDir()
	a := open(t, sampleTree(t, filepath.Join(tmp, "source")))
	for _, name := range []string{"out", "out.zip"} {
		var last, total int64
		write(t, a, filepath.Join(tmp, name), WriteOptions{Progress: func(done, all int64) {
			if done < last {
				t.Errorf("went back from %d to %d", last, done)
			}
			last, total = done, all
		}})
		if last != total || total == 0 {
			t.Errorf("%s ended at %d of %d", name, last, total)
		}
	}
}

// TestRawCopy checks that unchanged entries keep their packed bytes, even where
// coldcut would have packed them otherwise.
func TestRawCopy(t *testing.T) {
	text := strings.Repeat("stored although it need not be ", 100)
	big := deflated("big", strings.Repeat(randomText(3000), 2000))
	z := raw(stored("a", text), deflated("b", text).streamed(true, true), deflated("c.gz", "\x1f\x8b"+text), stored("d", ""), big)
	a := open(t, z.file(t)).With(Edits{"d": []byte("new")})
	out := filepath.Join(t.TempDir(), "out.zip")
	write(t, a, out, WriteOptions{})
	b := open(t, out)
	for _, e := range z.entries {
		i, ok := b.find(e.local.name)
		if !ok {
			t.Fatalf("%s is gone", e.local.name)
		}
		src := b.source.(*zipSource)
		entry := &src.entries[b.bodies[i].index]
		if e.local.name == "d" {
			continue
		}
		packed := make([]byte, entry.packed)
		_, err := src.raw(entry).ReadAt(packed, 0)
		check(t, err)
		if entry.method != e.central.method || entry.crc != e.central.crc || !bytes.Equal(packed, e.payload) {
			t.Errorf("%s was packed again", e.local.name)
		}
		if entry.flags != 0 {
			t.Errorf("%s has the flags %x", e.local.name, entry.flags)
		}
	}
}

// TestLargeLies checks entries that are too large to be held.
func TestLargeLies(t *testing.T) {
	content := strings.Repeat(randomText(3000), 2000)
	noise := randomText(largeFile + 5)
	lies := map[string]*rawEntry{
		"checksum":  deflated("a", randomText(largeFile*2)).both(func(h *rawHeader) { h.crc++ }),
		"more":      stored("a", noise).with(func(e *rawEntry) { e.payload = []byte(randomText(largeFile + 6))[1:] }),
		"too small": deflated("a", content).both(func(h *rawHeader) { h.size-- }),
	}
	for name, e := range lies {
		stageFails(t, name, raw(e).file(t))
	}
}

func stageFails(t *testing.T, name, path string) {
	t.Helper()
	dir := t.TempDir()
	for _, out := range []string{"out", "out.zip"} {
		if s, err := Stage(t.Context(), open(t, path), filepath.Join(dir, out), WriteOptions{}); err == nil {
			t.Errorf("%s: was written to %s", name, s.Path())
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%s: left %v behind", name, left)
	}
}

// TestZip64Entries writes and reads more entries than a plain zip can have.
func TestZip64Entries(t *testing.T) {
	edits := Edits{}
	for i := range 70000 {
		edits[fmt.Sprintf("d%02d/f%05d", i%100, i)] = []byte{byte(i)}
	}
	a := open(t, raw().file(t)).With(edits)
	out := filepath.Join(t.TempDir(), "out.zip")
	write(t, a, out, WriteOptions{})
	b := open(t, out)
	if len(b.Files()) != 70000 {
		t.Fatalf("got %d files", len(b.Files()))
	}
	stat, err := a.Stat(t.Context())
	check(t, err)
	if info, _ := os.Stat(out); info.Size() != stat.ZipBytes {
		t.Errorf("foretold %d, wrote %d", stat.ZipBytes, info.Size())
	}
	again := filepath.Join(t.TempDir(), "again.zip")
	write(t, b, again, WriteOptions{})
	if !bytes.Equal(readFile(t, again), readFile(t, out)) {
		t.Error("the second zip differs")
	}
	crossCheck(t, out)
}

// TestZip64Sizes writes the headers of entries past 4 GB, whose data is a hole
// in the file.
func TestZip64Sizes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse.zip")
	f, err := os.Create(path)
	check(t, err)
	defer func() { _ = f.Close() }()
	if runtime.GOOS == "windows" {
		t.Skip("files have no holes by default")
	}
	const size = 1<<32 + 10
	w := newZipWriter(f, WriteOptions{})
	check(t, w.header(File{Path: "a", Mode: 0o644, Size: size}, &packed{size: size}))
	check(t, w.buf.Flush())
	w.at += size
	_, err = f.Seek(w.at, 0)
	check(t, err)
	check(t, w.write(File{Path: "b", Mode: 0o644, Size: 1}, &packed{size: 1, data: []byte("x")}))
	check(t, w.end())
	if _, err := Open(path, Options{}); err == nil {
		t.Error("is within the default limit")
	}
	a, err := Open(path, Options{MaxSize: 1 << 40})
	check(t, err)
	defer func() { _ = a.Close() }()
	if f, _ := a.Lookup("a"); f.Size != size {
		t.Errorf("got %+v", f)
	}
	if e := a.source.(*zipSource).entries; e[1].header < 1<<32 {
		t.Errorf("the second entry is at %d", e[1].header)
	}
}
