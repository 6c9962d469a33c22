package main

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
)

const frozenProgram = `import sys

import boto3

def client(service):
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")

print(client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})[:16])
try:
    client(sys.argv[1])
except Exception as error:
    print(type(error).__name__, "--keep sqs" in str(error))
`

// TestFrozen has PyInstaller bundle a program from an environment whose botocore was cut
// in place, and runs it.
func TestFrozen(t *testing.T) {
	r := newReality(t, "", "boto3")
	if runtime.GOOS != "linux" {
		t.Skip("skipped: it was looked at on Linux alone")
	}
	dir := t.TempDir()
	venv, source := filepath.Join(dir, "venv"), filepath.Join(dir, "app")
	if _, stderr, err := r.python.Run(t.Context(), pyrun.Command{Isolated: true, Args: []string{"-m", "venv", venv}}); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	inside := &reality{python: &pyrun.Interpreter{Path: filepath.Join(venv, "bin", "python"), Version: r.python.Version}}
	inside.pip(t, "install", "boto3", "pyinstaller")
	if got := inside.program(t, "import sysconfig; print(sysconfig.get_config_var('Py_ENABLE_SHARED'))"); strings.TrimSpace(got) != "1" {
		t.Skip("skipped: PyInstaller wants a Python with a shared library")
	}
	write(t, filepath.Join(source, "main.py"), frozenProgram)
	site := only(t, filepath.Join(venv, "lib", "python*", "site-packages"))
	text := cut(t, "slim", site, "--in-place", "--sources", source, "--python", r.python.Language(), "--no-verify", "--keep", "s3", "--credentials", "environment")
	if !strings.Contains(text, "imports are not deferred: pyinstaller is here") {
		t.Errorf("nothing is said of the imports: %s", text)
	}
	build := exec.CommandContext(t.Context(), filepath.Join(venv, "bin", "pyinstaller"), "--noconfirm", "--onedir", "--log-level", "ERROR", filepath.Join(source, "main.py"))
	build.Dir = dir
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	bundle := filepath.Join(dir, "dist", "main")
	out, err := exec.CommandContext(t.Context(), filepath.Join(bundle, "main"), "sqs").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "https://") || !strings.HasSuffix(string(out), "\nUnknownServiceError True\n") {
		t.Errorf("%v: %s", err, out)
	}
	if kib := du(t, filepath.Join(bundle, "_internal", "botocore")); kib > 8<<10 {
		t.Errorf("botocore takes %d KiB in the bundle", kib)
	}
}
