package artifact

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/klauspost/compress/zstd"
)

// layerOf makes the archive of a layer. A name that ends in a slash is a folder, a
// content "-> X" a symbolic link, "=> X" a hard one.
func layerOf(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		name, data := entries[i], entries[i+1]
		h := &tar.Header{Name: name, Mode: 0o640, Uid: 7, Gid: 8, ModTime: time.Unix(1_600_000_000, 0), Size: int64(len(data)), Typeflag: tar.TypeReg}
		switch {
		case strings.HasSuffix(name, "/"):
			h.Typeflag, h.Mode = tar.TypeDir, 0o750
		case strings.HasPrefix(data, "-> "):
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, data[3:], 0
		case strings.HasPrefix(data, "=> "):
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, data[3:], 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipLayer(t testing.TB, data []byte) v1.Layer {
	t.Helper()
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func zstdLayer(t testing.TB, data []byte) v1.Layer {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := w.EncodeAll(data, nil)
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed)), nil }, tarball.WithMediaType(types.OCILayerZStd))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func imageOf(t testing.TB, config v1.Config, layers ...v1.Layer) v1.Image {
	t.Helper()
	img := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	for _, l := range layers {
		var err error
		if img, err = mutate.Append(img, mutate.Addendum{Layer: l, History: v1.History{CreatedBy: "a test"}}); err != nil {
			t.Fatal(err)
		}
	}
	cf, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	cf = cf.DeepCopy()
	cf.Config, cf.OS, cf.Architecture = config, "linux", "amd64"
	if img, err = mutate.ConfigFile(img, cf); err != nil {
		t.Fatal(err)
	}
	return img
}

