package bench

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// compile has a real Python compile a folder, checked by time or by hash.
func compile(t *testing.T, dir, mode string) string {
	t.Helper()
	p := pyruntest.Need(t, "")
	_, _, err := p.Run(t.Context(), pyrun.Command{
		Args: []string{"-m", "compileall", "-q", "--invalidation-mode", mode, dir}, Bytecode: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.Language()
}

func TestBytecodeOfRealPython(t *testing.T) {
	sources := map[string]string{"app.py": "x = 1\n", "boto3/__init__.py": "", "boto3/a.py": "y = 2\n"}
	for _, mode := range []string{"timestamp", "unchecked-hash", "checked-hash"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, sources)
			python := compile(t, dir, mode)
			p, err := Load(t.Context(), dir, python, 0)
			if err != nil {
				t.Fatal(err)
			}
			if b := p.Bytecode; b.Sources != 3 || b.Usable != 3 || b.State() != AllCompiled {
				t.Errorf("%+v", b)
			}
			if b := reload(t, dir, "2.99"); b.State() != NoneCompiled {
				t.Errorf("bytecode of another Python counts: %+v", b)
			}
			// A packager that gives all files one time.
			old := time.Unix(1e9, 0)
			for name := range sources {
				if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
					t.Fatal(err)
				}
			}
			if b := reload(t, dir, python); (b.Stale == 3) != (mode == "timestamp") {
				t.Errorf("with other times: %+v", b)
			}
		})
	}
}

func reload(t *testing.T, dir, python string) BytecodeSum {
	t.Helper()
	p, err := Load(t.Context(), dir, python, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p.Bytecode
}

// TestLoadZip deploys a zip as it is.
func TestLoadZip(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	head := make([]byte, pycHeader)
	binary.LittleEndian.PutUint32(head[4:], 1)
	for name, data := range map[string]string{
		"app.py": "x", "__pycache__/app.cpython-313.pyc": string(head), "botocore/data/s3/2006-03-01/service-2.json": "{}",
		"botocore/data/endpoints.json": "{}", "other.py": "",
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "function.zip")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Load(t.Context(), name, "3.13", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Zip, out.Bytes()) || p.Files != 5 || p.Path != "function.zip" {
		t.Errorf("%d files in %s", p.Files, p.Path)
	}
	if b := p.Bytecode; b.Sources != 2 || b.Usable != 1 || b.State() != SomeCompiled {
		t.Errorf("%+v", b)
	}
	var groups []string
	for _, g := range p.Groups {
		groups = append(groups, g.Name)
	}
	if got := strings.Join(groups, " "); got != "__pycache__ botocore/data botocore/data/s3 (files)" {
		t.Errorf("groups: %s", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"large.py": strings.Repeat("x", 5000)})
	if _, err := Load(t.Context(), dir, "3.13", 1000); err == nil {
		t.Error("a package over the limit was loaded")
	}
	if _, err := Load(t.Context(), filepath.Join(dir, "nothing"), "3.13", 0); err == nil {
		t.Error("nothing was loaded")
	}
}
