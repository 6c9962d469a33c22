package artifact

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestImageRefused holds that what is wrong with an image is told, by the layer that it
// is in.
func TestImageRefused(t *testing.T) {
	base, good := layerOf(t, "app/main.py", "import os"), layerOf(t, "app/more.py", "import sys")
	tests := []struct {
		name   string
		layer  []byte
		damage func(t *testing.T, dir string)
		want   string
	}{
		{"a path climbs", layerOf(t, "../../etc/passwd", "x"), nil, "layer 2 (sha256:"},
		{"a path climbs from within", layerOf(t, "a/../../b", "x"), nil, "a path that climbs"},
		{"a hard link climbs", layerOf(t, "a", "=> ../../etc/passwd"), nil, "a path that climbs"},
		{"a hard link leads nowhere", layerOf(t, "a", "=> b"), nil, "hard link to \"b\", which is not there"},
		{"a file below a file", layerOf(t, "app/main.py/x", "x"), nil, "which is not a folder"},
		{"links in a circle", layerOf(t, "a", "-> b", "b", "-> a", "a/c", "x"), nil, "in a circle"},
		{"a whiteout of the folder above", layerOf(t, "a/.wh...", ""), nil, "whiteout"},
		{"no archive", []byte(strings.Repeat("no archive ", 100)), nil, "layer 2 (sha256:"},
		{"an archive that ends early", good[:700], nil, "ends in the middle"},
		{"a blob that is damaged", good, func(t *testing.T, dir string) { flip(t, dir, 40) }, "layer 2 (sha256:"},
		{"a blob that is missing", good, func(t *testing.T, dir string) { check(t, os.Remove(lastLayer(t, dir))) }, "is not in the image"},
		{"a blob that is too long", good, func(t *testing.T, dir string) {
			f, err := os.OpenFile(lastLayer(t, dir), os.O_APPEND|os.O_WRONLY, 0)
			check(t, err)
			_, err = f.WriteString("more")
			check(t, errors.Join(err, f.Close()))
		}, "and claims"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := layoutOf(t, imageOf(t, v1.Config{}, gzipLayer(t, base), gzipLayer(t, test.layer)))
			if test.damage != nil {
				test.damage(t, dir)
			}
			_, err := OpenImages(t.Context(), dir, Options{})
			var refused *RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "layer 2") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestImageTooLarge holds that a layer that never ends is not unpacked.
func TestImageTooLarge(t *testing.T) {
	big := layerOf(t, "app/zeros.py", strings.Repeat("\x00", 4<<20))
	dir := layoutOf(t, imageOf(t, v1.Config{}, gzipLayer(t, big)))
	_, err := OpenImages(t.Context(), dir, Options{MaxSize: 1 << 20})
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "layer 1") {
		t.Errorf("%v", err)
	}
}

// lastLayer is the file of the highest layer.
func lastLayer(t *testing.T, dir string) string {
	t.Helper()
	img := reread(t, dir)
	layers, err := img.Layers()
	check(t, err)
	digest, err := layers[len(layers)-1].Digest()
	check(t, err)
	return filepath.Join(dir, "blobs", "sha256", digest.Hex)
}

func flip(t *testing.T, dir string, at int) {
	t.Helper()
	name := lastLayer(t, dir)
	data, err := os.ReadFile(name)
	check(t, err)
	data[at] ^= 1
	check(t, os.WriteFile(name, data, 0o600))
}

// FuzzOpenImage opens anything as a layer of an image. What is accepted is what
// archive/tar reads, and stays so when the layer is written anew.
func FuzzOpenImage(f *testing.F) {
	for _, entries := range [][]string{
		{"a", "1", "b/", "", "b/c", "2"},
		{"a", "1", "b", "=> a", "c", "-> a", "d/.wh.x", "", "d/.wh..wh..opq", ""},
		{"../a", "1", "a/../../b", "2", "/c", "3"},
		{strings.Repeat("long/", 60) + "name", "pax"},
	} {
		f.Add(layerOf(f, entries...))
	}
	f.Add(globalHeader(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := fuzzLayer(t, data)
		budget, entries := newBudget(), new(atomic.Int64)
		budget.Store(1 << 20)
		if err := l.read(budget, entries); err != nil {
			var refused *RefusedError
			if !errors.As(err, &refused) || !strings.HasPrefix(refused.Entry, "layer 1") {
				t.Fatalf("an error that does not name the layer: %v", err)
			}
			return
		}
		names := standardNames(t, data)
		if len(names) != len(l.entries) {
			t.Fatalf("%d entries, and archive/tar reads %d", len(l.entries), len(names))
		}
		if _, err := newImageTree([]*layer{l}); err != nil {
			return
		}
		var out bytes.Buffer
		edit := &layerEdit{drop: map[int]bool{}}
		for i, e := range l.entries {
			if e.kind == fileEntry && i%2 == 0 {
				edit.drop[i] = true
			}
		}
		if err := l.rewrite(newBudget(), edit, &out); err != nil {
			return // what this system's tar cannot write, such as a name with a NUL
		}
		again := fuzzLayer(t, out.Bytes())
		if err := again.read(newBudget(), new(atomic.Int64)); err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if _, err := newImageTree([]*layer{again}); err != nil {
			t.Fatalf("what was written makes no tree: %v", err)
		}
	})
}

// fuzzLayer is a layer of bytes as they are.
func fuzzLayer(t *testing.T, data []byte) *layer {
	t.Helper()
	s := &ImageSet{path: "fuzz", blobs: &memory{data}}
	return &layer{image: s, place: 1, file: "layer", desc: v1.Descriptor{Digest: hashOf(data), Size: int64(len(data))}, diffID: hashOf(data)}
}

// memory is the one blob of an image.
type memory struct{ data []byte }

func (m *memory) file(string) (*io.SectionReader, io.Closer, error) {
	return io.NewSectionReader(bytes.NewReader(m.data), 0, int64(len(m.data))), io.NopCloser(nil), nil
}

func (m *memory) Close() error { return nil }

// standardNames is what archive/tar lists.
func standardNames(t *testing.T, data []byte) []string {
	t.Helper()
	var names []string
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("archive/tar refuses it: %v", err)
		}
		names = append(names, fmt.Sprint(h.Name))
	}
}

func globalHeader(f *testing.F) []byte {
	f.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "x"}})
	if err = errors.Join(err, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 0}), w.Close()); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}
