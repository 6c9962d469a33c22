package main

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// TestWheel cuts botocore's wheel, and has pip, and uv where it is, install it in place
// of the release.
func TestWheel(t *testing.T) {
	r := newReality(t, "", "jmespath", "python-dateutil", "urllib3") // what botocore requires
	dir := t.TempDir()
	r.pip(t, "download", "--no-deps", "--dest", dir, "boto3", "botocore")
	whole := only(t, filepath.Join(dir, "botocore-*.whl"))
	dist, again := filepath.Join(dir, "dist"), filepath.Join(dir, "again")
	keep := []string{"--keep", "s3:GetObject,sqs:SendMessage", "--dependencies", r.installed}
	out := cut(t, append([]string{"slim", whole, "-o", dist}, keep...)...)
	if !regexp.MustCompile(`[1-9][0-9,]+ cases the same, 0 different`).MatchString(out) {
		t.Errorf("not proven: %s", out)
	}
	slim := only(t, filepath.Join(dist, "botocore-*+coldcut.*-py3-none-any.whl"))

	listsAll(t, slim)
	cut(t, append([]string{"slim", slim, "-o", again, "--no-verify"}, keep...)...)
	same(t, slim, only(t, filepath.Join(again, "*.whl")))

	installed := filepath.Join(dir, "pip")
	r.pip(t, "install", "--target", installed, "--find-links", dist, "boto3")
	r.checkWheel(t, installed)
	uv := r.uv(t)
	installed = filepath.Join(dir, "uv")
	uv("pip", "install", "--python", r.python.Path, "--target", installed, "--find-links", dist, "boto3")
	r.checkWheel(t, installed)

	// A private index has it in the place of the release, and the rest as it is.
	r.pip(t, "download", "--dest", dir, "boto3")
	if err := os.Remove(whole); err != nil {
		t.Fatal(err)
	}
	index := privateIndex(t, dir, dist)
	installed = filepath.Join(dir, "pip-index")
	r.pip(t, "install", "--target", installed, "--index-url", index, "boto3")
	r.checkWheel(t, installed)
	installed = filepath.Join(dir, "uv-index")
	uv("pip", "install", "--python", r.python.Path, "--target", installed, "--index-url", index, "boto3")
	r.checkWheel(t, installed)
}

// uv runs uv, with a cache of its own.
func (r *reality) uv(t *testing.T) func(args ...string) {
	t.Helper()
	program, cache := filepath.Join(pyruntest.Install(t, r.python, "uv"), "bin", "uv"), t.TempDir()
	return func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, append([]string{"--quiet", "--cache-dir", cache, "--no-config"}, args...)...)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("uv %s: %v\n%s", strings.Join(args, " "), err, text)
		}
	}
}

// privateIndex serves the wheels in some folders as PEP 503 has it, and nothing else.
func privateIndex(t *testing.T, folders ...string) string {
	t.Helper()
	wheels := map[string]string{}
	for _, dir := range folders {
		found, err := filepath.Glob(filepath.Join(dir, "*.whl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			wheels[filepath.Base(name)] = name
		}
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok && wheels[name] != "" {
			http.ServeFile(w, r, wheels[name])
			return
		}
		project := strings.Trim(strings.TrimPrefix(r.URL.Path, "/simple/"), "/")
		var page strings.Builder
		for name := range wheels {
			distribution, _, _ := strings.Cut(name, "-")
			if strings.ReplaceAll(strings.ToLower(distribution), "_", "-") == project {
				fmt.Fprintf(&page, "<a href=\"/files/%s\">%s</a>\n", url.PathEscape(name), name)
			}
		}
		if page.Len() == 0 {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><html><body>%s</body></html>", page.String())
	}))
	t.Cleanup(s.Close)
	return s.URL + "/simple/"
}

// listsAll holds that RECORD lists each file of the wheel once, and nothing else.
func listsAll(t *testing.T, wheel string) {
	t.Helper()
	z, err := zip.OpenReader(wheel)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	var files, listed []string
	for _, f := range z.File {
		files = append(files, f.Name)
		if !strings.HasSuffix(f.Name, ".dist-info/RECORD") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(r).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			listed = append(listed, row[0])
		}
	}
	slices.Sort(files)
	slices.Sort(listed)
	if !slices.Equal(files, listed) {
		t.Errorf("RECORD lists %d files of %d", len(listed), len(files))
	}
}

// checkWheel asks what was installed which botocore it is, and what it knows.
func (r *reality) checkWheel(t *testing.T, dir string) {
	t.Helper()
	const ask = `import sys; sys.path.insert(0, sys.argv[1])
import boto3, importlib.metadata as m
print(m.version("botocore"), *boto3.Session().get_available_services(), boto3.client("s3", region_name="eu-west-1").meta.endpoint_url)
for f in m.distribution("botocore").files:
    data = f.read_binary() if f.hash else b""
    import base64, hashlib
    assert not f.hash or base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() == f.hash.value, f`
	stdout, stderr, err := r.python.Run(t.Context(), pyrun.Command{Isolated: true, NoSite: true, Args: []string{"-c", ask, dir}})
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if !regexp.MustCompile(`^\S+\+coldcut\.[0-9a-f]{12} s3 signin sqs sso sso-oidc sts https://s3.eu-west-1.amazonaws.com\n$`).Match(stdout) {
		t.Errorf("installed is %s", stdout)
	}
	lock := only(t, filepath.Join(dir, "botocore-*.dist-info", "coldcut.lock"))
	if data, err := os.ReadFile(lock); err != nil || !strings.Contains(string(data), `"sqs"`) {
		t.Errorf("the lock is %s, %v", data, err)
	}
}

// pip runs pip in the test's Python.
func (r *reality) pip(t *testing.T, args ...string) {
	t.Helper()
	_, stderr, err := r.python.Run(t.Context(), pyrun.Command{
		Isolated: true, Args: append([]string{"-m", "pip"}, args...),
		Env: []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_ROOT_USER_ACTION=ignore", "PIP_QUIET=1"},
	})
	if err != nil {
		t.Fatalf("pip %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
}

// only is the one file that a pattern matches.
func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

func same(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(a) != filepath.Base(b) || string(x) != string(y) {
		t.Errorf("%s and %s differ", a, b)
	}
}
