package main

import (
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// trueRecords reads the RECORD of each distribution in a site-packages folder as pip
// does, and holds it to the files.
const trueRecords = `import base64, hashlib, importlib.metadata as m, sys
listed = 0
for d in m.distributions(path=[sys.argv[1]]):
    for f in d.files or []:
        data = f.locate().read_bytes()
        listed += 1
        if f.hash:
            assert base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() == f.hash.value, f
            assert f.size == len(data), f
print(listed)
`

// TestInPlaceWithPip cuts the site-packages of a virtual environment, as a Dockerfile
// does, and has pip go on working with it.
func TestInPlaceWithPip(t *testing.T) {
	r := newReality(t, "", "boto3") // also finds out whether there is a registry
	if runtime.GOOS == "windows" {
		t.Skip("skipped: a virtual environment has other folders on Windows")
	}
	dir := t.TempDir()
	venv := filepath.Join(dir, "venv")
	if _, stderr, err := r.python.Run(t.Context(), pyrun.Command{Isolated: true, Args: []string{"-m", "venv", venv}}); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	inside := &reality{python: &pyrun.Interpreter{Path: filepath.Join(venv, "bin", "python"), Version: r.python.Version}}
	inside.pip(t, "install", "boto3==1.44.5", "botocore==1.44.5")
	site := only(t, filepath.Join(venv, "lib", "python*", "site-packages"))
	source := filepath.Join(dir, "app")
	write(t, filepath.Join(source, "app.py"), notes)
	whole := du(t, site)

	cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify")
	if now := du(t, site); now > whole*2/3 {
		t.Errorf("%d KiB of %d are left", now, whole)
	}
	inside.pip(t, "check")
	inside.program(t, trueRecords, site)
	text := inside.program(t, "import boto3; print(boto3.__version__, *boto3.Session().get_available_services())")
	if !strings.HasPrefix(text, "1.44.5 dynamodb s3 ") {
		t.Errorf("after the cut: %s", text)
	}
	cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify")
	inside.program(t, trueRecords, site)

	inside.pip(t, "install", "--upgrade", "boto3")
	inside.pip(t, "check")
	inside.program(t, trueRecords, site)
	text = inside.program(t, "import boto3; print(boto3.__version__, 'sqs' in boto3.Session().get_available_services())")
	if strings.HasPrefix(text, "1.44.5") || !strings.Contains(text, "True") {
		t.Errorf("after the upgrade: %s", text)
	}
	holdNone(t, site, "coldcut.lock") // it told of the version that was cut

	cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify")
	inside.pip(t, "uninstall", "--yes", "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
	for _, name := range []string{"coldcut.lock", "boto", "urllib3", "dateutil"} {
		holdNone(t, site, name)
	}
	inside.pip(t, "check")
}

// TestInPlaceWithUV does the same with uv, which links what it installs to its cache: a cut
// must not reach that.
func TestInPlaceWithUV(t *testing.T) {
	slowly(t)
	r := newReality(t, "", "boto3")
	if runtime.GOOS == "windows" {
		t.Skip("skipped: a virtual environment has other folders on Windows")
	}
	uv := r.uv(t)
	dir := t.TempDir()
	venv, source := filepath.Join(dir, "venv"), filepath.Join(dir, "app")
	uv("venv", "--python", r.python.Path, venv)
	inside := &reality{python: &pyrun.Interpreter{Path: filepath.Join(venv, "bin", "python"), Version: r.python.Version}}
	within := func(args ...string) {
		t.Helper()
		uv(append([]string{"pip", args[0], "--python", inside.python.Path}, args[1:]...)...)
	}
	within("install", "boto3==1.44.5", "botocore==1.44.5")
	site := only(t, filepath.Join(venv, "lib", "python*", "site-packages"))
	write(t, filepath.Join(source, "app.py"), notes)
	whole := du(t, site)
	cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify")
	if now := du(t, site); now > whole*2/3 {
		t.Errorf("%d KiB of %d are left", now, whole)
	}
	within("check")
	inside.program(t, trueRecords, site)
	const services = "import boto3; print(boto3.__version__, *boto3.Session().get_available_services())"
	if text := inside.program(t, services); !strings.HasPrefix(text, "1.44.5 dynamodb s3 ") {
		t.Errorf("after the cut: %s", text)
	}

	// From the cache alone comes the whole one.
	within("install", "--offline", "--reinstall", "boto3==1.44.5", "botocore==1.44.5")
	if text := inside.program(t, services); !strings.HasPrefix(text, "1.44.5 ") || !strings.Contains(text, " sqs ") {
		t.Errorf("the cut reached uv's cache: %s", text)
	}
	inside.program(t, trueRecords, site)

	cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify")
	within("install", "--upgrade", "boto3")
	within("check")
	inside.program(t, trueRecords, site)
	if text := inside.program(t, services); strings.HasPrefix(text, "1.44.5") || !strings.Contains(text, " sqs ") {
		t.Errorf("after the upgrade: %s", text)
	}
	cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify")
	within("uninstall", "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
	for _, name := range []string{"coldcut.lock", "boto", "urllib3", "dateutil"} {
		holdNone(t, site, name)
	}
}

// program runs one in the environment.
func (r *reality) program(t *testing.T, program string, args ...string) string {
	t.Helper()
	stdout, stderr, err := r.python.Run(t.Context(), pyrun.Command{Isolated: true, Args: append([]string{"-c", program}, args...)})
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	return string(stdout)
}

// holdNone holds that no file below a folder has a name that tells of a word.
func holdNone(t *testing.T, dir, word string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if rel, _ := filepath.Rel(dir, name); !strings.HasPrefix(rel, "pip") && strings.Contains(rel, word) {
			t.Errorf("%s is left", rel)
			if e.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
