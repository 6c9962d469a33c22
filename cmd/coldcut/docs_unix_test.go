//go:build unix

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// exits are the blocks that end with another code than 0, which is their point.
var exits = map[string]int{
	"docs/tutorial.md coldcut check src": exitGate,
	"docs/guide.md coldcut check src/":   exitGate,
}

// quicker is what commands are shortened by, for a test.
var quicker = strings.NewReplacer(
	"--samples 30 --memory 128,512,1769", "--samples 2 --memory 1769",
	"--samples 10 --memory 512", "--samples 2 --memory 1769",
	"@examples/fleet/health.json", "@examples/fleet/health.json --samples 2 --memory 1769",
)

// lays are what a page takes for granted: a function's folder, and the like.
var lays = map[string]string{
	"README.md": laidFunction,
	"docs/guide.md": laidFunction + `
mkdir -p layer/python tests
pip install --quiet --target layer/python boto3==1.44.8
(cd layer && python -m zipfile -c ../layer.zip python)
pip download --quiet --no-deps botocore==1.44.8
printf 'import app\n\ndef test_link():\n    assert app.links({"name": "x"})\n' > tests/test_app.py
export PYTHONPATH=$PWD/src AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
coldcut slim layer.zip --sources src -o locked --lock=src/coldcut.lock --no-verify
echo 'boto3.client("sqs")' >> src/app.py
`,
	"docs/safety.md": laidFunction + `
pip install --quiet --target build -r requirements.txt && cp app.py build
coldcut slim build -o function.zip --python 3.13
`,
}

// laidFunction is a function that uses what the pages speak of.
const laidFunction = `
echo boto3==1.44.8 > requirements.txt
mkdir src
cat > app.py <<'END'
import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table("links")


def links(event):
    return s3.generate_presigned_url("put_object", Params={"Bucket": "b", "Key": event["name"]})


def handler(event, context):
    if event.get("name"):
        s3.put_object(Bucket="b", Key=event["name"], Body=b"")
        return table.get_item(Key={"name": event["name"]})
    return None
END
cp app.py src
`

// serveLine is coldcut serve in a terminal of its own.
var serveLine = regexp.MustCompile(`(?m)^(?:bin/)?coldcut serve(?: &)?$`)

// TestDocumentation runs the documentation: each page in a folder of its own, its blocks
// in their order in one shell, as a reader does who copies them.
func TestDocumentation(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("skipped: ", err)
	}
	programs := readersPrograms(t)
	for _, page := range runPages {
		t.Run(page, func(t *testing.T) {
			if page != "README.md" && os.Getenv("COLDCUT_SLOW") == "" {
				t.Skip("skipped: the pages take minutes, make test-slow runs them")
			}
			runPage(t, page, programs)
		})
	}
}

// readersPrograms is a folder with what a reader has: Pythons, pip, the AWS CLI, pytest.
func readersPrograms(t *testing.T) string {
	t.Helper()
	p, old := pyruntest.Need(t, "3.13"), pyruntest.Need(t, "3.7")
	dir := t.TempDir()
	script := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, python := range map[string]*pyrun.Interpreter{"python": p, "python3": p, "python3.13": p, "python3.7": old} {
		script(name, fmt.Sprintf(`exec '%s' "$@"`, python.Path))
	}
	script("pip", fmt.Sprintf(`exec '%s' -m pip "$@"`, p.Path))
	tools := pyruntest.Install(t, p, "pytest", "boto3==1.44.8")
	script("pytest", fmt.Sprintf(`PYTHONPATH="$PYTHONPATH:%s" exec '%s' -m pytest "$@"`, tools, p.Path))
	aws := pyruntest.Install(t, p, "awscli==1.46.3")
	script("aws", fmt.Sprintf(`PYTHONPATH='%s' exec '%s' '%s/bin/aws' "$@"`, aws, p.Path, aws))
	return dir
}

func runPage(t *testing.T, page, programs string) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("set -e -o pipefail\n" + lays[page])
	ran := 0
	for _, block := range shellBlocks(t, page) {
		if excuse(block) >= 0 || !slices.ContainsFunc(strings.Split(block.text, "\n"), notDevelopers) {
			continue
		}
		ran++
		fmt.Fprintf(&b, "echo '== %d' >&2\n", ran)
		code, expected := exits[block.page+" "+block.first]
		if expected {
			fmt.Fprintf(&b, "set +e; (set -e\n%s\n); code=$?; set -e; [ $code = %d ]\n", block.text, code)
		} else {
			b.WriteString(block.text + "\n")
		}
	}
	if ran == 0 {
		t.Skip("skipped: every block is excused")
	}
	dir := sandbox(t, page)
	port := freePort(t)
	text := serveLine.ReplaceAllLiteralString(quicker.Replace(b.String()), "coldcut serve --quiet --listen 127.0.0.1:"+port+` >serve.log & SERVE=$!
trap 'kill $SERVE; wait $SERVE' EXIT
until grep -q serving serve.log; do kill -0 $SERVE; sleep 0.1; done`)
	text = strings.ReplaceAll(text, "127.0.0.1:9001", "127.0.0.1:"+port)
	cmd := exec.CommandContext(t.Context(), "bash", "-x", "-c", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_ROOT_USER_ACTION=ignore",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v; the last command is what failed:\n%s", err, out)
	}
}

// notDevelopers reports whether a line is a command that does not work on the checkout.
func notDevelopers(line string) bool {
	line, _, _ = strings.Cut(line, " #")
	return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") && !developers.MatchString(line)
}

// sandbox is what a page begins in: the folder of its reader, or for an example a
// checkout after make build.
func sandbox(t *testing.T, page string) string {
	t.Helper()
	dir := t.TempDir()
	if !strings.HasPrefix(page, "examples/") {
		return dir
	}
	program, err := exec.LookPath("coldcut")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "bin", "coldcut")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return port
}
