package bench

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"maps"
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
			p, err := Load(t.Context(), artifacttest.Open(t, dir), python)
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
	p, err := Load(t.Context(), artifacttest.Open(t, dir), python)
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
	p, err := Load(t.Context(), artifacttest.Open(t, name), "3.13")
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

// TestLoadImage lays the folders of Lambda's path over one another: of each package the
// first counts, and bytecode keeps the time that makes it valid.
func TestLoadImage(t *testing.T) {
	head := make([]byte, pycHeader)
	binary.LittleEndian.PutUint32(head[8:], 1_700_000_000) // as all files of an artifacttest.Layer have it
	binary.LittleEndian.PutUint32(head[12:], uint32(len("import boto3\n")))
	const lang = "var/lang/lib/python3.13/site-packages/"
	name := filepath.Join(t.TempDir(), "layout")
	artifacttest.WriteLayout(t, name, false, &artifacttest.Image{
		Arch: "amd64", Config: map[string]any{"Env": []string{"LAMBDA_TASK_ROOT=/var/task"}, "WorkingDir": "/var/task", "Cmd": []string{"app.handler"}},
		Layers: [][]byte{
			artifacttest.Layer(t, nil, map[string]string{
				"var/lang/bin/python3.13": "ELF", "var/lang/lib/python3.13/os.py": "", "usr/share/doc/x.py": "",
				lang + "boto3/__init__.py": "of the runtime", lang + "boto3/only.py": "", lang + "six.py": "", lang + "google/a/__init__.py": "",
				"var/runtime/bootstrap.py": "", "var/runtime/bootstrap": "",
			}),
			artifacttest.Layer(t, nil, map[string]string{
				"var/task/app.py": "import boto3\n", "var/task/__pycache__/app.cpython-313.pyc": string(head), "var/task/boto3/__init__.py": "of the function",
				"var/task/google/b/__init__.py": "", "var/task/link.py": "-> app.py", "var/task/folder": "-> boto3", "opt/python/six.py": "of a layer",
			}),
		},
	})
	p, err := Load(t.Context(), artifacttest.Open(t, name), "3.13")
	if err != nil {
		t.Fatal(err)
	}
	got := artifacttest.ReadZip(t, p.Zip)
	want := map[string]string{
		"app.py": "import boto3\n", "__pycache__/app.cpython-313.pyc": string(head), "boto3/__init__.py": "of the function", "link.py": "import boto3\n",
		"six.py": "of a layer", "google/a/__init__.py": "", "google/b/__init__.py": "",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if p.Bytecode.Usable != 1 || p.Path != "layout" {
		t.Errorf("%+v of %s", p.Bytecode, p.Path)
	}
}
