package artifact

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// crossCheck has other programs test a zip that this package wrote.
func crossCheck(t *testing.T, path string) {
	t.Helper()
	for _, command := range [][]string{
		{"unzip", "-tqq", path},
		{"python3", "-m", "zipfile", "-t", path},
	} {
		t.Run(command[0], func(t *testing.T) {
			needTool(t, command[0])
			if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// needTool skips a test without the program, but not where all are promised.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
}

func TestOthersReadOurs(t *testing.T) {
	tmp := t.TempDir()
	out := filepath.Join(tmp, "out.zip")
	write(t, open(t, sampleTree(t, filepath.Join(tmp, "source"))), out, WriteOptions{})
	crossCheck(t, out)
}

const pyPack = `
import sys, zipfile
out, streamed = sys.argv[1], sys.argv[2] == "streamed"
class Pipe:
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
f = open(out, "wb")
with zipfile.ZipFile(Pipe(f) if streamed else f, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a.py", "x = 1\n" * 100)
    z.writestr("gr\u00f6\u00dfe/b.py", "y = 2\n")
    z.writestr("hollow/", "")
    with z.open("big.txt", "w", force_zip64=True) as w: w.write(b"z" * 100000)
`

// TestWeReadOthers opens what other programs write.
func TestWeReadOthers(t *testing.T) {
	for _, how := range []string{"seekable", "streamed"} {
		t.Run("python3 "+how, func(t *testing.T) {
			needTool(t, "python3")
			path := filepath.Join(t.TempDir(), "package.zip")
			if out, err := exec.Command("python3", "-c", pyPack, path, how).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			check(t, readAll(path, DefaultMaxSize))
			if n := len(open(t, path).Files()); n != 4 {
				t.Errorf("got %d files", n)
			}
		})
	}
	for _, args := range [][]string{{"-qr"}, {"-qry"}, {"-qrDX9"}, {"-qr0"}, {"-qr", "-fz"}, {"-qr", "-fd"}} {
		t.Run("zip "+args[0], func(t *testing.T) {
			needTool(t, "zip")
			dir := sampleTree(t, filepath.Join(t.TempDir(), "source"))
			path := filepath.Join(t.TempDir(), "package.zip")
			command := exec.Command("zip", append(args, path, ".")...)
			command.Dir = dir
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			check(t, readAll(path, DefaultMaxSize))
		})
	}
}
