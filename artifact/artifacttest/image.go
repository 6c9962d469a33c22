package artifacttest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Layer makes the archive of a layer of an image: of folders on this machine, each by the
// place that it has in the image, and of files of which the text is given, "-> X" being
// a link. All have one time.
func Layer(t testing.TB, folders, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h *tar.Header, data []byte) {
		h.ModTime, h.Size = time.Unix(1_700_000_000, 0), int64(len(data))
		err := w.WriteHeader(h)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(folders)) {
		err := filepath.WalkDir(folders[place], func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(folders[place], name)
			if err != nil {
				return err
			}
			at := path.Join(place, filepath.ToSlash(rel))
			if e.IsDir() {
				add(&tar.Header{Typeflag: tar.TypeDir, Name: at + "/", Mode: 0o755}, nil)
				return nil
			}
			data, err := os.ReadFile(name)
			if err == nil {
				add(&tar.Header{Typeflag: tar.TypeReg, Name: at, Mode: 0o644}, data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch link, ok := strings.CutPrefix(files[name], "-> "); {
		case ok:
			add(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: link}, nil)
		case strings.HasSuffix(name, "/"):
			add(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}, nil)
		default:
			add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, []byte(files[name]))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Image is what an image is made of: its platform, "amd64" say, what its configuration
// holds below config, and its layers.
type Image struct {
	Arch   string
	Config map[string]any
	Layers [][]byte
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// config is the image's configuration.
func (i *Image) config(t testing.TB) []byte {
	var diffs []string
	var history []map[string]string
	for _, l := range i.Layers {
		diffs = append(diffs, digest(l))
		history = append(history, map[string]string{"created_by": "RUN something"})
	}
	return encode(t, map[string]any{
		"architecture": i.Arch, "os": "linux", "config": i.Config, "history": history,
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffs},
	})
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func encode(t testing.TB, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// WriteLayout writes images to a folder as an OCI layout. Each gets an attestation, as
// docker build makes them, if asked for.
func WriteLayout(t testing.TB, dir string, attested bool, images ...*Image) {
	t.Helper()
	blob := func(kind string, data []byte) descriptor {
		d := descriptor{MediaType: "application/vnd.oci.image." + kind, Digest: digest(data), Size: len(data)}
		Write(t, dir, map[string]string{"blobs/sha256/" + strings.TrimPrefix(d.Digest, "sha256:"): string(data)})
		return d
	}
	var list []descriptor
	for _, i := range images {
		var layers []descriptor
		for _, l := range i.Layers {
			layers = append(layers, blob("layer.v1.tar+gzip", gzipped(t, l)))
		}
		manifest := func(layers []descriptor, config []byte) descriptor {
			return blob("manifest.v1+json", encode(t, map[string]any{
				"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": blob("config.v1+json", config), "layers": layers,
			}))
		}
		d := manifest(layers, i.config(t))
		d.Platform = map[string]string{"os": "linux", "architecture": i.Arch}
		d.Annotations = map[string]string{"org.opencontainers.image.ref.name": i.Arch}
		list = append(list, d)
		if attested {
			a := manifest([]descriptor{blob("attestation", []byte("of "+d.Digest))}, []byte(`{"os":"unknown"}`))
			a.Platform = map[string]string{"os": "unknown", "architecture": "unknown"}
			a.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": d.Digest}
			list = append(list, a)
		}
	}
	Write(t, dir, map[string]string{
		"oci-layout": `{"imageLayoutVersion":"1.0.0"}`,
		"index.json": string(encode(t, map[string]any{"schemaVersion": 2, "manifests": list})),
	})
}

// gzipped is data as a layer has it.
func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ReadZip returns the files of a zip by their names.
func ReadZip(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

// WriteSaved writes an image as docker save did before version 25: with no manifest but
// manifest.json, and layers that are not compressed.
func WriteSaved(t testing.TB, name, tag string, i *Image) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	put := func(name string, data []byte) {
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, l := range i.Layers {
		names = append(names, strings.TrimPrefix(digest(l), "sha256:")+"/layer.tar")
		put(names[len(names)-1], l)
	}
	put("config.json", i.config(t))
	put("manifest.json", encode(t, []any{map[string]any{"Config": "config.json", "RepoTags": []string{tag}, "Layers": names}}))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Flatten writes the files that a container of an image in an OCI layout or a saved tarball
// sees to a folder. It applies the layers in the plainest way, and shares nothing with
// what it is to hold to account.
func Flatten(t testing.TB, image, platform, dir string) {
	t.Helper()
	read := reader(t, image)
	var manifests struct{ Manifests []descriptor }
	var manifest struct{ Layers []descriptor }
	decode(t, read("index.json"), &manifests)
	at := slices.IndexFunc(manifests.Manifests, func(d descriptor) bool {
		return platform == "" || d.Platform["architecture"] == platform
	})
	blob := func(d descriptor) []byte { return read("blobs/" + strings.Replace(d.Digest, ":", "/", 1)) }
	decode(t, blob(manifests.Manifests[at]), &manifest)
	for _, d := range manifest.Layers {
		apply(t, blob(d), dir)
	}
}

func decode(t testing.TB, data []byte, v any) {
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func reader(t testing.TB, image string) func(string) []byte {
	if info, err := os.Stat(image); err == nil && info.IsDir() {
		return func(name string) []byte {
			data, err := os.ReadFile(filepath.Join(image, filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
	}
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	each(t, bytes.NewReader(data), func(h *tar.Header, data []byte) { files[h.Name] = data })
	return func(name string) []byte { return files[name] }
}

func each(t testing.TB, r io.Reader, see func(h *tar.Header, data []byte)) {
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		var data []byte
		if err == nil {
			data, err = io.ReadAll(in)
		}
		if err != nil {
			t.Fatal(err)
		}
		see(h, data)
	}
}

// apply unpacks one layer over those below it.
func apply(t testing.TB, layer []byte, dir string) {
	var r io.Reader = bytes.NewReader(layer)
	if bytes.HasPrefix(layer, []byte("\x1f\x8b")) {
		var err error
		if r, err = gzip.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	unpacked, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	each(t, bytes.NewReader(unpacked), func(h *tar.Header, _ []byte) {
		folder := filepath.Dir(filepath.Join(dir, filepath.FromSlash(h.Name)))
		if hidden, whiteout := strings.CutPrefix(path.Base(h.Name), ".wh."); path.Base(h.Name) == ".wh..wh..opq" {
			err = os.RemoveAll(folder)
		} else if whiteout {
			err = os.RemoveAll(filepath.Join(folder, hidden))
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	each(t, bytes.NewReader(unpacked), func(h *tar.Header, data []byte) {
		if err := place(h, data, filepath.Join(dir, filepath.FromSlash(h.Name))); err != nil {
			t.Fatal(err)
		}
	})
}

// place writes one file or folder of a layer.
func place(h *tar.Header, data []byte, to string) error {
	switch {
	case strings.HasPrefix(path.Base(h.Name), ".wh."):
		return nil
	case h.Typeflag == tar.TypeDir:
		return os.MkdirAll(to, 0o755)
	case h.Typeflag != tar.TypeReg:
		return nil
	}
	err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.RemoveAll(to))
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err == nil {
		err = os.Chtimes(to, h.ModTime, h.ModTime)
	}
	return err
}
