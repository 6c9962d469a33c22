package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/report"
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

// debianBoto are Debian's boto3 and what it requires.
var debianBoto = []string{"python3-boto3", "python3-botocore", "python3-jmespath", "python3-s3transfer", "python3-dateutil", "python3-urllib3", "python3-six", "python3-requests", "python3-chardet", "python3-idna", "python3-certifi"}

// fsys is the archive of a Debian package's files.
func fsys(t *testing.T, deb string) []byte {
	t.Helper()
	data, err := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", deb).Output()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// moved is one layer of the files of several archives, those below one folder, which lie
// below another one there.
func moved(t *testing.T, from, to string, archives ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	made := map[string]bool{}
	for _, data := range archives {
		for r := tar.NewReader(bytes.NewReader(data)); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			name, ok := strings.CutPrefix(strings.TrimPrefix(h.Name, "./"), from)
			if !ok || made[name] || h.Typeflag == tar.TypeLink {
				continue
			}
			made[name] = true
			h.Name = to + name
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(w, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lambdaBase are the layers of an image as AWS makes its base images for Python 3.11: the
// interpreter in /var/lang, with a boto3 among its packages, and the runtime's program. The
// interpreter and that boto3 are Debian's.
//
// Source: the Dockerfiles in the branches of github.com/aws/aws-lambda-base-images, and
// sys.path of functions.
func lambdaBase(t *testing.T) (layers [][]byte, config map[string]any) {
	t.Helper()
	interpreter := []string{"python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"}
	packages := debian(t, slices.Concat(interpreter, debianBoto)...)
	var python, boto [][]byte
	for _, name := range interpreter {
		python = append(python, fsys(t, packages[name]))
	}
	for _, name := range debianBoto {
		boto = append(boto, fsys(t, packages[name]))
	}
	layers = [][]byte{
		artifacttest.Layer(t, nil, map[string]string{"lambda-entrypoint.sh": "#!/bin/sh\n", "usr/local/bin/aws-lambda-rie": "ELF", "opt/": "", "var/task/": "", "usr/lib/python2.7/site-packages/yum/__init__.py": "print 'Amazon Linux 2'\n"}),
		moved(t, "usr/", "var/lang/", python...),
		moved(t, "usr/lib/python3/dist-packages/", "var/lang/lib/python3.11/site-packages/", boto...),
		artifacttest.Layer(t, nil, map[string]string{"var/runtime/bootstrap": "#!/bin/sh\n", "var/runtime/bootstrap.py": "import os\n"}),
	}
	return layers, map[string]any{
		"Env": []string{
			"LANG=en_US.UTF-8", "TZ=:/etc/localtime", "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
			"LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
			"LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime",
		},
		"WorkingDir": "/var/task", "Entrypoint": []string{"/lambda-entrypoint.sh"}, "Cmd": []string{"app.handler"},
	}
}

// TestImageLambdaBase cuts functions in images on a base image of Lambda's: one that
// brings its own boto3, and one that has the runtime's. The image's own interpreter then
// imports from the folders that Lambda's does.
func TestImageLambdaBase(t *testing.T) {
	slowly(t)
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	base, config := lambdaBase(t)
	python := pyruntest.Need(t, "3.11")
	installed := pyruntest.Install(t, python, "boto3")
	const lang = "var/lang/lib/python3.11/site-packages"
	app := artifacttest.Layer(t, nil, map[string]string{"var/task/app.py": queueHandler})
	tests := []struct {
		name    string
		layers  [][]byte
		changed int // the layer with the boto3 that the function imports
		from    string
		warns   string
	}{
		{"own", [][]byte{artifacttest.Layer(t, map[string]string{"var/task": installed}, nil), app}, 4, "var/task", "/" + lang + "/botocore is never imported, since /var/task/botocore comes first on Lambda's path"},
		{"runtime", [][]byte{app}, 2, lang, "/" + lang + " lies where Lambda's base image has its own"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
			artifacttest.WriteLayout(t, in, false, &artifacttest.Image{Arch: "amd64", Config: config, Layers: slices.Concat(base, test.layers)})
			doc := slimImage(t, in, out)
			layers := doc.Images[0]
			for k := range layers.Before {
				if changed := layers.Before[k] != layers.After[k]; changed != (k == test.changed) {
					t.Errorf("layer %d: %+v became %+v", k+1, layers.Before[k], layers.After[k])
				}
			}
			if layers.After[test.changed].Size*2 > layers.Before[test.changed].Size {
				t.Errorf("the layer went from %d to %d bytes", layers.Before[test.changed].Size, layers.After[test.changed].Size)
			}
			if all := strings.Join(doc.Warnings, "\n"); !strings.Contains(all, test.warns) {
				t.Errorf("nothing is said of the runtime's own: %s", all)
			}
			if !strings.HasPrefix(doc.Verify.Python, "3.11.") || doc.Credentials != "environment" {
				t.Errorf("proven in Python %s, with credentials from %s", doc.Verify.Python, doc.Credentials)
			}
			runInside(t, out, test.from)
		})
	}
}

// runInside has the interpreter of an image of Lambda's kind make a client as the
// function would, and ask for one that is gone.
func runInside(t *testing.T, image, from string) {
	t.Helper()
	dir := t.TempDir()
	artifacttest.Flatten(t, image, "", dir)
	python := filepath.Join(dir, "var/lang/bin/python3.11")
	if err := os.Chmod(python, 0o755); err != nil {
		t.Fatal(err)
	}
	program := "import app, boto3, os, sys\n" +
		"assert 'list_queues' in dir(boto3.client('sqs', region_name='us-east-1'))\n" +
		"try:\n    boto3.client('ec2', region_name='us-east-1')\nexcept Exception as e:\n    print(type(e).__name__, boto3.__file__, os.__file__)\n"
	cmd := exec.CommandContext(t.Context(), python, "-c", program)
	cmd.Dir = filepath.Join(dir, "var/task")
	cmd.Env = []string{
		"PYTHONHOME=" + filepath.Join(dir, "var/lang"), "PYTHONDONTWRITEBYTECODE=1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"PYTHONPATH=" + strings.Join([]string{
			filepath.Join(dir, "var/task"), filepath.Join(dir, "opt/python/lib/python3.11/site-packages"), filepath.Join(dir, "opt/python"),
			filepath.Join(dir, "var/lang/lib/python3.11/site-packages"), filepath.Join(dir, "var/runtime"),
		}, ":"),
	}
	text, err := cmd.CombinedOutput()
	want := "UnknownServiceError " + filepath.Join(dir, from, "boto3/__init__.py") + " " + filepath.Join(dir, "var/lang/lib/python3.11/os.py") + "\n"
	if err != nil || string(text) != want {
		t.Errorf("%v: %s, not %s", err, text, want)
	}
}

// TestImageTools cuts an image of the kind that python:3.13 is: built for the program is a
// Python in /usr/local, and Debian's own is there as well, for mercurial, whose code reads
// as if it could ask for any service.
func TestImageTools(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	packages := debian(t, "mercurial-common")
	dir := t.TempDir()
	installed, in := filepath.Join(dir, "installed"), filepath.Join(dir, "in")
	if err := installTiny(installed); err != nil {
		t.Fatal(err)
	}
	layers := [][]byte{
		fsys(t, packages["mercurial-common"]),
		artifacttest.Layer(t, map[string]string{"usr/local/lib/python3.13/site-packages": installed}, map[string]string{"usr/local/bin/python3.13": "ELF", "usr/bin/python3.11": "ELF"}),
		artifacttest.Layer(t, nil, map[string]string{"usr/src/app/main.py": queueHandler}),
	}
	artifacttest.WriteLayout(t, in, false, &artifacttest.Image{Arch: "amd64", Config: map[string]any{"WorkingDir": "/usr/src/app", "Cmd": []string{"python", "main.py"}}, Layers: layers})
	const note = "/usr/lib/python3/dist-packages is of the system's Python"
	if text := cut(t, "slim", in, "-o", filepath.Join(dir, "out"), "--no-verify"); !strings.Contains(text, note) {
		t.Errorf("nothing is said of Debian's packages: %s", text)
	}
	if text := cut(t, "scan", in); !strings.Contains(text, note) || strings.Contains(text, "mercurial") {
		t.Errorf("a scan says %s", text)
	}

	// Where the program has no Python of its own, it is Debian's, and nothing is left out.
	layers[1] = artifacttest.Layer(t, map[string]string{"srv/lib": installed}, map[string]string{"usr/bin/python3.11": "ELF"})
	in = filepath.Join(dir, "system")
	artifacttest.WriteLayout(t, in, false, &artifacttest.Image{Arch: "amd64", Config: map[string]any{"WorkingDir": "/usr/src/app", "Env": []string{"PYTHONPATH=/srv/lib"}, "Cmd": []string{"python3", "main.py"}}, Layers: layers})
	if stdout, stderr, code := coldcut(t, "slim", in, "-o", filepath.Join(dir, "refused"), "--no-verify"); code != exitGate || !strings.Contains(stdout, "mercurial/") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}

// TestImageTwo cuts an image with two botocores, Debian's and one of a virtual
// environment: each is proven, and the report sums up both. Debian's packages have no
// RECORD, so six is read as the program's own code, which may ask for any operation, also
// for those that the older botocore does not have.
func TestImageTwo(t *testing.T) {
	slowly(t)
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	packages := debian(t, debianBoto...)
	installed := pyruntest.Install(t, pyruntest.Need(t, "3.11"), "boto3")
	var system [][]byte
	for _, name := range debianBoto {
		system = append(system, fsys(t, packages[name]))
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	const venv = "srv/venv/lib/python3.11/site-packages"
	artifacttest.WriteLayout(t, in, false, &artifacttest.Image{
		Arch: "amd64", Config: map[string]any{"WorkingDir": "/app", "Cmd": []string{"/srv/venv/bin/python", "main.py"}},
		Layers: [][]byte{
			artifacttest.Layer(t, nil, map[string]string{"usr/bin/python3.11": "ELF"}), moved(t, "usr/", "usr/", system...),
			artifacttest.Layer(t, map[string]string{venv: installed}, map[string]string{"app/main.py": queueHandler}),
		},
	})
	doc := slimImage(t, in, out, "--credentials", "environment")
	versions := strings.Split(doc.Verify.Botocore, ", ")
	if len(versions) != 2 || versions[1] != "1.29.27" {
		t.Errorf("proven were %s", doc.Verify.Botocore)
	}
	text := cut(t, "verify", in, out, "--services", "sqs", "--format", "json")
	both := &report.Document{}
	if err := json.Unmarshal([]byte(text), both); err != nil {
		t.Fatal(err)
	}
	if both.Verify.Botocore != doc.Verify.Botocore || both.Verify.Differs != 0 || !slices.Equal(both.Services["sqs"], operations(t, installed, "sqs")) {
		t.Errorf("%s, %d differ, of %v", both.Verify.Botocore, both.Verify.Differs, both.Services)
	}
}

// operations are those of a service, by name, as the botocore in a folder has them.
func operations(t *testing.T, dir, service string) (names []string) {
	t.Helper()
	a, err := artifact.Open(dir, artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll([]*artifact.Artifact{a})
	found, err := boto.Find(a)
	if err != nil {
		t.Fatal(err)
	}
	of, err := boto.CatalogOf(found).Service(service)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range of.Operations {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	return names
}

// TestImageDebian cuts the boto3 that Debian packages, each package a layer as dpkg has
// it, and has umoci unpack the image.
func TestImageDebian(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	names := debianBoto
	packages := debian(t, append(slices.Clone(names), "umoci")...)
	r := &reality{python: pyruntest.Need(t, "3.11")}
	img := &artifacttest.Image{
		Arch: "amd64", Config: map[string]any{"WorkingDir": "/srv/app", "Cmd": []string{"python3", "-m", "main"}},
		Layers: [][]byte{artifacttest.Layer(t, nil, map[string]string{"usr/bin/python3.11": "ELF", "usr/bin/python3": "-> python3.11", "bin": "-> usr/bin"})},
	}
	for _, name := range names {
		img.Layers = append(img.Layers, fsys(t, packages[name]))
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
