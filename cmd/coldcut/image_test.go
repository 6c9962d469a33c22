package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
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

	"github.com/coldcut/coldcut/internal/report"
)

// tarTree makes a layer of folders on this machine, each below a place in the image, and
// of files of which the text is given. Times are fixed.
func tarTree(t *testing.T, trees map[string]string, files map[string]string) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(h *tar.Header, data []byte) {
		h.ModTime, h.Size = time.Unix(1_700_000_000, 0), int64(len(data))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range sorted(trees) {
		err := filepath.WalkDir(trees[place], func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(trees[place], name)
			if err != nil || e.IsDir() {
				if err == nil {
					add(&tar.Header{Typeflag: tar.TypeDir, Name: path.Join(place, filepath.ToSlash(rel)) + "/", Mode: 0o755}, nil)
				}
				return err
			}
			data, err := os.ReadFile(name)
			info, ierr := e.Info()
			if err != nil || ierr != nil {
				return err
			}
			add(&tar.Header{Typeflag: tar.TypeReg, Name: path.Join(place, filepath.ToSlash(rel)), Mode: int64(info.Mode().Perm())}, data)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range sorted(files) {
		if link, ok := strings.CutPrefix(files[name], "-> "); ok {
			add(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: link}, nil)
		} else {
			add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, []byte(files[name]))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return layerFrom(t, b.Bytes())
}

func layerFrom(t *testing.T, data []byte) v1.Layer {
	t.Helper()
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func image(t *testing.T, arch string, config v1.Config, layers ...v1.Layer) v1.Image {
	t.Helper()
	img := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	for _, l := range layers {
		var err error
		if img, err = mutate.Append(img, mutate.Addendum{Layer: l, History: v1.History{CreatedBy: "RUN something"}}); err != nil {
			t.Fatal(err)
		}
	}
	cf, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	cf = cf.DeepCopy()
	cf.Config, cf.OS, cf.Architecture = config, "linux", arch
	if img, err = mutate.ConfigFile(img, cf); err != nil {
		t.Fatal(err)
	}
	return img
}

// saved writes the image as docker save once did: no manifest but manifest.json.
func saved(t *testing.T, img v1.Image) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image.tar")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	put := func(name string, data []byte) {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	config, err := img.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	entry := map[string]any{"Config": "config.json", "RepoTags": []string{"orders:1"}}
	var names []string
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		id, err := l.DiffID()
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, id.Hex+"/layer.tar")
		put(id.Hex+"/layer.tar", data)
	}
	entry["Layers"] = names
	put("config.json", config)
	list, err := json.Marshal([]any{entry})
	if err != nil {
		t.Fatal(err)
	}
	put("manifest.json", list)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// flatten writes what a container of the image sees to a folder, by another reader of
// layers than ours.
func flatten(t *testing.T, img v1.Image, dir string) {
	t.Helper()
	r := mutate.Extract(img)
	defer func() { _ = r.Close() }()
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, filepath.FromSlash(h.Name)), string(data))
	}
}

const tinyHandler = "import boto3\n\ndef handler(event, context):\n    return boto3.client('sqs').list_queues()\n"

// TestImageLambda cuts the boto3 of a function in an image of Lambda's kind, whose
// runtime has one of its own.
func TestImageLambda(t *testing.T) {
	r := newReality(t, "", "boto3")
	base := tarTree(t, map[string]string{"var/runtime": r.installed}, map[string]string{
		"lambda-entrypoint.sh": "#!/bin/sh\n", "var/lang/bin/python" + r.python.Language(): "ELF", "var/runtime/bootstrap.py": "import app\n",
	})
	deps := tarTree(t, map[string]string{"var/task": r.installed}, nil)
	app := tarTree(t, nil, map[string]string{"var/task/app.py": "import boto3\n\ndef handler(event, context):\n    return boto3.client('sqs').list_queues()\n"})
	config := v1.Config{
		Env: []string{"LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime"}, WorkingDir: "/var/task",
		Entrypoint: []string{"/lambda-entrypoint.sh"}, Cmd: []string{"app.handler"},
	}
	img := image(t, "amd64", config, base, deps, app)
	in := saved(t, img)
	out := filepath.Join(t.TempDir(), "out.tar")
	text := cut(t, "slim", in, "-o", out, "--format", "json")
	var doc report.Document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Verify == nil || doc.Verify.Same == 0 || doc.Verify.Differs != 0 {
		t.Errorf("not proven: %+v", doc.Verify)
	}
	layers := doc.Images[0]
	if layers.Before[0] != layers.After[0] || layers.Before[2] != layers.After[2] {
		t.Errorf("layers changed that boto is not in: %+v", layers)
	}
	if layers.After[1].Size*2 > layers.Before[1].Size {
		t.Errorf("the layer with boto3 shrank from %d to %d bytes only", layers.Before[1].Size, layers.After[1].Size)
	}
	if all := strings.Join(doc.Warnings, "\n"); !strings.Contains(all, "/var/runtime/botocore is never imported") {
		t.Errorf("nothing is said of the runtime's own: %s", all)
	}
	slim, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(slim); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	flatten(t, slim, dir)
	runFlat(t, r, dir, "var/task")
	cut(t, "verify", in, out, "--services", "sqs")
	if text := cut(t, "scan", out); !strings.Contains(text, "var/task/app.py:4:12") {
		t.Errorf("a scan of the image says %s", text)
	}
}

