package artifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// elaborate is a configuration with all that builders write, and what nobody knows yet.
const elaborate = `{
  "created": "2026-01-02T03:04:05.678901234Z", "author": "somebody", "architecture": "arm64", "os": "linux", "variant": "v8", "os.features": ["f"],
  "config": {
    "User": "app:app", "ExposedPorts": {"8080/tcp": {}}, "Env": ["PATH=/usr/local/bin", "EMPTY=", "A=1", "A=2"], "Entrypoint": ["/entry.sh"], "Cmd": ["python", "/app/main.py"],
    "Volumes": {"/data": {}}, "WorkingDir": "/app", "Labels": {"org.example": "<a> & b"}, "StopSignal": "SIGQUIT",
    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 30000000000}, "OnBuild": [], "Shell": ["/bin/bash", "-c"], "Unheard": {"of": [1, 2.50, 12345678901234567890]}
  },
  "history": [
    {"created": "2026-01-01T00:00:00Z", "created_by": "ADD rootfs.tar /"}, {"created_by": "ENV A=1", "empty_layer": true},
    {"created_by": "RUN pip install boto3", "comment": "buildkit.dockerfile.v0"}, {"created_by": "CMD [\"python\"]", "empty_layer": true}, {"created_by": "COPY app /app", "author": "x"}
  ],
  "moby.buildkit.buildinfo.v1": "e30=",
  "rootfs": {"type": "layers", "diff_ids": []}
}`

