package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// declared is how the function of the tests is cut.
var declared = []string{"--no-verify", "--keep", "s3"}

// slimmed cuts a package to a zip and returns its bytes.
func slimmed(t *testing.T, pkg string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.zip")
	cut(t, append([]string{"slim", pkg, "-o", out}, declared...)...)
	return readFile(t, out)
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTwiceIsOnce cuts what was cut: in every form nothing changes any more.
func TestTwiceIsOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	function(t, "build", handler)
	for _, out := range []string{"once.zip", "once"} {
		cut(t, append([]string{"slim", "build", "-o", out}, declared...)...)
	}
	once := readFile(t, "once.zip")
	if twice := slimmed(t, "once.zip"); !bytes.Equal(twice, once) {
		t.Errorf("the zip cut again differs: %s", difference(t, twice, once))
	}
	if twice := slimmed(t, "once"); !bytes.Equal(twice, once) {
		t.Errorf("the folder cut again differs: %s", difference(t, twice, once))
	}
	before := listing(t, "once")
	cut(t, append([]string{"slim", "once", "--in-place", "--credentials", "environment"}, declared...)...)
	if after := listing(t, "once"); after != before {
		t.Errorf("cut again in place: %s", firstDifference(after, before))
	}
}

// TestFormsAgree cuts a folder and its zip to a folder and a zip: all hold the
// same files, with the same modes.
func TestFormsAgree(t *testing.T) {
	t.Chdir(t.TempDir())
	function(t, "build", handler)
	if err := os.Chmod("build/bin/jp.py", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "build/bootstrap", "#!/bin/sh\nexec bin/jp.py\n")
	if err := os.Chmod("build/bootstrap", 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := contents("build")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeZip("build.zip", files); err != nil {
		t.Fatal(err)
	}
	var want string
	for _, in := range []string{"build", "build.zip"} {
		for _, out := range []string{"out.zip", "out"} {
			cut(t, append([]string{"slim", in, "-o", out, "--force"}, declared...)...)
			got := listing(t, out)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s to %s: %s", in, out, firstDifference(got, want))
			}
		}
	}
	for _, line := range []string{"bootstrap -rwxr-xr-x", "bin/jp.py -rwxr-xr-x", "app.py -rw-r--r--"} {
		if !strings.Contains(want, line) {
			t.Errorf("no %q in\n%s", line, want)
		}
	}
}

// listing prints every file of a package with its mode and content.
func listing(t *testing.T, path string) string {
	t.Helper()
	files, err := contents(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s %s %q\n", f.name, f.mode, f.data)
	}
	return b.String()
}

// difference tells in which file one zip's bytes differ from another's.
func difference(t *testing.T, got, want []byte) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "got"), string(got))
	write(t, filepath.Join(dir, "want"), string(want))
	return firstDifference(listing(t, filepath.Join(dir, "got")), listing(t, filepath.Join(dir, "want")))
}

// firstDifference tells where two texts begin to differ.
func firstDifference(got, want string) string {
	a, b := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is %q, want %q", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// TestOutputDependsOnNothingElse cuts the same package as other machines would:
// the bytes are the same.
func TestOutputDependsOnNothingElse(t *testing.T) {
	dir := t.TempDir()
	build := filepath.Join(dir, "build")
	function(t, build, handler)
	want := slimmed(t, build)

	shuffled := filepath.Join(dir, "elsewhere", "build")
	copyShuffled(t, build, shuffled)
	if got := slimmed(t, shuffled); !bytes.Equal(got, want) {
		t.Error("the order in which files were made changes the output")
	}

	worlds := []struct {
		name    string
		umask   string
		dir     string
		args    []string
		environ []string
	}{
		{"umask 077", "077", dir, []string{build}, nil},
		{"umask 000", "000", dir, []string{build}, nil},
		{"relative path", "022", dir, []string{"build"}, nil},
		{"inside the package", "022", build, []string{"."}, nil},
		{"trailing slash", "022", dir, []string{"build/"}, nil},
		{"one processor", "022", dir, []string{build}, []string{"GOMAXPROCS=1"}},
		{"many processors", "022", dir, []string{build}, []string{"GOMAXPROCS=16"}},
		{"east", "022", dir, []string{build}, []string{"TZ=Pacific/Kiritimati"}},
		{"west", "022", dir, []string{build}, []string{"TZ=Pacific/Pago_Pago"}},
		{"other language", "022", dir, []string{build}, []string{"LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"}},
	}
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.zip")
			args := append([]string{"-c", "umask " + w.umask + ` && exec coldcut slim "$@" -o ` + out, "sh"}, append(w.args, declared...)...)
			cmd := exec.CommandContext(t.Context(), "sh", args...)
			cmd.Dir, cmd.Env = w.dir, append(os.Environ(), w.environ...)
			if message, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, message)
			}
			if got := readFile(t, out); !bytes.Equal(got, want) {
				t.Errorf("other bytes: %s", difference(t, got, want))
			}
		})
	}
}

