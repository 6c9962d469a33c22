package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// debian downloads Debian packages, and returns their files by the package's name.
func debian(t *testing.T, names ...string) map[string]string {
	t.Helper()
	lack := func(why string) {
		t.Helper()
		if os.Getenv("CI") == "true" {
			t.Fatal(why)
		}
		t.Skip("skipped: ", why)
	}
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		lack("images are built of Debian packages with dpkg-deb, which is not here")
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "apt-get", append([]string{"download", "--quiet"}, names...)...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		lack("apt-get download " + strings.Join(names, " ") + ": " + string(text))
	}
	found := map[string]string{}
	for _, name := range names {
		found[name] = only(t, filepath.Join(dir, name+"_*.deb"))
	}
	return found
}

// TestImageDebian cuts the boto3 that Debian packages, each package a layer as dpkg has
// it, and has umoci unpack the image.
func TestImageDebian(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	names := []string{"python3-boto3", "python3-botocore", "python3-jmespath", "python3-s3transfer", "python3-dateutil", "python3-urllib3", "python3-six", "python3-requests", "python3-chardet", "python3-idna", "python3-certifi"}
	packages := debian(t, append(slices.Clone(names), "umoci")...)
	r := &reality{python: pyruntest.Need(t, "3.11")}
	img := &artifacttest.Image{
		Arch: "amd64", Config: map[string]any{"WorkingDir": "/srv/app", "Cmd": []string{"python3", "-m", "main"}},
		Layers: [][]byte{artifacttest.Layer(t, nil, map[string]string{"usr/bin/python3.11": "ELF", "usr/bin/python3": "-> python3.11", "bin": "-> usr/bin"})},
	}
	for _, name := range names {
		data, err := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", packages[name]).Output()
		if err != nil {
			t.Fatal(err)
		}
		img.Layers = append(img.Layers, data)
	}
	img.Layers = append(img.Layers, artifacttest.Layer(t, nil, map[string]string{"srv/app/main.py": queueHandler}))
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	artifacttest.WriteLayout(t, in, false, img)
	doc := slimImage(t, in, out, "--credentials", "environment")
	if doc.Boto.Botocore != "1.29.27" || !strings.HasPrefix(doc.Verify.Python, "3.11.") {
		t.Errorf("cut was %+v, in Python %s", doc.Boto, doc.Verify.Python)
	}
	layers := doc.Images[0]
	for k := range layers.Before {
		// Imports are deferred in boto3, botocore, jmespath, s3transfer, dateutil and urllib3.
		if changed := layers.Before[k] != layers.After[k]; changed != (k >= 1 && k <= 6) {
			t.Errorf("layer %d: %+v became %+v", k+1, layers.Before[k], layers.After[k])
		}
	}
	if layers.After[2].Size*2 > layers.Before[2].Size {
		t.Errorf("the layer with botocore went from %d to %d bytes", layers.Before[2].Size, layers.After[2].Size)
	}
	tree := unpackWith(t, packages["umoci"], out, dir)
	ours := filepath.Join(dir, "flat")
	artifacttest.Flatten(t, out, "", ours)
	sameFiles(t, ours, tree)
	runFlat(t, r, out, "usr/lib/python3/dist-packages")
}

// unpackWith has umoci unpack an image, and returns the folder of its files.
func unpackWith(t *testing.T, umoci, layout, dir string) string {
	t.Helper()
	tool, bundle := filepath.Join(dir, "umoci"), filepath.Join(dir, "bundle")
	if text, err := exec.CommandContext(t.Context(), "dpkg-deb", "-x", umoci, tool).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(tool, "usr/bin/umoci"), "unpack", "--rootless", "--image", layout+":amd64", bundle)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("umoci: %v: %s", err, text)
	}
	return filepath.Join(bundle, "rootfs")
}

// sameFiles holds two folders to the same regular files.
func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	count := 0
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		err := filepath.WalkDir(pair[0], func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			rel, err := filepath.Rel(pair[0], name)
			if err != nil {
				return err
			}
			x, err1 := os.ReadFile(name)
			y, err2 := os.ReadFile(filepath.Join(pair[1], rel))
			if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
				t.Errorf("%s: %v, %v, or it differs", rel, err1, err2)
			}
			count++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if count < 500 {
		t.Errorf("only %d files", count)
	}
}