func layoutOf(t testing.TB, images ...v1.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		if err := p.AppendImage(i); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// reread opens an output with a library that shares nothing with what wrote it, and
// holds all digests to what they are of.
func reread(t testing.TB, out string, opts ...validate.Option) v1.Image {
	t.Helper()
	var img v1.Image
	if strings.HasSuffix(out, ".tar") {
		var err error
		if img, err = tarball.ImageFromPath(out, nil); err != nil {
			t.Fatal(err)
		}
	} else {
		index, err := layout.ImageIndexFromPath(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(index, opts...); err != nil {
			t.Fatal(err)
		}
		im, err := index.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		if img, err = index.Image(im.Manifests[0].Digest); err != nil {
			t.Fatal(err)
		}
	}
	if err := validate.Image(img, opts...); err != nil {
		t.Fatal(err)
	}
	return img
}

// seen lists what an image holds once its layers are applied, by our own reading.
func seen(t testing.TB, path string) map[string]string {
	t.Helper()
	s, err := OpenImages(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	i := s.Images()[0]
	all := map[string]string{}
	i.tree.each("", i.tree.root, func(at string, n *imageNode) {
		switch n.kind {
		case dirEntry:
			all[at+"/"] = ""
		case linkEntry:
			all[at] = "-> " + i.tree.entry(n).link
		default:
			all[at] = contentOf(t, i, n.content)
		}
	})
	return all
}

func contentOf(t testing.TB, i *Image, ref contentRef) string {
	t.Helper()
	var budget, got = newBudget(), ""
	err := i.layers[ref.layer].walk(budget, func(n int, _ *rawTarEntry, data *rawTar) error {
		if n != ref.entry {
			return nil
		}
		b, err := io.ReadAll(data)
		got = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

const site = "usr/local/lib/python3.13/site-packages/"

// TestImageEdits cuts images with every kind of entry that layers have, and reads what
// was written with another library.
func TestImageEdits(t *testing.T) {
	base := []string{"usr/", "", "usr/local/", "", "bin", "-> usr/bin", site + "pip/__init__.py", "pip"}
	boto := []string{
		site, "", site + "botocore/", "", site + "botocore/__init__.py", "v=1", site + "botocore/data/", "",
		site + "botocore/data/ec2/", "", site + "botocore/data/ec2/s.json", "ec2", site + "botocore/data/s3/s.json", "s3",
	}
	app := []string{"app/", "", "app/main.py", "import boto3"}
	tests := []struct {
		name   string
		layers [][]string
		edits  Edits
		// same counts the layers from the lowest on that must keep their digests.
		same []int
		want map[string]string
		gone []string
	}{
		{
			name: "a file and its folder go", layers: [][]string{base, boto, app},
			edits: Edits{site + "botocore/data/ec2/s.json": nil, site + "botocore/data/s3/s.json": []byte("cut")},
			same:  []int{0, 2}, want: map[string]string{site + "botocore/data/s3/s.json": "cut", "app/main.py": "import boto3"},
			gone: []string{site + "botocore/data/ec2/s.json", site + "botocore/data/ec2/"},
		},
		{
			name: "a file that is there twice goes twice", layers: [][]string{base, boto, {site + "botocore/data/ec2/s.json", "newer"}, app},
			edits: Edits{site + "botocore/data/ec2/s.json": nil},
			same:  []int{0, 3}, gone: []string{site + "botocore/data/ec2/s.json", site + "botocore/data/ec2/"},
		},
		{
			name: "what an opaque folder hides stays hidden", layers: [][]string{base, boto, {site + "botocore/data/ec2/", "", site + "botocore/data/ec2/.wh..wh..opq", "", site + "botocore/data/ec2/t.json", "t"}},
			edits: Edits{site + "botocore/data/ec2/t.json": nil},
			same:  []int{0}, gone: []string{site + "botocore/data/ec2/s.json", site + "botocore/data/ec2/t.json", site + "botocore/data/ec2/"},
		},
		{
			name: "a whiteout stays", layers: [][]string{base, boto, {site + "botocore/data/ec2/.wh.s.json", "", "x/y", "1"}},
			edits: Edits{site + "botocore/data/s3/s.json": nil},
			same:  []int{0, 2}, gone: []string{site + "botocore/data/ec2/s.json", site + "botocore/data/s3/s.json"},
			want: map[string]string{"x/y": "1"},
		},
		{
			name: "what a step of its own deleted weighs no more", layers: [][]string{base, append(slices.Clone(boto), "srv/a", "=> "+site+"botocore/data/ec2/s.json"), {site + "botocore/data/.wh.ec2", ""}, boto[:6]},
			edits: Edits{site + "botocore/data/s3/s.json": []byte("cut")}, same: []int{0, 2, 3},
			want: map[string]string{"srv/a": "ec2", site + "botocore/data/s3/s.json": "cut"}, gone: []string{site + "botocore/data/ec2/"},
		},
		{
			name: "a hard link keeps the content", layers: [][]string{base, append(slices.Clone(boto), "srv/a", "=> "+site+"botocore/data/ec2/s.json", "srv/b", "=> "+site+"botocore/data/ec2/s.json", "srv/c", "=> srv/a"), app},
			edits: Edits{site + "botocore/data/ec2/s.json": nil}, same: []int{0, 2},
			want: map[string]string{"srv/a": "ec2", "srv/b": "ec2", "srv/c": "ec2"}, gone: []string{site + "botocore/data/ec2/s.json"},
		},
		{
			name: "a hard link keeps the content that is cut", layers: [][]string{base, append(slices.Clone(boto), "srv/a", "=> "+site+"botocore/data/ec2/s.json")},
			edits: Edits{site + "botocore/data/ec2/s.json": []byte("cut")}, same: []int{0},
			want: map[string]string{"srv/a": "ec2", site + "botocore/data/ec2/s.json": "cut"},
		},
		{
			name: "a hard link that goes leaves the content", layers: [][]string{base, append(slices.Clone(boto), site+"botocore/data/x/h.json", "=> "+site+"botocore/data/ec2/s.json", "srv/c", "=> "+site+"botocore/data/x/h.json")},
			edits: Edits{site + "botocore/data/x/h.json": nil}, same: []int{0},
			want: map[string]string{"srv/c": "ec2", site + "botocore/data/ec2/s.json": "ec2"}, gone: []string{site + "botocore/data/x/h.json"},
		},
		{
			name: "a hard link from another layer holds the file", layers: [][]string{base, boto, {"srv/a", "=> " + site + "botocore/data/ec2/s.json"}},
			edits: Edits{site + "botocore/data/s3/s.json": nil}, same: []int{0, 2},
			want: map[string]string{"srv/a": "ec2", site + "botocore/data/ec2/s.json": "ec2"},
		},
		{
			name: "a symbolic link gets the content", layers: [][]string{base, boto, {"srv/models.json", "-> /" + site + "botocore/data/ec2/s.json"}},
			edits: Edits{site + "botocore/data/ec2/s.json": nil}, same: []int{0},
			want: map[string]string{"srv/models.json": "ec2"}, gone: []string{site + "botocore/data/ec2/s.json"},
		},
		{
			name: "a file is added beside others", layers: [][]string{base, boto, app},
			edits: Edits{site + "botocore/__pycache__/x.pyc": []byte("code"), site + "botocore/data/ec2/s.json": nil, site + "coldcut.lock": []byte("lock")}, same: []int{0, 2},
			want: map[string]string{site + "botocore/__pycache__/x.pyc": "code", site + "coldcut.lock": "lock"},
		},
		{
			name: "a file is added where a layer took the folder away", layers: [][]string{base, append(slices.Clone(boto), site+"botocore/__pycache__/old.pyc", "old"), {site + "botocore/.wh.__pycache__", ""}, app},
			edits: Edits{site + "botocore/__pycache__/x.pyc": []byte("code")}, same: []int{0, 1, 3},
			want: map[string]string{site + "botocore/__pycache__/x.pyc": "code"}, gone: []string{site + "botocore/__pycache__/old.pyc"},
		},
		{
			name: "layers reach folders through links", layers: [][]string{append(slices.Clone(base), "py", "-> /usr/local/lib/python3.13"), boto, {"py/site-packages/botocore/data/ec2/s.json", "newer"}, app},
			edits: Edits{site + "botocore/data/ec2/s.json": nil, site + "botocore/data/s3/s.json": []byte("cut")}, same: []int{0, 3},
			want: map[string]string{site + "botocore/data/s3/s.json": "cut"}, gone: []string{site + "botocore/data/ec2/s.json"},
		},
	}
	pack := map[string]func(testing.TB, []byte) v1.Layer{"gzip": gzipLayer, "zstd": zstdLayer}
	for _, test := range tests {
		for packing, layer := range pack {
			t.Run(test.name+"/"+packing, func(t *testing.T) {
				var layers []v1.Layer
				for _, entries := range test.layers {
					layers = append(layers, layer(t, layerOf(t, entries...)))
				}
				in := layoutOf(t, imageOf(t, v1.Config{WorkingDir: "/app"}, layers...))
				for _, name := range []string{"out", "out.tar"} {
					out := filepath.Join(t.TempDir(), name)
					stageImage(t, in, out, test.edits)
					var opts []validate.Option
					if packing == "zstd" {
						opts = append(opts, validate.Fast) // it takes all layers for gzip; reading them again holds them too
					}
					img := reread(t, out, opts...)
					holdLayers(t, img, layers, test.same)
					all := seen(t, out)
					for at, want := range test.want {
						if got, ok := all[at]; !ok || got != want {
							t.Errorf("%s is %q, not %q", at, got, want)
						}
					}
					for _, at := range test.gone {
						if _, there := all[at]; there {
							t.Errorf("%s is still there", at)
						}
					}
					holdRest(t, seen(t, in), all, test.edits, test.want, test.gone)
				}
			})
		}
	}
}

// holdRest holds that nothing else in the image changed.
func holdRest(t *testing.T, before, after map[string]string, edits Edits, want map[string]string, gone []string) {
	t.Helper()
	for at, data := range before {
		_, edited := edits[at]
		_, wanted := want[at]
		if strings.HasSuffix(at, "/") && !slices.ContainsFunc(slices.Collect(maps.Keys(after)), func(f string) bool { return strings.HasPrefix(f, at) }) {
			continue // emptied
		}
		if now, there := after[at]; !edited && !wanted && !slices.Contains(gone, at) && (!there || now != data) {
			t.Errorf("%s was %q and is %q", at, data, now)
		}
	}
}

func stageImage(t testing.TB, in, out string, edits Edits) {
	t.Helper()
	s, err := OpenImages(t.Context(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var slim []*Artifact
	for _, i := range s.Images() {
		slim = append(slim, i.Package().With(edits))
	}
	staged, err := s.Stage(t.Context(), slim, out, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
}

func holdLayers(t *testing.T, img v1.Image, layers []v1.Layer, same []int) {
	t.Helper()
	now, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if len(now) != len(layers) {
		t.Fatalf("%d layers, not %d", len(now), len(layers))
	}
	for k := range layers {
		was, err1 := layers[k].Digest()
		is, err2 := now[k].Digest()
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(same, k) != (was == is) {
			t.Errorf("layer %d: %s became %s", k, was, is)
		}
	}
	cf, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if cf.Config.WorkingDir != "/app" || len(cf.History) != len(layers) || cf.History[0].CreatedBy != "a test" {
		t.Errorf("the configuration changed: %+v", cf)
	}
}

// TestImagePartial cuts what docker save writes of an image of which one platform was
// pulled: the index lists others that are not there.
func TestImagePartial(t *testing.T) {
	here := imageOf(t, v1.Config{WorkingDir: "/app"}, gzipLayer(t, layerOf(t, site+"botocore/__init__.py", "v", site+"botocore/data/ec2/s.json", "ec2")))
	gone := imageOf(t, v1.Config{WorkingDir: "/app"}, gzipLayer(t, layerOf(t, "other", "1")))
	in, out := layoutOf(t, gone, here), filepath.Join(t.TempDir(), "out")
	digest, err := gone.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(in, "blobs", "sha256", digest.Hex)); err != nil {
		t.Fatal(err)
	}
	stageImage(t, in, out, Edits{site + "botocore/data/ec2/s.json": nil})
	index, err := layout.ImageIndexFromPath(out)
	if err != nil {
		t.Fatal(err)
	}
	im, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Manifests) != 2 || im.Manifests[0].Digest != digest {
		t.Errorf("the index lists %+v", im.Manifests)
	}
	img, err := index.Image(im.Manifests[1].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Error(err)
	}
}

// TestImageDeterministic writes the same image twice.
func TestImageDeterministic(t *testing.T) {
	in := layoutOf(t, imageOf(t, v1.Config{}, gzipLayer(t, layerOf(t, site+"botocore/__init__.py", "v", site+"botocore/data/ec2/s.json", strings.Repeat("ec2", 1000)))))
	dir := t.TempDir()
	var made [][]byte
	for _, name := range []string{"a.tar", "b.tar"} {
		stageImage(t, in, filepath.Join(dir, name), Edits{site + "botocore/data/ec2/s.json": nil, site + "a": []byte("1"), site + "b/c": []byte("2")})
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, data)
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("the same image was written in two ways")
	}
	out := filepath.Join(dir, "as-is")
	s, err := OpenImages(t.Context(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	staged, err := s.Stage(t.Context(), []*Artifact{nil}, out, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	was, is := readFile(t, filepath.Join(in, "index.json")), readFile(t, filepath.Join(out, "index.json"))
	if !bytes.Equal(was, is) {
		t.Errorf("an image that is not cut changed: %s\n%s", was, is)
	}
}
