package lambdasim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const look = `
import os, sys, tempfile
import layered
def attempt(path):
    try:
        with open(path, "w"):
            return "written"
    except OSError as e:
        return e.strerror
def handler(event, context):
    return {
        "environ": dict(os.environ), "path": sys.path, "dir": os.getcwd(), "file": __file__, "mtime": int(os.stat(__file__).st_mtime),
        "layered": [layered.__file__, layered.name], "code": attempt(os.path.join(os.path.dirname(__file__), "new")),
        "layer": attempt(os.path.join(os.path.dirname(layered.__file__), "new")), "tmp": attempt(os.path.join(tempfile.gettempdir(), "new")),
        "files": sorted(os.listdir(tempfile.gettempdir())), "pth": os.environ.get("PTH"),
    }
`

// looked is what look returns.
type looked struct {
	Environ          map[string]string
	Path             []string
	Dir, File        string
	Mtime            int64
	Layered          []string
	Code, Layer, Tmp string
	Files            []string
	Pth              string
}

// layer publishes a layer and returns its ARN.
func (b *testbed) layer(name string, files ...string) string {
	b.Helper()
	out, err := b.lambda.PublishLayerVersion(b.Context(), &lambda.PublishLayerVersionInput{LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: pack(b, files...)}})
	if err != nil {
		b.Fatal(err)
	}
	return aws.ToString(out.LayerVersionArn)
}

// TestEnvironment looks around from inside a function.
func TestEnvironment(t *testing.T) {
	for _, isolated := range []bool{true, false} {
		t.Run(map[bool]string{true: "isolated", false: "plain"}[isolated], func(t *testing.T) {
			b := serve(t, Options{Unisolated: !isolated})
			if c := b.server.Conditions(); isolated && c.Code != "read-only mount" {
				t.Skip("skipped: no mount namespaces: ", c.Code)
			}
			t.Setenv("LEAKED", "1")
			first := b.layer("one", "python/layered.py", "name = 'one'", "python/set.pth", "import os; os.environ['PTH'] = 'read'\n")
			version := strings.TrimPrefix(string(b.runtime), "python")
			second := b.layer("two", "python/layered.py", "name = 'two'", "python/lib/python"+version+"/site-packages/other.py", "")
			b.create("look", look, func(in *lambda.CreateFunctionInput) {
				in.Layers = []string{first, second}
				in.Environment = &types.Environment{Variables: map[string]string{"MINE": "1"}}
			})
			var got looked
			r := b.invoke("look", "1")
			if err := json.Unmarshal([]byte(r.payload), &got); err != nil || r.failed != "" {
				t.Fatalf("%+v %v", r, err)
			}
			got.check(t, version, isolated)
			_ = b.invoke("look", "1") // the same environment
			b.create("again", look, func(in *lambda.CreateFunctionInput) { in.Layers = []string{second} })
			var other looked
			if err := json.Unmarshal([]byte(b.invoke("again", "1").payload), &other); err != nil {
				t.Fatal(err)
			}
			if len(other.Files) != 1 || other.Pth != "" {
				t.Errorf("another function sees %v, %q", other.Files, other.Pth)
			}
		})
	}
}

func (l *looked) check(t *testing.T, version string, isolated bool) {
	t.Helper()
	for name, want := range map[string]string{
		"_HANDLER": "app.handler", "AWS_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "look", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
		"AWS_EXECUTION_ENV": "AWS_Lambda_python" + version, "MINE": "1", "TZ": ":UTC", "LEAKED": "", "HOME": "/home/sbx_user1051", "COLDCUT_OPT": "",
		"LAMBDA_TASK_ROOT": l.Dir, "PYTHONPATH": l.Environ["LAMBDA_RUNTIME_DIR"],
	} {
		if l.Environ[name] != want {
			t.Errorf("%s is %q, want %q", name, l.Environ[name], want)
		}
	}
	if !strings.Contains(l.Environ["AWS_LAMBDA_LOG_STREAM_NAME"], Backend) {
		t.Error("the log stream does not say that it is local")
	}
	opt := strings.TrimSuffix(l.Layered[0], "/python/layered.py")
	want := []string{l.Dir, opt + "/python/lib/python" + version + "/site-packages", opt + "/python", l.Environ["LAMBDA_RUNTIME_DIR"]}
	for i, dir := range want {
		if l.Path[i] != dir {
			t.Errorf("sys.path is %v, want it to begin with %v", l.Path, want)
			break
		}
	}
	for _, dir := range l.Path[len(want):] {
		if strings.Contains(dir, "-packages") {
			t.Errorf("sys.path has %s", dir)
		}
	}
	if l.Layered[1] != "two" || l.Pth != "read" {
		t.Errorf("layers: %v, %q", l.Layered, l.Pth)
	}
	if l.Mtime != 1749283750 { // 2025-06-07 08:09:10
		t.Errorf("the time of a file is %d", l.Mtime)
	}
	if l.Tmp != "written" {
		t.Errorf("temporary files: %s", l.Tmp)
	}
	if isolated {
		const refused = "Read-only file system"
		if l.Code != refused || l.Layer != refused || l.Dir != "/var/task" || opt != "/opt" || l.File != "/var/task/app.py" || l.Environ["TMPDIR"] != "" {
			t.Errorf("%+v", l)
		}
	}
}

// TestWriteProtect is what stands in for a read-only mount where there is none.
func TestWriteProtect(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeProtect(dir, filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(sub)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o555 {
		t.Errorf("%v %v", info, err)
	}
	if err := removeTree(dir); err != nil {
		t.Error(err)
	}
}

// TestWrapper starts the runtime by a script in a layer, as tracers do.
func TestWrapper(t *testing.T) {
	b := serve(t, Options{})
	if b.server.Conditions().Paths != "as on AWS" {
		t.Skip("skipped: layers do not lie in /opt")
	}
	layer := b.layer("wrap", "wrap", "#!/bin/sh\nexport WRAPPED=1\nexec \"$@\"\n")
	b.create("wrapped", "import os\ndef handler(event, context): return os.environ['WRAPPED']\n", func(in *lambda.CreateFunctionInput) {
		in.Layers = []string{layer}
		in.Environment = &types.Environment{Variables: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}}
	})
	if r := b.invoke("wrapped", "1"); r.payload != `"1"` {
		t.Errorf("%+v", r)
	}
}
