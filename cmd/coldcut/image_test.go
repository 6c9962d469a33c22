package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/report"
)

const queueHandler = "import boto3\n\ndef handler(event, context):\n    return boto3.client('sqs').list_queues()\n"

// TestImageLambda cuts the boto3 of a function in an image of Lambda's kind, whose
// runtime has one of its own.
func TestImageLambda(t *testing.T) {
	r := newReality(t, "", "boto3")
	img := &artifacttest.Image{
		Arch: "amd64",
		Config: map[string]any{
			"Env": []string{"LAMBDA_TASK_ROOT=/var/task", "PYTHONPATH=/var/runtime"}, "WorkingDir": "/var/task",
			"Entrypoint": []string{"/lambda-entrypoint.sh"}, "Cmd": []string{"app.handler"},
		},
		Layers: [][]byte{
			artifacttest.Layer(t, map[string]string{"var/runtime": r.installed}, map[string]string{
				"lambda-entrypoint.sh": "#!/bin/sh\n", "var/lang/bin/python" + r.python.Language(): "ELF", "var/runtime/bootstrap.py": "import os\n",
			}),
			artifacttest.Layer(t, map[string]string{"var/task": r.installed}, nil),
			artifacttest.Layer(t, nil, map[string]string{"var/task/app.py": queueHandler}),
		},
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "image.tar"), filepath.Join(dir, "out.tar")
	artifacttest.WriteSaved(t, in, "orders:1", img)
	doc := slimImage(t, in, out)
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
	if doc.Bytecode == nil || doc.Bytecode.Pythons[0].Version == "" {
		t.Errorf("nothing was compiled: %+v", doc.Bytecode)
	}
	if tags := loaded(t, out); !slices.Equal(tags, []string{"orders:1"}) {
		t.Errorf("docker load would call it %v", tags)
	}
	runFlat(t, r, out, "var/task")
	cut(t, "verify", in, out, "--services", "sqs")
	if text := cut(t, "scan", out); !strings.Contains(text, "var/task/app.py:4:12") {
		t.Errorf("a scan of the image says %s", text)
	}
}

// loaded are the tags of the one image in a tarball, as docker load reads them.
func loaded(t *testing.T, name string) []string {
	t.Helper()
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(name) })
	if err != nil || len(manifest) != 1 {
		t.Fatalf("%v: %v", manifest, err)
	}
	return manifest[0].RepoTags
}

// slimImage cuts an image, which must be proven, and returns the report.
func slimImage(t *testing.T, in, out string, args ...string) *report.Document {
	t.Helper()
	text := cut(t, append([]string{"slim", in, "-o", out, "--format", "json"}, args...)...)
	doc := &report.Document{}
	if err := json.Unmarshal([]byte(text), doc); err != nil {
		t.Fatal(err)
	}
	if doc.Verify == nil || doc.Verify.Same == 0 || doc.Verify.Differs != 0 {
		t.Errorf("not proven: %+v", doc.Verify)
	}
	return doc
}

