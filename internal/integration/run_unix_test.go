//go:build unix

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

const version = "9.8.7"

// coldcut builds the program once, into a folder that the last test takes away.
var coldcut = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "coldcut-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the program was read
	name := filepath.Join(dir, "coldcut")
	if out, err := exec.Command("go", "build", "-o", name, "../../cmd/coldcut").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	return os.ReadFile(name)
})

func program(t *testing.T) []byte {
	t.Helper()
	data, err := coldcut()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// published serves a release whose every archive holds this machine's coldcut, as the
// releases page does, and returns its address and its file of checksums.
func published(t *testing.T) (url, sums string) {
	t.Helper()
	data := program(t)
	mux := http.NewServeMux()
	var b strings.Builder
	for _, platform := range needed {
		name, content := "coldcut_"+version+"_"+platform+".tar.gz", tarOf(t, data)
		if strings.HasPrefix(platform, "windows") {
			name, content = "coldcut_"+version+"_"+platform+".zip", zipOf(t, data)
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(content), name)
		mux.HandleFunc("/v"+version+"/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL, b.String()
}

func tarOf(t *testing.T, program []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, file := range []struct {
		name string
		data []byte
	}{{"coldcut_" + version + "_linux/completions/coldcut", nil}, {"coldcut_" + version + "_linux/coldcut", program}} {
		if err := w.WriteHeader(&tar.Header{Name: file.name, Mode: 0o755, Size: int64(len(file.data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(file.data); err != nil {
			t.Fatal(err)
		}
	}
	if w.Close() != nil || z.Close() != nil {
		t.Fatal("a buffer takes all")
	}
	return b.Bytes()
}

func zipOf(t *testing.T, program []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "coldcut.exe", Method: zip.Store}
	h.SetMode(0o755)
	f, err := w.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pinned is a checkout that pins a release, as a released tag of it does.
func pinned(t *testing.T, sums string) string {
	t.Helper()
	dir := checkout(t)
	write(t, filepath.Join(dir, "sums"), sums)
	if _, err := pin(dir, filepath.Join(dir, "sums")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// project is a folder with a lock that keeps s3, and code that uses a service.
func project(t *testing.T, service string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "src", "app.py"), fmt.Sprintf("import boto3\n\nboto3.client(%q).close()\n", service))
	write(t, filepath.Join(dir, "src", "coldcut.lock"), read(t, "testdata/project/coldcut.lock"))
	return dir
}

// need skips, or fails in CI, where a program is missing.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip("skipped: ", err)
		}
	}
}

// action is what matters here of the form of action.yml.
type action struct {
	Inputs map[string]struct {
		Default string
	}
	Runs struct {
		Using string
		Steps []struct {
			ID, If, Shell, Run string
			Env                map[string]string
		}
	}
}

// job is a GitHub job that does no more than use the action.
type job struct {
	action   string // the checkout of it
	dir      string
	releases string
	system   string // RUNNER_OS and RUNNER_ARCH
	with     map[string]string
}

// run does the steps as GitHub's runner does: expressions are put in by text, each step
// is a bash of its own, and what a step adds to PATH the next one has.
func (j *job) run(t *testing.T) (output string, failed error) {
	t.Helper()
	var a action
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(j.action, "action.yml"))), &a); err != nil {
		t.Fatal(err)
	}
	values := []string{"${{ github.action_path }}", j.action}
	inputs := map[string]string{}
	for name, input := range a.Inputs {
		inputs[name] = input.Default
		if v, ok := j.with[name]; ok {
			inputs[name] = v
		}
		values = append(values, "${{ inputs."+name+" }}", inputs[name])
	}
	temp := t.TempDir()
	path := filepath.Join(temp, "path")
	system, processor, _ := strings.Cut(j.system, " ")
	for _, step := range a.Runs.Steps {
		if step.Shell != "bash" || step.If != "" && step.If != "inputs.install-only != 'true'" {
			t.Fatalf("this test does not know how to do %+v", step)
		}
		if step.If != "" && inputs["install-only"] == "true" {
			continue
		}
		expand := strings.NewReplacer(values...).Replace
		cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", expand(step.Run))
		cmd.Dir = j.dir
		added, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		cmd.Env = append(os.Environ(), "RUNNER_OS="+system, "RUNNER_ARCH="+processor, "RUNNER_TEMP="+temp, "GITHUB_PATH="+path,
			"GITHUB_OUTPUT="+filepath.Join(temp, "output"), "COLDCUT_RELEASES="+j.releases, "COLDCUT_CACHE=off",
			"PATH="+strings.TrimSpace(string(added))+string(os.PathListSeparator)+os.Getenv("PATH"))
		for name, value := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+expand(value))
		}
		out, err := cmd.CombinedOutput()
		output += string(out)
		if err != nil {
			return output, err
		}
	}
	return output, nil
}

