package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tool is a packager of others that is on PATH, or skips the test: they are large, and
// nothing else needs them.
func tool(t *testing.T, name, install string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("skipped: %v: %s", err, install)
	}
	return found
}

// run runs a tool in a folder, with credentials that are none, and returns what it says.
func (r *reality) run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append([]string{
		"PATH=" + filepath.Dir(r.python.Path) + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CI=1",
		"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=eu-central-1", "AWS_REGION=eu-central-1",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_REQUEST_CHECKSUM_CALCULATION=when_required",
		"SAM_CLI_TELEMETRY=0", "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off",
	}, env...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// bucket is an S3 that keeps the last object which is put there.
func bucket(t *testing.T) (url string, last func() []byte) {
	t.Helper()
	var mu sync.Mutex
	var object []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		data, err := io.ReadAll(r.Body)
		if err == nil && strings.HasPrefix(string(data), "PK") {
			mu.Lock()
			defer mu.Unlock()
			object = data
		}
		w.Header().Set("ETag", `"x"`)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []byte {
		mu.Lock()
		defer mu.Unlock()
		return object
	}
}

// nothingCompiled unpacks what was deployed and imports it.
func (r *reality) nothingCompiled(t *testing.T, zip []byte) {
	t.Helper()
	dir := t.TempDir()
	name, slim := filepath.Join(dir, "deployed.zip"), filepath.Join(dir, "task")
	if err := os.WriteFile(name, zip, 0o600); err != nil {
		t.Fatal(err)
	}
	unzip(t, name, slim)
	placed(t, slim, time.Unix(1e9, 0))
	if got := r.imported(t, slim, "-S"); len(got.Compiled)+len(got.Written) > 0 || got.Modules < 80 {
		t.Errorf("compiled %v, wrote %v, of %d modules", got.Compiled, got.Written, got.Modules)
	}
}

const samTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: CODE, Handler: app.handler, Runtime: pythonVERSION}
`

// TestBytecodeThroughSAM holds that bytecode lasts through SAM's own zip: of a folder
// that coldcut wrote, and of one that SAM built and coldcut cut in place. SAM's build
// takes all bytecode away, so that is the order.
func TestBytecodeThroughSAM(t *testing.T) {
	sam := tool(t, "sam", "pip install aws-sam-cli")
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	r.pack(t, filepath.Join(dir, "src"))
	write(t, filepath.Join(dir, "src", "app.py"), deployed)
	template := func(code string) {
		write(t, filepath.Join(dir, "template.yaml"), strings.NewReplacer("CODE", code, "VERSION", r.python.Language()).Replace(samTemplate))
	}
	url, last := bucket(t)
	env := []string{"AWS_ENDPOINT_URL_S3=" + url}
	pack := []string{"package", "--s3-bucket", "bucket", "--region", "eu-central-1", "--output-template-file", filepath.Join(dir, "packaged.yaml"), "--template-file"}

	template("src")
	report := cut(t, "slim", filepath.Join(dir, "src"), "-o", filepath.Join(dir, "slim"), "--no-verify", "--format", "json")
	if b := bytecodeOf(t, report); b.Bare != 0 || !strings.Contains(b.From, "template.yaml:3, Orders") {
		t.Errorf("%+v", b)
	}
	template("slim")
	r.run(t, dir, env, sam, append(pack, "template.yaml")...)
	r.nothingCompiled(t, last())

	template("src")
	r.run(t, dir, env, sam, "build")
	built := filepath.Join(dir, ".aws-sam", "build")
	if files, err := filepath.Glob(filepath.Join(built, "Orders", "*", "__pycache__")); err != nil || len(files) > 0 {
		t.Errorf("SAM's build keeps bytecode: %v, %v", files, err)
	}
	report = cut(t, "slim", filepath.Join(built, "Orders"), "--in-place", "--no-verify", "--format", "json")
	if b := bytecodeOf(t, report); b.Bare != 0 || !strings.Contains(b.From, "Orders") {
		t.Errorf("%+v", b)
	}
	r.run(t, dir, env, sam, append(pack, filepath.Join(built, "template.yaml"))...)
	r.nothingCompiled(t, last())
}

// TestBytecodeThroughServerless holds that bytecode lasts through Serverless's own zip.
func TestBytecodeThroughServerless(t *testing.T) {
	serverless := tool(t, "serverless", "npm install serverless@3")
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	fat, slim := filepath.Join(dir, "fat"), filepath.Join(dir, "slim")
	r.pack(t, fat)
	write(t, filepath.Join(fat, "app.py"), deployed)
	const config = "service: orders\nframeworkVersion: '3'\nprovider: {name: aws, runtime: pythonVERSION, region: eu-central-1}\nfunctions: {orders: {handler: app.handler}}\n"
	write(t, filepath.Join(fat, "serverless.yml"), strings.ReplaceAll(config, "VERSION", r.python.Language()))
	report := cut(t, "slim", fat, "-o", slim, "--no-verify", "--format", "json")
	if b := bytecodeOf(t, report); b.Bare != 0 || !strings.Contains(b.From, "serverless.yml") {
		t.Errorf("%+v", b)
	}
	r.run(t, slim, nil, serverless, "package")
	r.nothingCompiled(t, readFile(t, filepath.Join(slim, ".serverless", "orders.zip")))
}