// copyShuffled copies a tree, the files in random order and with other times.
func copyShuffled(t *testing.T, from, to string) {
	t.Helper()
	files, err := contents(from)
	if err != nil {
		t.Fatal(err)
	}
	rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	for i, f := range files {
		name := filepath.Join(to, f.name)
		write(t, name, string(f.data))
		at := time.Date(1999, 1, 1, 0, 0, i, 0, time.UTC)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSourceDateEpoch gives all that is written its time.
func TestSourceDateEpoch(t *testing.T) {
	t.Chdir(t.TempDir())
	function(t, "build", handler)
	env := map[string]string{"SOURCE_DATE_EPOCH": "1700000000"}
	want := time.Unix(1700000000, 0)
	for _, out := range []string{"out.zip", "out"} {
		_, stderr, code := coldcutWith(t, env, append([]string{"slim", "build", "-o", out}, declared...)...)
		if code != exitOK {
			t.Fatal(stderr)
		}
		for name, at := range timesOf(t, out) {
			if at.Sub(want).Abs() > time.Second { // a zip counts in pairs of seconds
				t.Errorf("%s: %s has the time %s, want %s", out, name, at, want)
			}
		}
	}
	_, stderr, code := coldcutWith(t, map[string]string{"SOURCE_DATE_EPOCH": "today"}, append([]string{"slim", "build", "-o", "other"}, declared...)...)
	if _, err := os.Stat("other"); code == exitOK || !strings.Contains(stderr, "SOURCE_DATE_EPOCH") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an epoch that is no number: exit code %d, %s", code, stderr)
	}
}

func timesOf(t *testing.T, path string) map[string]time.Time {
	t.Helper()
	times := map[string]time.Time{}
	if strings.HasSuffix(path, ".zip") {
		r, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for _, f := range r.File {
			times[f.Name] = f.Modified
		}
		return times
	}
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			times[name] = info.ModTime()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return times
}

// TestInputIsUntouched reads a package and its sources in every way, the
// refused ones too.
func TestInputIsUntouched(t *testing.T) {
	t.Chdir(t.TempDir())
	function(t, "in/build", handler)
	write(t, "in/src/more.py", "import boto3\nboto3.client('ec2').describe_instances()\n")
	files, err := contents("in/build")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeZip("in/build.zip", files); err != nil {
		t.Fatal(err)
	}
	before := treeOf(t, "in")
	runs := []string{
		"scan in/build in/src",
		"scan in/build.zip",
		"slim --no-verify in/build -o out.zip",
		"slim --no-verify in/build -o out.zip --keep s3 --sources in/src",
		"slim --no-verify in/build -o out --keep s3 --lock=the.lock",
		"slim --no-verify in/build.zip -o out2 --keep s3",
		"slim --no-verify in/build -o in/build --keep s3",
		"slim --no-verify in/build -o in/build/out.zip --keep s3",
		"slim --no-verify in/build --in-place",
		"slim --no-verify in/build --in-place --keep nosuch",
	}
	for _, args := range runs {
		coldcut(t, strings.Fields(args)...)
		if after := treeOf(t, "in"); after != before {
			t.Fatalf("%s changed its input: %s", args, firstDifference(after, before))
		}
	}
}

// treeOf prints all that there is in a folder, times included.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %s %d", name, info.Mode(), info.ModTime().UnixNano())
		if e.Type().IsRegular() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %q", data)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestHostileNames scans a package whose names and strings would steer a
// terminal, or end a line early. Reports show them and do not obey them.
func TestHostileNames(t *testing.T) {
	t.Chdir(t.TempDir())
	names := []string{"colour\x1b[31m.py", "line\nend.py", "return\r.py", "title\u009d0;x\u009c.py"}
	source := "import boto3\nboto3.client('s3').list_buckets()\nboto3.client(f('\x1b[32m'))\n"
	for i, name := range names {
		pkg := fmt.Sprintf("%d.zip", i)
		if err := writeZip(pkg, []content{{name: name, mode: 0o644, data: []byte(source)}}); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"text", "markdown"} {
			stdout, stderr, _ := coldcut(t, "scan", pkg, "--format", format)
			if at := strings.IndexFunc(stdout+stderr, isControl); at >= 0 {
				t.Errorf("%q as %s: a control character gets out: %.60q", name, format, (stdout + stderr)[at:])
			}
			if format == "text" && strings.Contains(stdout, "\nend.py") {
				t.Errorf("%q ends a line: %q", name, stdout)
			}
		}
	}
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' }
