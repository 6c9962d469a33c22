package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/internal/pyc"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// deployed is a function in Lambda: what it makes at the start, in a handler's module.
const deployed = `import boto3

s3 = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
table = boto3.resource("dynamodb", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x").Table("t")


def handler(event, context):
    return {"url": s3.generate_presigned_url("get_object", event), "put": table.put_item.__name__}
`

// TestBytecodeDeployed unpacks slim packages as Lambda does, gives their files other
// times, takes away the right to write, and holds that Python compiles nothing of them,
// while it compiles all of the fat one there.
func TestBytecodeDeployed(t *testing.T) {
	for _, test := range []struct {
		python       string
		requirements []string
	}{
		{"", []string{"boto3"}},
		{"3.7", []string{"boto3==1.9.233", "botocore==1.12.233"}},
	} {
		t.Run("python"+test.python, func(t *testing.T) {
			r := newReality(t, test.python, test.requirements...)
			dir := t.TempDir()
			fat, out := filepath.Join(dir, "fat"), filepath.Join(dir, "out.zip")
			r.pack(t, fat)
			write(t, filepath.Join(fat, "app.py"), deployed)
			report := cut(t, "slim", fat, "-o", out, "--python", r.python.Language(), "--no-verify", "--format", "json")
			b := bytecodeOf(t, report)
			if b.Bare != 0 || b.Pythons[0].Version != r.python.Version || b.Pythons[0].Files != b.Sources {
				t.Errorf("%+v", b)
			}
			again := filepath.Join(dir, "again.zip")
			cut(t, "slim", out, "-o", again, "--no-verify")
			if once, twice := readFile(t, out), readFile(t, again); !bytes.Equal(once, twice) {
				t.Errorf("cut twice: %s", difference(t, twice, once))
			}
			for i, at := range []time.Time{time.Unix(0, 0), time.Now().Add(300 * 24 * time.Hour)} {
				slim := filepath.Join(dir, fmt.Sprint("slim", i))
				unzip(t, out, slim)
				placed(t, slim, at)
				got := r.imported(t, slim, "-S")
				if len(got.Compiled)+len(got.Written) > 0 || got.Modules < 80 {
					t.Errorf("compiled %v, wrote %v, of %d modules", got.Compiled, got.Written, got.Modules)
				}
				if want := filepath.Join(slim, "boto3", "__init__.py"); got.File != want {
					t.Errorf("tracebacks name %s, not %s", got.File, want)
				}
			}
			placed(t, fat, time.Unix(0, 0))
			if got := r.imported(t, fat, "-S"); len(got.Compiled) < 80 {
				t.Errorf("of the fat package only %d modules are compiled", len(got.Compiled))
			}
		})
	}
}

// bytecodeOf is what the report of slim says of the pass bytecode.
func bytecodeOf(t *testing.T, report string) bytecodeJSON {
	t.Helper()
	var doc struct{ Bytecode bytecodeJSON }
	if err := json.Unmarshal([]byte(report), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Bytecode
}

type bytecodeJSON struct {
	Pythons []struct {
		Python, Version, Missing string
		Files                    int
	}
	From                                    string
	Evidence                                bool
	Sources, Bare, Lasting, Stale, Stripped int
	Readers                                 []struct{ Name, Why string }
	LeftOut                                 bool `json:"left_out"`
	Lost                                    []struct{ Path, Pass string }
}

// placed gives all files of a folder another time and takes away the right to write.
func placed(t *testing.T, dir string, at time.Time) {
	t.Helper()
	var folders []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders = append(folders, name)
			return nil
		}
		if err == nil {
			err = os.Chtimes(name, at, at)
		}
		if err == nil {
			err = os.Chmod(name, 0o444)
		}
		return err
	})
	for _, f := range folders {
		if err == nil {
			err = os.Chmod(f, 0o555)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, f := range folders {
			_ = os.Chmod(f, 0o755) // so that it can be removed
		}
	})
}

// importedJSON is what testdata/imported.py prints.
type importedJSON struct {
	Compiled, Written []string
	Modules           int
	File              string
}

