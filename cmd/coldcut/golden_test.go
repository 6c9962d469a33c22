package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// handler uses two services and hides a third.
const handler = `import os

import boto3

TABLE = boto3.resource('dynamodb').Table('notes')
QUEUE = boto3.client('sqs')


def handler(event, context):
    TABLE.put_item(Item=event)
    QUEUE.send_message(QueueUrl='q', MessageBody='b')
    return boto3.client(os.environ['SERVICE'])
`

// ran is a trace of it: one use that the scan has, one that an unresolved place
// covers, and one of botocore's own.
const ran = `{"schema": 1, "runs": [{"command": ["pytest", "-q"], "exit": 0, "processes": 1, "pythons": ["3.13.0"], "boto": {}}],
"services": {"dynamodb": ["PutItem"], "s3": ["GetObject"], "sts": ["AssumeRole"]},
"uses": [
	{"service": "dynamodb", "operation": "PutItem", "file": "app.py", "line": 10},
	{"service": "s3", "operation": "GetObject", "file": "app.py", "line": 12},
	{"service": "sts", "operation": "AssumeRole"}
]}`

// goldens are reports whose every byte is reviewed. The name is that of the file.
var goldens = []struct {
	name string
	args []string
	code int
}{
	{"scan.txt", []string{"scan", "build"}, exitOK},
	{"scan.json", []string{"scan", "build", "--format", "json"}, exitOK},
	{"scan.md", []string{"scan", "build", "--format", "markdown"}, exitOK},
	{"slim.txt", []string{"slim", "--no-verify", "build", "-o", "out.zip", "--keep", "s3"}, exitOK},
	{"slim.json", []string{"slim", "--no-verify", "build", "-o", "out.zip", "--keep", "s3", "--format", "json"}, exitOK},
	{"slim.md", []string{"slim", "--no-verify", "build", "-o", "out.zip", "--keep", "s3", "--format", "markdown"}, exitOK},
	{"refused.txt", []string{"slim", "--no-verify", "build", "-o", "out.zip"}, exitGate},
	{"refused.json", []string{"slim", "--no-verify", "build", "-o", "out.zip", "--format", "json"}, exitGate},
	{"against.txt", []string{"scan", "build", "--against", "trace.json"}, exitOK},
	{"against.json", []string{"scan", "build", "--against", "trace.json", "--format", "json"}, exitOK},
	{"against.md", []string{"scan", "build", "--against", "trace.json", "--format", "markdown"}, exitOK},
	{"bench.txt", []string{"bench", "--from", filepath.Join(testdata, "bench.json")}, exitOK},
	{"bench.json", []string{"bench", "--from", filepath.Join(testdata, "bench.json"), "--format", "json"}, exitOK},
	{"bench.md", []string{"bench", "--from", filepath.Join(testdata, "bench.json"), "--format", "markdown"}, exitOK},
	{"refused.md", []string{"slim", "--no-verify", "build", "-o", "out.zip", "--format", "markdown"}, exitGate},
}

// TestReports compares reports with testdata/golden; -update rewrites those.
func TestReports(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			function(t, "build", handler)
			write(t, "trace.json", ran)
			stdout, stderr, code := coldcut(t, g.args...)
			if code != g.code {
				t.Fatalf("exit code %d, want %d: %s", code, g.code, stderr)
			}
			golden(t, g.name, strings.ReplaceAll(stdout, version(), "VERSION"))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	goldenFile(t, filepath.Join(testdata, "golden", name), got)
}

func goldenFile(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if it is right, run go test -update.\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

// coldcut runs the program in this process.
func coldcut(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return coldcutWith(t, nil, args...)
}

// coldcutWith runs it with these variables for an environment.
func coldcutWith(t *testing.T, env map[string]string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	sys := &system{stdout: &out, stderr: &errs, getenv: func(name string) string { return env[name] }}
	sys.caching.dir = t.TempDir()
	code = run(t.Context(), args, sys)
	return out.String(), errs.String(), code
}

// cut runs it and expects it to succeed.
func cut(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	stdout, stderr, code := coldcut(t, args...)
	if code != exitOK {
		t.Fatalf("coldcut %s: exit code %d: %s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// function makes a function's folder: the tiny boto3 and one source.
func function(t *testing.T, dir, source string) {
	t.Helper()
	if err := installTiny(dir); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "app.py"), source)
}

func write(t *testing.T, name, data string) {
	t.Helper()
	artifacttest.Write(t, filepath.Dir(name), map[string]string{filepath.Base(name): data})
}

// helpers are the files in testdata that tests open by name.
var helpers = []string{"tiny.txtar", "package.py", "call.py", "models.py", "help.py", "fallback.py", "imported.py", "bench.json"}

// TestTestdataIsUsed fails for files in testdata that no test reads: a script
// that does not end in .txtar is none, and a golden file must have its report.
func TestTestdataIsUsed(t *testing.T) {
	used := slices.Clone(helpers)
	for _, g := range goldens {
		used = append(used, "golden/"+g.name)
	}
	for i := range libraries {
		if name := libraries[i].program; name != "" {
			used = append(used, "libraries/"+name)
		}
	}
	scripts, err := filepath.Glob(filepath.Join(testdata, "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		used = append(used, "script/"+filepath.Base(s))
	}
	err = fs.WalkDir(os.DirFS(testdata), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if !slices.Contains(used, name) {
			t.Errorf("testdata/%s is used by no test", name)
		}
		used = slices.DeleteFunc(used, func(u string) bool { return u == name })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range used {
		t.Errorf("testdata/%s is missing", name)
	}
}
