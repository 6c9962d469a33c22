package artifact

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// botoTree makes a package of the shape of boto3's: 2,400 files and 36 MB, most
// of it models that are compressed already.
func botoTree(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	noise := randomText(1 << 20)
	code := strings.Builder{}
	for i := 0; code.Len() < 20000; i++ {
		fmt.Fprintf(&code, "def function_%d(self, value=%d):\n    return self._call('name%d', value)\n", i, i*7919%1000, i*31%97)
	}
	var nodes []node
	for i := range 2000 {
		start := i * 401 % (1 << 19)
		nodes = append(nodes, node{
			path:    fmt.Sprintf("botocore/data/service%03d/2020-01-01/file%d.json.gz", i/5, i%5),
			content: "\x1f\x8b\x08\x00" + noise[start:start+14000], mode: 0o644,
		})
	}
	for i := range 400 {
		nodes = append(nodes, node{path: fmt.Sprintf("lib%d/module%d.py", i%9, i), content: code.String(), mode: 0o644})
	}
	return makeTree(b, dir, nodes)
}

// slimView drops 19 of 20 services.
func slimView(a *Artifact) *Artifact {
	edits := Edits{}
	for i, f := range a.Under("botocore/data") {
		if i/5%20 != 0 {
			edits[f.Path] = nil
		}
	}
	return a.With(edits)
}

func BenchmarkOpenDir(b *testing.B) {
	dir := botoTree(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(dir, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenZip(b *testing.B) {
	out := filepath.Join(b.TempDir(), "out.zip")
	write(b, open(b, botoTree(b)), out, WriteOptions{})
	b.ReportAllocs()
	for b.Loop() {
		a, err := Open(out, Options{})
		if err != nil {
			b.Fatal(err)
		}
		_ = a.Close()
	}
}

func benchmarkSlim(b *testing.B, from, to string) {
	source := botoTree(b)
	if from == "zip" {
		out := filepath.Join(b.TempDir(), "in.zip")
		write(b, open(b, source), out, WriteOptions{})
		source = out
	}
	out := filepath.Join(b.TempDir(), to)
	b.ReportAllocs()
	for b.Loop() {
		a, err := Open(source, Options{})
		if err != nil {
			b.Fatal(err)
		}
		write(b, slimView(a), out, WriteOptions{Replace: true})
		_ = a.Close()
	}
}

// The whole of it: open, drop 95 % of the models, write, sync, rename.
func BenchmarkSlimDirToZip(b *testing.B) { benchmarkSlim(b, "dir", "out.zip") }
func BenchmarkSlimDirToDir(b *testing.B) { benchmarkSlim(b, "dir", "out") }
func BenchmarkSlimZipToZip(b *testing.B) { benchmarkSlim(b, "zip", "out.zip") }
func BenchmarkSlimZipToDir(b *testing.B) { benchmarkSlim(b, "zip", "out") }

func BenchmarkSizes(b *testing.B) {
	dir := botoTree(b)
	b.ReportAllocs()
	for b.Loop() {
		a, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Sizes(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteHuge writes 250 MB, the most that Lambda takes, and reports the
// most memory that the program had of the system.
func BenchmarkWriteHuge(b *testing.B) {
	dir := b.TempDir()
	noise := randomText(1 << 20)
	text := strings.Repeat(noise[:3000], 300)
	for i := range 12 {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("lib%d.so", i)))
		if err != nil {
			b.Fatal(err)
		}
		for range 12 {
			_, _ = f.WriteString(noise)
			_, _ = f.WriteString(text)
		}
		_ = f.Close()
	}
	out := filepath.Join(b.TempDir(), "out.zip")
	runtime.GC()
	for b.Loop() {
		a, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		write(b, a, out, WriteOptions{})
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
}