// runFlat makes a client as the function would, and asks for one that is gone.
func runFlat(t *testing.T, r *reality, image, root string) {
	t.Helper()
	dir := t.TempDir()
	artifacttest.Flatten(t, image, "", dir)
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

// TestImagePlain cuts an image of the kind that python:3.X is, whose boto3 is in
// site-packages and was updated in a layer of its own.
func TestImagePlain(t *testing.T) {
	r := newReality(t, "", "boto3")
	old := filepath.Join(t.TempDir(), "old")
	if err := installTiny(old); err != nil {
		t.Fatal(err)
	}
	site := "usr/local/lib/python" + r.python.Language() + "/site-packages"
	img := &artifacttest.Image{
		Arch:   "amd64",
		Config: map[string]any{"Env": []string{"PATH=/usr/local/bin"}, "WorkingDir": "/app", "Cmd": []string{"python", "main.py"}},
		Layers: [][]byte{
			artifacttest.Layer(t, nil, map[string]string{"usr/local/bin/python" + r.python.Language(): "ELF", site + "/pip/__init__.py": "", "usr/local/lib/python" + r.python.Language() + "/os.py": "class broken("}),
			artifacttest.Layer(t, map[string]string{site: old}, nil),
			artifacttest.Layer(t, map[string]string{site: r.installed}, map[string]string{site + "/botocore/.wh.data": ""}),
			artifacttest.Layer(t, nil, map[string]string{"app/main.py": queueHandler, "app/.wh.old": ""}),
		},
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	artifacttest.WriteLayout(t, in, false, img)
	doc := slimImage(t, in, filepath.Join(dir, "out"))
	layers := doc.Images[0]
	if layers.Before[0] != layers.After[0] || layers.Before[3] != layers.After[3] || layers.After[2].Size*2 > layers.Before[2].Size {
		t.Errorf("%+v", layers)
	}
	runFlat(t, r, filepath.Join(dir, "out"), site)
}

// TestImagePlatforms cuts an index of two platforms that share layers, with attestations.
func TestImagePlatforms(t *testing.T) {
	dir := t.TempDir()
	installed := filepath.Join(dir, "installed")
	if err := installTiny(installed); err != nil {
		t.Fatal(err)
	}
	const site = "usr/local/lib/python3.13/site-packages"
	boto := artifacttest.Layer(t, map[string]string{site: installed}, nil)
	app := artifacttest.Layer(t, nil, map[string]string{"app/main.py": queueHandler})
	var images []*artifacttest.Image
	for _, arch := range []string{"amd64", "arm64"} {
		images = append(images, &artifacttest.Image{
			Arch: arch, Config: map[string]any{"WorkingDir": "/app", "Cmd": []string{"python", "main.py"}},
			Layers: [][]byte{artifacttest.Layer(t, nil, map[string]string{"usr/local/bin/python3.13": arch, "bin": "-> usr/bin"}), boto, app},
		})
	}
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	artifacttest.WriteLayout(t, in, true, images...)
	text := cut(t, "slim", in, "-o", out, "--no-verify", "--format", "json")
	var doc report.Document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(doc.Warnings, "\n"), "2 attestations") {
		t.Errorf("nothing is said of the attestations: %s", doc.Warnings)
	}
	if len(doc.Images) != 2 || doc.Images[0].Platform != "linux/amd64" || doc.Images[1].Platform != "linux/arm64" {
		t.Fatalf("%+v", doc.Images)
	}
	if a, b := doc.Images[0].After, doc.Images[1].After; a[1] != b[1] || a[1] == doc.Images[0].Before[1] || a[0] == b[0] {
		t.Errorf("the platforms shared the layer with boto3, and do not any more: %+v", doc.Images)
	}
	for name, args := range map[string][]string{"again": {out}, "again.tar": {out}} {
		again := filepath.Join(dir, name)
		cut(t, append([]string{"slim", "-o", again, "--no-verify"}, args...)...)
		third := filepath.Join(dir, name+".third")
		cut(t, "slim", again, "-o", third, "--no-verify")
		same(t, filepath.Join(out, "index.json"), filepath.Join(third, "index.json"))
	}
}

// TestImageRefusals asks for what cannot be done, or told.
func TestImageRefusals(t *testing.T) {
	dir := t.TempDir()
	installed := filepath.Join(dir, "installed")
	if err := installTiny(installed); err != nil {
		t.Fatal(err)
	}
	const site = "usr/local/lib/python3.13/site-packages"
	in := filepath.Join(dir, "in.tar")
	artifacttest.WriteSaved(t, in, "orders:1", &artifacttest.Image{
		Arch: "amd64", Config: map[string]any{"Cmd": []string{"/start.sh"}},
		Layers: [][]byte{artifacttest.Layer(t, map[string]string{site: installed}, map[string]string{"srv/jobs/run.py": queueHandler})},
	})
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"nothing tells where the code is", []string{in, "-o", "OUT.tar"}, exitGate, "image:/app"},
		{"the folder is named", []string{in, "-o", "OUT.tar", "--sources", "image:/srv/jobs"}, exitOK, ""},
		{"a folder without sources is named", []string{in, "-o", "OUT.tar", "--sources", "image:/etc"}, exitUsage, "no Python source in /etc"},
		{"a service is named", []string{in, "-o", "OUT.tar", "--keep", "sqs"}, exitOK, ""},
		{"in place", []string{in, "--in-place", "--keep", "sqs"}, exitUsage, "an image is cut to an image"},
		{"to a zip", []string{in, "-o", "OUT.zip", "--keep", "sqs"}, exitUsage, "an image is cut to an image"},
		{"a folder to an image", []string{installed, "-o", "OUT.tar", "--keep", "sqs"}, exitUsage, "only an image"},
		{"a folder of an image that is none", []string{installed, "-o", "OUT", "--sources", "image:/app"}, exitUsage, "is none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i, a := range test.args {
				test.args[i] = strings.Replace(a, "OUT", filepath.Join(t.TempDir(), "out"), 1)
			}
			stdout, stderr, code := coldcut(t, append([]string{"slim", "--no-verify"}, test.args...)...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d: %s%s", code, stdout, stderr)
			}
		})
	}
}
