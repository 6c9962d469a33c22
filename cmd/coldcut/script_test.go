package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// TestMain lets the scripts, and the tests that need a process of its own, run
// coldcut by its name: the test binary is it.
func TestMain(m *testing.M) {
	if _, set := os.LookupEnv(cacheVariable); !set { // unless a test started this
		if err := os.Setenv(cacheVariable, cacheOff); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, map[string]func(){"coldcut": main})
}

// TestScripts holds every verb and every refusal to what it prints, writes and
// exits with.
func TestScripts(t *testing.T) {
	python, pythonErr := pyrun.Find(t.Context(), "")
	testscript.Run(t, testscript.Params{
		UpdateScripts: *update,
		Dir:           "testdata/script",
		Condition: func(name string) (bool, error) {
			if name != "python" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return pythonErr == nil || os.Getenv("CI") == "true", nil // CI lacks nothing
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"boto":   scriptBoto,
			"exits":  scriptExits,
			"image":  scriptImage,
			"list":   scriptList,
			"member": scriptMember,
			"mkzip":  scriptMkzip,
			"pack":   scriptPack,
		},
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv(cacheVariable, filepath.Join(env.WorkDir, ".cache"))
			if pythonErr == nil {
				env.Setenv("PYTHON", python.Path)
			}
			return nil
		},
	})
}

// scriptBoto puts the tiny boto3 into a folder, as pip install --target does:
// boto DIR.
func scriptBoto(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 1, "boto DIR")
	ts.Check(installTiny(ts.MkAbs(args[0])))
}

// scriptExits runs coldcut and holds it to an exit code: exits CODE ARG...
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec("coldcut", args[1:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	default:
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("coldcut exited with %d, not with %d", got, want)
	}
}

// scriptImage makes an image of one layer for each platform, "-" being one with nothing
// of Python in it: image OUT ARCH=DIR... A name that ends in .tar is that of a tarball,
// which has one platform.
func scriptImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: image OUT ARCH=DIR...")
	}
	var images []*artifacttest.Image
	for _, arg := range args[1:] {
		arch, dir, _ := strings.Cut(arg, "=")
		folders := map[string]string{}
		if dir != "-" {
			folders[""] = ts.MkAbs(dir)
		}
		images = append(images, &artifacttest.Image{
			Arch: arch, Config: map[string]any{"WorkingDir": "/app", "Cmd": []string{"app.handler"}},
			Layers: [][]byte{artifacttest.Layer(scriptTB{ts: ts}, folders, map[string]string{"etc/hostname": arch})},
		})
	}
	if out := ts.MkAbs(args[0]); strings.HasSuffix(out, ".tar") {
		artifacttest.WriteSaved(scriptTB{ts: ts}, out, "orders:1", images[0])
	} else {
		artifacttest.WriteLayout(scriptTB{ts: ts}, out, false, images...)
	}
}

// scriptTB has what makes packages for tests fail a script.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (scriptTB) Helper()             {}
func (s scriptTB) Fatal(args ...any) { s.ts.Fatalf("%s", fmt.Sprint(args...)) }

// scriptList prints the files of a folder or a zip: list PATH.
func scriptList(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 1, "list PATH")
	files, err := contents(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, f := range files {
		fmt.Fprintln(ts.Stdout(), f.name)
	}
}

// scriptMember writes one file of a zip to the disk: member ZIP NAME FILE.
func scriptMember(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 3, "member ZIP NAME FILE")
	files, err := contents(ts.MkAbs(args[0]))
	ts.Check(err)
	i := slices.IndexFunc(files, func(f content) bool { return f.name == args[1] })
	if i < 0 {
		ts.Fatalf("%s holds no %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), files[i].data, 0o666))
}

// scriptMkzip makes a zip with these names, however hostile they are, each with
// its name as its content: mkzip ZIP NAME...
func scriptMkzip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mkzip ZIP NAME...")
	}
	files := make([]content, len(args)-1)
	for i, name := range args[1:] {
		files[i] = content{name: name, mode: 0o644, data: []byte(name)}
	}
	ts.Check(writeZip(ts.MkAbs(args[0]), files))
}

// scriptPack makes a zip of a folder: pack DIR ZIP.
func scriptPack(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "pack DIR ZIP")
	files, err := contents(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(writeZip(ts.MkAbs(args[1]), files))
}

func wants(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) != n {
		ts.Fatalf("usage: %s", usage)
	}
}

// installTiny puts testdata/tiny.txtar below dir.
func installTiny(dir string) error {
	archive, err := txtar.ParseFile(filepath.Join(testdata, "tiny.txtar"))
	if err != nil {
		return err
	}
	for _, f := range archive.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// testdata is absolute, since tests change the working directory.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// content is a file of a package, read by other means than coldcut's own.
type content struct {
	name string
	mode fs.FileMode
	data []byte
}

// contents reads every file of a folder or a zip, sorted by name.
func contents(path string) ([]content, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	root := os.DirFS(path)
	if !info.IsDir() {
		r, err := zip.OpenReader(path)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		root = r
	}
	var files []content
	err = fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(root, name)
		files = append(files, content{name: name, mode: info.Mode(), data: data})
		return err
	})
	slices.SortFunc(files, func(a, b content) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// writeZip makes a zip as any tool would.
func writeZip(path string, files []content) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // closing it again does no harm
	z := zip.NewWriter(out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		h.SetMode(f.mode)
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := w.Write(f.data); err != nil {
			return err
		}
	}
	return errors.Join(z.Close(), out.Close())
}