func TestAction(t *testing.T) {
	need(t, "bash", "curl", "tar", "unzip")
	url, sums := published(t)
	for name, test := range map[string]struct {
		service, system string
		with            map[string]string
		want, failure   string // both are in the output
	}{
		"agrees":           {service: "s3", want: "coldcut devel"},
		"a new service":    {service: "sqs", want: "::error file=src/app.py,line=3", failure: "exit status 3"},
		"on macOS":         {service: "sqs", system: "macOS ARM64", want: "::error file=src/app.py,line=3", failure: "exit status 3"},
		"on Windows":       {service: "sqs", system: "Windows X64", with: map[string]string{"install-only": "true"}, want: "coldcut devel"}, // where coldcut.exe is coldcut
		"arguments":        {service: "s3", with: map[string]string{"args": "--strict  --lock nowhere.lock"}, want: "nowhere.lock", failure: "exit status 2"},
		"no code in them":  {service: "s3", with: map[string]string{"path": "$(touch gotcha)", "args": "`touch gotcha`; touch gotcha"}, want: "error", failure: "exit status 2"},
		"only installs":    {service: "sqs", with: map[string]string{"install-only": "true"}, want: "coldcut devel"},
		"unknown system":   {service: "s3", system: "Plan9 X64", want: "no release for Plan9", failure: "exit status 1"},
		"unknown machine":  {service: "s3", system: "Linux RISCV", want: "no release for RISCV", failure: "exit status 1"},
		"unpinned release": {service: "s3", with: map[string]string{"version": "9.8.6"}, want: "no checksum is known of coldcut_9.8.6_linux_amd64.tar.gz", failure: "exit status 1"},
		"lost release": {
			service: "s3", with: map[string]string{"version": "v9.8.6", "sha256": strings.Repeat("0", 64)},
			want: "/v9.8.6/coldcut_9.8.6_linux_amd64.tar.gz cannot be had", failure: "exit status 1",
		},
		"changed archive": {
			service: "s3", with: map[string]string{"version": version, "sha256": strings.Repeat("0", 64)},
			want: "not " + strings.Repeat("0", 64), failure: "exit status 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := &job{action: pinned(t, sums), dir: project(t, test.service), releases: url, system: "Linux X64", with: map[string]string{"path": "src"}}
			if test.system != "" {
				j.system = test.system
			}
			for k, v := range test.with {
				j.with[k] = v
			}
			out, err := j.run(t)
			if got := fmt.Sprint(err); test.failure == "" && err != nil || test.failure != "" && got != test.failure {
				t.Errorf("%v, want %q", err, test.failure)
			}
			if !strings.Contains(out, test.want) {
				t.Errorf("it said\n%s\nwant %s", out, test.want)
			}
			if _, err := os.Stat(filepath.Join(j.dir, "gotcha")); err == nil {
				t.Error("an input was run")
			}
		})
	}
}

// Before the first release, and on a branch, the action says what to do.
func TestActionWithoutPins(t *testing.T) {
	need(t, "bash")
	j := &job{action: checkout(t), dir: project(t, "s3"), system: "Linux X64"}
	write(t, filepath.Join(j.action, pinsFile), "")
	if out, err := j.run(t); err == nil || !strings.Contains(out, "::error::coldcut: this commit of the action pins no release") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestGitLab does what the template's job does, as a runner's shell would.
func TestGitLab(t *testing.T) {
	need(t, "sh", "wget", "sha256sum", "tar")
	if runtime.GOOS != "linux" {
		t.Skip("skipped: the template's image is of Linux")
	}
	url, sums := published(t)
	good := pinned(t, sums)
	bad := pinned(t, checksums(version, needed...))
	for name, test := range map[string]struct {
		checkout, service, want, failure, junit string
	}{
		"agrees":          {good, "s3", "nothing found", "", `failures="0"`},
		"a new service":   {good, "sqs", "src/app.py:3:1  error", "exit status 3", `failures="1"`},
		"changed archive": {bad, "s3", "FAILED", "exit status 1", ""},
		"no release":      {checkout(t), "s3", "pins no release", "exit status 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var template struct {
				Variables map[string]string
				Coldcut   struct{ Script []string }
			}
			if err := yaml.Unmarshal([]byte(read(t, filepath.Join(test.checkout, gitlabFile))), &template); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.Join(template.Coldcut.Script, "\n"))
			cmd.Dir = project(t, test.service)
			cmd.Env = append(os.Environ(), "COLDCUT_CACHE=off", "TMPDIR="+t.TempDir())
			for name, value := range template.Variables {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			cmd.Env = append(cmd.Env, "COLDCUT_RELEASES="+url, "COLDCUT_PATH=src")
			out, err := cmd.CombinedOutput()
			if got := fmt.Sprint(err); test.failure == "" && err != nil || test.failure != "" && got != test.failure {
				t.Errorf("%v, want %q", err, test.failure)
			}
			if !strings.Contains(string(out), test.want) {
				t.Errorf("it said\n%s\nwant %s", out, test.want)
			}
			if test.junit != "" && !strings.Contains(read(t, filepath.Join(cmd.Dir, "coldcut.xml")), test.junit) {
				t.Errorf("coldcut.xml lacks %s", test.junit)
			}
		})
	}
}