// runFlat makes a client as the function would, and asks for one that is gone.
func runFlat(t *testing.T, r *reality, dir, root string) {
	t.Helper()
	program := "import boto3, os\n" +
		"assert 'list_queues' in dir(boto3.client('sqs', region_name='us-east-1'))\n" +
		"try:\n    boto3.client('ec2', region_name='us-east-1')\nexcept Exception as e:\n    print(type(e).__name__, os.path.relpath(boto3.__file__))\n"
	cmd := exec.Command(r.python.Path, "-S", "-c", program)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(dir, root), "PYTHONDONTWRITEBYTECODE=1")
	text, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(text), "UnknownServiceError "+filepath.Join(root, "boto3")) {
		t.Errorf("%v: %s", err, text)
	}
}

// TestImagePlatforms cuts an index of two platforms that share layers, with attestations.
func TestImagePlatforms(t *testing.T) {
	dir := t.TempDir()
	installed := filepath.Join(dir, "installed")
	if err := installTiny(installed); err != nil {
		t.Fatal(err)
	}
	const site = "usr/local/lib/python3.13/site-packages"
	base := func(arch string) v1.Layer {
		return tarTree(t, nil, map[string]string{"usr/local/bin/python3.13": arch, "bin": "-> usr/bin"})
	}
	boto := tarTree(t, map[string]string{site: installed}, nil)
	app := tarTree(t, nil, map[string]string{"app/main.py": tinyHandler})
	config := v1.Config{WorkingDir: "/app", Cmd: []string{"python", "main.py"}}
	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range []string{"amd64", "arm64"} {
		img := image(t, arch, config, base(arch), boto, app)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		attestation := image(t, "unknown", v1.Config{}, tarTree(t, nil, map[string]string{"sbom": arch}))
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: attestation, Descriptor: v1.Descriptor{
			Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
			Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest.String()},
		}})
	}
	in := filepath.Join(dir, "in")
	if _, err := layout.Write(in, index); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	text := cut(t, "slim", in, "-o", out, "--no-verify")
	if !strings.Contains(text, "attestations") {
		t.Errorf("nothing is said of the attestations: %s", text)
	}
	slim, err := layout.ImageIndexFromPath(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(slim); err != nil {
		t.Error(err)
	}
	im, err := slim.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(im.Manifests) != 2 || im.Manifests[0].Platform.Architecture != "amd64" || im.Manifests[1].Platform.Architecture != "arm64" {
		t.Fatalf("the index has %+v", im.Manifests)
	}
	var shared v1.Hash
	for _, d := range im.Manifests {
		img, err := slim.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := img.Layers()
		if err != nil {
			t.Fatal(err)
		}
		digest, err := layers[1].Digest()
		if err != nil {
			t.Fatal(err)
		}
		if shared != (v1.Hash{}) && digest != shared {
			t.Errorf("the platforms shared the layer with boto3, and do not any more: %s, %s", shared, digest)
		}
		shared = digest
	}
	again := filepath.Join(dir, "again.tar")
	cut(t, "slim", out, "-o", again, "--no-verify")
	twice, err := os.ReadFile(filepath.Join(out, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	cut(t, "slim", again, "-o", filepath.Join(dir, "third"), "--no-verify")
	third, err := os.ReadFile(filepath.Join(dir, "third", "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(twice, third) {
		t.Errorf("cutting again changed the image:\n%s\n%s", twice, third)
	}
}