// imported imports the function in a folder, in a Python that may write bytecode.
func (r *reality) imported(t *testing.T, dir string, flags ...string) importedJSON {
	t.Helper()
	script, err := filepath.Abs("testdata/imported.py")
	if err != nil {
		t.Fatal(err)
	}
	stdout, _, err := r.python.Run(t.Context(), pyrun.Command{Args: append(flags, script, dir, "app"), Bare: true, Bytecode: true, Env: []string{"HOME=" + t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	var got importedJSON
	if err := json.Unmarshal(stdout, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestBytecodeIsProven damages one module's bytecode and leaves its source: what runs,
// in Lambda and in the proof, is the bytecode, so that the damage shows.
func TestBytecodeIsProven(t *testing.T) {
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	fat, slim := filepath.Join(dir, "fat"), filepath.Join(dir, "slim")
	r.pack(t, fat)
	write(t, filepath.Join(fat, "app.py"), "import boto3\nboto3.client('sts').get_caller_identity()\n")
	cut(t, "slim", fat, "-o", slim, "--python", r.python.Language(), "--no-verify")
	if v, exit := verified(t, fat, slim, "--python", r.python.Language()); exit != exitOK || v.Same < 100 {
		t.Fatalf("exit code %d: %+v", exit, v)
	}
	source := readFile(t, filepath.Join(slim, "botocore", "serialize.py"))
	damaged := strings.Replace(string(source), "body_params['Action'] = operation_model.name", "body_params['Action'] = 'Another'", 1)
	if damaged == string(source) {
		t.Fatal("this botocore serializes otherwise")
	}
	const program = `import marshal, sys
sys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.buffer.read(), "serialize.py", "exec")))`
	code, _, err := r.python.Run(t.Context(), pyrun.Command{Args: []string{"-c", program}, Stdin: strings.NewReader(damaged)})
	if err != nil {
		t.Fatal(err)
	}
	magic, _ := pyc.Magic(r.python.Language())
	name := filepath.Join(slim, "botocore", "__pycache__", "serialize.cpython-"+strings.ReplaceAll(r.python.Language(), ".", "")+".pyc")
	if err := os.WriteFile(name, pyc.Encode(magic, pyc.Unchecked, pyc.Hash(magic, source), code), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, exit := verified(t, fat, slim, "--python", r.python.Language()); exit != exitGate || v.Differs < 5 {
		t.Errorf("exit code %d, %d differences", exit, v.Differs)
	}
}

// TestStripSource runs a function without sources in the local Lambda, and proves it.
func TestStripSource(t *testing.T) {
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	fat, out, results := filepath.Join(dir, "fat"), filepath.Join(dir, "out.zip"), filepath.Join(dir, "results.json")
	r.pack(t, fat)
	write(t, filepath.Join(fat, "app.py"), deployed)
	report := cut(t, "slim", fat, "-o", out, "--python", r.python.Language(), "--strip-source", "--format", "json")
	checkProof(t, report, true)
	if b := bytecodeOf(t, report); b.Stripped != b.Sources || len(b.Readers) > 0 {
		t.Errorf("%+v", b)
	}
	files, err := contents(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.name, ".py") || strings.Contains(f.name, "__pycache__") {
			t.Errorf("%s is there", f.name)
		}
	}
	slim := filepath.Join(dir, "slim")
	unzip(t, out, slim)
	placed(t, slim, time.Unix(0, 0))
	if got := r.imported(t, slim, "-S"); len(got.Compiled)+len(got.Written) > 0 || got.Modules < 80 || got.File != "/var/task/boto3/__init__.py" {
		t.Errorf("%+v", got)
	}
	// The local Lambda's own runtime imports the handler.
	event := `{"Bucket": "b", "Key": "k"}`
	stdout := cut(t, "bench", out, out, "--handler", "app.handler", "--runtime", "python"+r.python.Language(), "--samples", "1", "--memory", "1769", "--event", event, "--save", results)
	if strings.Contains(stdout, "handler failed") {
		t.Errorf("%s", stdout)
	}
	// What has no sources cannot be scanned, and is refused rather than cut again.
	if _, stderr, code := coldcut(t, "slim", out, "-o", filepath.Join(dir, "again.zip"), "--no-verify"); code == exitOK {
		t.Errorf("cut again without sources: %s", stderr)
	}
}

// TestBytecodeOfSeveral compiles for two Pythons, and proves the package in both.
func TestBytecodeOfSeveral(t *testing.T) {
	r := newReality(t, "", "boto3")
	other := &reality{python: pyruntest.Need(t, "3.11")}
	dir := t.TempDir()
	fat, out, slim := filepath.Join(dir, "fat"), filepath.Join(dir, "out.zip"), filepath.Join(dir, "slim")
	r.pack(t, fat)
	write(t, filepath.Join(fat, "app.py"), deployed+"boto3.client('sts').get_caller_identity\n")
	write(t, filepath.Join(fat, "coldcut.toml"), fmt.Sprintf("python = [%q, %q]\n", other.python.Language(), r.python.Language()))
	report := cut(t, "slim", fat, "-o", out, "--format", "json")
	checkProof(t, report, true)
	b := bytecodeOf(t, report)
	var proof struct{ Python string }
	if err := json.Unmarshal([]byte(report), &proof); err != nil {
		t.Fatal(err)
	}
	if want := r.python.Version + ", " + other.python.Version; proof.Python != want || b.Bare != 0 || len(b.Pythons) != 2 {
		t.Errorf("proven in %s, want %s: %+v", proof.Python, want, b)
	}
	unzip(t, out, slim)
	placed(t, slim, time.Unix(0, 0))
	for _, one := range []*reality{r, other} {
		if got := one.imported(t, slim, "-S"); len(got.Compiled)+len(got.Written) > 0 || got.Modules < 80 {
			t.Errorf("%s: compiled %v, wrote %v, of %d modules", one.python.Version, got.Compiled, got.Written, got.Modules)
		}
	}
}

// TestBytecodeWithoutInterpreter cuts a package whose Python is not here: what pip
// compiled, and is fresh, lasts.
func TestBytecodeWithoutInterpreter(t *testing.T) {
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	fat, slim := filepath.Join(dir, "fat"), filepath.Join(dir, "slim")
	write(t, filepath.Join(fat, "app.py"), deployed)
	if err := os.CopyFS(filepath.Join(fat, "python"), os.DirFS(r.installed)); err != nil {
		t.Fatal(err)
	}
	sameTimes(t, r.installed, filepath.Join(fat, "python"))
	if err := os.MkdirAll(filepath.Join(dir, "none"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "coldcut", "slim", fat, "-o", slim, "--no-verify", "--format", "json")
	cmd.Env = []string{"PATH=" + filepath.Join(dir, "none"), "HOME=" + dir, "COLDCUT_CACHE=off"}
	report, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	b := bytecodeOf(t, string(report))
	// app.py never had any, and what help changed and added has none any more.
	if len(b.Pythons) != 1 || b.Pythons[0].Missing == "" || b.Lasting < 100 || b.Stale != 0 || b.Bare != 3 || b.Lasting+b.Bare != b.Sources {
		t.Errorf("%+v", b)
	}
	if err := os.Rename(filepath.Join(slim, "app.py"), filepath.Join(slim, "python", "app.py")); err != nil {
		t.Fatal(err)
	}
	slim = filepath.Join(slim, "python")
	placed(t, slim, time.Unix(0, 0))
	got := r.imported(t, slim, "-S")
	for _, name := range got.Compiled {
		if rel, _ := filepath.Rel(slim, name); !slices.Contains([]string{"app.py", "botocore/client.py", "botocore/_coldcut.py"}, filepath.ToSlash(rel)) {
			t.Errorf("compiled %s", name)
		}
	}
}

// TestBytecodeOfPip cuts by services alone, as people do by hand: what pip compiled is as
// good in what coldcut writes as it was before.
func TestBytecodeOfPip(t *testing.T) {
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	fat, out, slim := filepath.Join(dir, "fat"), filepath.Join(dir, "out.zip"), filepath.Join(dir, "slim")
	r.pack(t, fat)
	sameTimes(t, r.installed, fat)
	write(t, filepath.Join(fat, "app.py"), deployed)
	b := bytecodeOf(t, cut(t, "slim", fat, "-o", out, "--no-verify", "--only", "services", "--format", "json"))
	if !b.LeftOut || b.Lasting < 100 || b.Stale+len(b.Lost) != 0 {
		t.Errorf("%+v", b)
	}
	unzip(t, out, slim)
	placed(t, slim, time.Unix(0, 0))
	if got := r.imported(t, slim, "-S"); !slices.Equal(got.Compiled, []string{filepath.Join(slim, "app.py")}) || got.Modules < 80 {
		t.Errorf("compiled %v of %d modules", got.Compiled, got.Modules)
	}
	b = bytecodeOf(t, cut(t, "slim", fat, "-o", filepath.Join(dir, "more.zip"), "--no-verify", "--no-bytecode", "--no-imports", "--format", "json"))
	lost := func(path string) bool {
		return slices.ContainsFunc(b.Lost, func(l struct{ Path, Pass string }) bool { return l.Path == path })
	}
	if !lost("botocore/client.py") || lost("boto3/__init__.py") || len(b.Lost) > 20 || b.Stale != 0 {
		t.Errorf("%+v", b)
	}
}

// sameTimes gives a copy the times of what it was made from.
func sameTimes(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		return os.Chtimes(filepath.Join(to, rel), info.ModTime(), info.ModTime())
	})
	if err != nil {
		t.Fatal(err)
	}
}
