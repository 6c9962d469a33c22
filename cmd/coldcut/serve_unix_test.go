//go:build unix

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// served is a coldcut serve that runs.
type served struct {
	cmd    *exec.Cmd
	url    string
	stderr *bytes.Buffer
	temp   string
}

// startServe starts coldcut serve on a free port.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	s := &served{stderr: &bytes.Buffer{}, temp: t.TempDir()}
	s.start(t, args...)
	return s
}

func (s *served) start(t *testing.T, args ...string) {
	t.Helper()
	s.cmd = exec.CommandContext(t.Context(), "coldcut", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.temp)
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	m := regexp.MustCompile(`^serving Lambda and X-Ray at (http://127\.0\.0\.1:\d+)\n$`).FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("serve says %q: %v", line, err)
	}
	s.url = m[1]
	go func() { _, _ = io.Copy(io.Discard, lines) }() // the rest is for people
}

// end interrupts the server, which must end well and leave nothing.
func (s *served) end(t *testing.T, with syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(with); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("serve ends with %v\n%s", err, s.stderr)
	}
	if left, err := os.ReadDir(s.temp); err != nil || len(left) > 0 {
		t.Errorf("serve leaves %v %v", left, err)
	}
}

// call does one call of the API, signed as nobody.
func (s *served) call(t *testing.T, method, path string, body any) string {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20250102/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
	return string(answer)
}

// zipOf is a package of one file, app.py.
func zipOf(t *testing.T, code string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, code); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestServe takes serve from its start to a signal, twice on the same data.
func TestServe(t *testing.T) {
	python := pyruntest.Need(t, "")
	code := zipOf(t, "def handler(event, context):\n    print('it is', event)\n    return event * 2\n")
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, "--data", data)
	s.call(t, "POST", "/2015-03-31/functions", map[string]any{
		"FunctionName": "double", "Runtime": "python" + python.Language(), "Role": "any", "Handler": "app.handler", "Code": map[string]any{"ZipFile": code},
	})
	if got := s.call(t, "POST", "/2015-03-31/functions/double/invocations", 21); got != "42" {
		t.Errorf("the answer is %s", got)
	}
	s.end(t, syscall.SIGTERM)
	for _, want := range []string{"\nCreateFunction /2015-03-31/functions: 201\n", "\ndouble: it is 21\n", "\ndouble: REPORT RequestId: "} {
		if !strings.Contains("\n"+s.stderr.String(), want) {
			t.Errorf("stderr is\n%s\nwithout %q", s.stderr, want)
		}
	}
	s = startServe(t, "--data", data, "--quiet")
	if got := s.call(t, "POST", "/2015-03-31/functions/double/invocations", "a"); got != `"aa"` {
		t.Errorf("the answer is %s", got)
	}
	s.end(t, syscall.SIGINT)
	if s.stderr.Len() > 0 {
		t.Errorf("quiet says %s", s.stderr)
	}
}

// TestServeKilled kills serve, which can clear nothing away: its function's process
// ends with it, and the next serve removes the rest.
func TestServeKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux ends a process with its parent")
	}
	python := pyruntest.Need(t, "")
	s := startServe(t)
	s.call(t, "POST", "/2015-03-31/functions", map[string]any{
		"FunctionName": "pid", "Runtime": "python" + python.Language(), "Role": "any", "Handler": "app.handler",
		"Code": map[string]any{"ZipFile": zipOf(t, "import os\ndef handler(event, context):\n    return os.getpid()\n")},
	})
	pid, err := strconv.Atoi(s.call(t, "POST", "/2015-03-31/functions/pid/invocations", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // killed, as it was meant to be
	for try := 0; syscall.Kill(pid, 0) == nil; try++ {
		if try > 500 {
			t.Fatal("the function's process goes on")
		}
		time.Sleep(10 * time.Millisecond)
	}
	next := &served{stderr: &bytes.Buffer{}, temp: s.temp}
	next.start(t)
	next.end(t, syscall.SIGTERM)
}