// keptLayout writes an image with an elaborate configuration, in the media types of OCI or
// of Docker.
func keptLayout(t *testing.T, dir string, docker bool, layers ...[]byte) {
	t.Helper()
	types := map[string]string{
		"index": "application/vnd.oci.image.index.v1+json", "manifest": "application/vnd.oci.image.manifest.v1+json",
		"config": "application/vnd.oci.image.config.v1+json", "layer": "application/vnd.oci.image.layer.v1.tar+gzip",
	}
	if docker {
		types = map[string]string{
			"index": "application/vnd.docker.distribution.manifest.list.v2+json", "manifest": "application/vnd.docker.distribution.manifest.v2+json",
			"config": "application/vnd.docker.container.image.v1+json", "layer": "application/vnd.docker.image.rootfs.diff.tar.gzip",
		}
	}
	blob := func(kind string, data []byte, more map[string]any) map[string]any {
		name := filepath.Join(dir, "blobs", "sha256", hashOf(data).Hex)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		d := map[string]any{"mediaType": types[kind], "digest": hashOf(data).String(), "size": len(data)}
		maps.Copy(d, more)
		return d
	}
	var config map[string]any
	decoder := json.NewDecoder(strings.NewReader(elaborate))
	decoder.UseNumber()
	if err := decoder.Decode(&config); err != nil {
		t.Fatal(err)
	}
	var diffs []string
	var list []any
	for k, l := range layers {
		diffs = append(diffs, hashOf(l).String())
		list = append(list, blob("layer", squeeze(t, l), map[string]any{"annotations": map[string]string{"org.example.layer": string(rune('a' + k))}}))
	}
	config["rootfs"] = map[string]any{"type": "layers", "diff_ids": diffs}
	manifest := blob("manifest", jsonOf(t, map[string]any{
		"schemaVersion": 2, "mediaType": types["manifest"], "config": blob("config", jsonOf(t, config), nil), "layers": list,
		"annotations": map[string]string{"org.opencontainers.image.revision": "abc"}, "unheard": true,
	}), map[string]any{"platform": map[string]any{"architecture": "arm64", "os": "linux", "variant": "v8"}, "annotations": map[string]string{"org.opencontainers.image.ref.name": "v1"}})
	index := map[string]any{"schemaVersion": 2, "mediaType": types["index"], "manifests": []any{manifest}, "annotations": map[string]string{"org.example.index": "kept"}}
	for name, data := range map[string][]byte{"index.json": jsonOf(t, index), "oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func squeeze(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// documents reads index, manifest and configuration of the first image, and makes all that
// may differ once a layer was cut the same, having taken it down.
func documents(t *testing.T, read func(name string) []byte) (docs []any, digests []string) {
	t.Helper()
	decode := func(data []byte) map[string]any {
		var v map[string]any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	follow := func(descriptor any) []byte {
		d := descriptor.(map[string]any)
		digest := d["digest"].(string)
		data := read("blobs/sha256/" + strings.TrimPrefix(digest, "sha256:"))
		if got := hashOf(data).String(); got != digest || d["size"] != json.Number(jsonOf(t, len(data))) {
			t.Errorf("%s of %v bytes is %s of %d", digest, d["size"], got, len(data))
		}
		d["digest"], d["size"] = "", 0
		digests = append(digests, digest)
		return data
	}
	index := decode(read("index.json"))
	manifest := decode(follow(index["manifests"].([]any)[0]))
	config := decode(follow(manifest["config"]))
	diffs := config["rootfs"].(map[string]any)["diff_ids"].([]any)
	for k, layer := range manifest["layers"].([]any) {
		z, err := gzip.NewReader(bytes.NewReader(follow(layer)))
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if diffs[k] != hashOf(unpacked).String() {
			t.Errorf("layer %d is %s and not %s as the configuration has it", k+1, hashOf(unpacked), diffs[k])
		}
		diffs[k] = ""
	}
	return []any{index, manifest, config}, digests
}

// TestImageKeeps cuts one of three layers, and holds everything else of index, manifest and
// configuration to what it was: the history with its empty layers, labels, environment,
// annotations, numbers as they were written, and keys that nobody knows.
func TestImageKeeps(t *testing.T) {
	layers := [][]byte{
		layerOf(t, "usr/local/bin/python3.13", "ELF"),
		layerOf(t, site+"botocore/__init__.py", "v", site+"botocore/data/ec2/s.json", "ec2", site+"botocore/data/s3/s.json", "s3"),
		layerOf(t, "app/main.py", "import boto3", site+"botocore/data/.wh.old", ""),
	}
	for _, docker := range []bool{false, true} {
		dir := t.TempDir()
		in := filepath.Join(dir, "in")
		keptLayout(t, in, docker, layers...)
		fromDir := func(dir string) func(string) []byte {
			return func(name string) []byte { return readFile(t, filepath.Join(dir, filepath.FromSlash(name))) }
		}
		was, digests := documents(t, fromDir(in))
		for _, name := range []string{"out", "out.tar"} {
			out := filepath.Join(dir, name)
			stageImage(t, in, out, Edits{site + "botocore/data/ec2/s.json": nil})
			read := fromDir(out)
			if strings.HasSuffix(name, ".tar") {
				files := tarFiles(t, out)
				read = func(name string) []byte { return files[name] }
			}
			is, now := documents(t, read)
			if !reflect.DeepEqual(was, is) {
				t.Errorf("docker %v, %s: it was\n%s\nand is\n%s", docker, name, jsonOf(t, was), jsonOf(t, is))
			}
			for k, what := range []string{"manifest", "configuration", "layer 1", "layer 2", "layer 3"} {
				if changed := k == 0 || k == 1 || k == 3; changed != (digests[k] != now[k]) {
					t.Errorf("docker %v, %s: %s was %s and is %s", docker, name, what, digests[k], now[k])
				}
			}
		}
	}
}

func tarFiles(t *testing.T, name string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(readFile(t, name))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestImagePlatformStays cuts one of two platforms: the other one's manifest, which shares
// a layer with it, stays the same to the byte.
func TestImagePlatformStays(t *testing.T) {
	boto := gzipLayer(t, layerOf(t, site+"botocore/__init__.py", "v", site+"botocore/data/ec2/s.json", "ec2"))
	shared := gzipLayer(t, layerOf(t, "app/main.py", "import boto3"))
	in := layoutOf(t, imageOf(t, v1.Config{WorkingDir: "/app"}, boto, shared), forPlatform(t, "linux/arm64", "app/main.py", "import boto3"))
	s, err := OpenImages(t.Context(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	cut := s.Images()[0].Package().With(Edits{site + "botocore/data/ec2/s.json": nil})
	out := filepath.Join(t.TempDir(), "out")
	staged, err := s.Stage(t.Context(), []*Artifact{cut, nil}, out, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	var before, after struct{ Manifests []struct{ Digest string } }
	for file, into := range map[string]any{in: &before, out: &after} {
		if err := json.Unmarshal(readFile(t, filepath.Join(file, "index.json")), into); err != nil {
			t.Fatal(err)
		}
	}
	if before.Manifests[0] == after.Manifests[0] || before.Manifests[1] != after.Manifests[1] {
		t.Errorf("%v became %v", before, after)
	}
	reread(t, out)
	if all := seen(t, out); slices.Contains(slices.Collect(maps.Keys(all)), site+"botocore/data/ec2/s.json") {
		t.Error("nothing was cut")
	}
}
