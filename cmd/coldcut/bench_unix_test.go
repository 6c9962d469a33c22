//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/lambdasim"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// otherLambda serves a Lambda and names it as a user's AWS configuration would. It
// tells how many invocations there were.
func otherLambda(t *testing.T) (invocations *atomic.Int32, sim http.Handler) {
	t.Helper()
	pyruntest.Need(t, "")
	server, err := lambdasim.New(lambdasim.Options{Work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	invocations = new(atomic.Int32)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocations") {
			invocations.Add(1)
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": web.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	return invocations, server
}

// functionsOf lists what a Lambda has.
func functionsOf(t *testing.T, sim http.Handler) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/2015-03-31/functions/", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	var list struct{ Functions []any }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v: %s", w.Code, err, w.Body)
	}
	return len(list.Functions)
}

const echo = "def handler(event, context):\n    return event\n"

// onAWS are arguments of a run on "AWS".
func onAWS(t *testing.T, samples string) []string {
	t.Helper()
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"fat/app.py": echo, "slim/app.py": echo})
	return []string{
		"bench", filepath.Join(dir, "fat"), filepath.Join(dir, "slim"), "--on", "aws", "--yes", "--memory", "256", "--samples", samples,
		"--runtime", "python" + pyruntest.Need(t, "").Language(), "--role", "arn:aws:iam::000000000000:role/any",
	}
}

// TestBenchElsewhere goes the way of AWS, to a Lambda that is none. The result does
// not pass for one of AWS.
func TestBenchElsewhere(t *testing.T) {
	_, sim := otherLambda(t)
	stdout, stderr, code := coldcut(t, append(onAWS(t, "3"), "--format", "json")...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if n := functionsOf(t, sim); n > 0 {
		t.Errorf("%d functions are left", n)
	}
	if !strings.Contains(stderr, "creates 2 functions named coldcut-bench-") || !strings.Contains(stderr, "takes 8 cold starts") {
		t.Errorf("announced: %s", stderr)
	}
	var d struct {
		Backend string
		Notes   []string
		Arms    []struct{ Samples []struct{ Cold bool } }
	}
	if err := json.Unmarshal([]byte(stdout), &d); err != nil {
		t.Fatal(err)
	}
	if d.Backend != "local" || len(d.Arms) != 2 || len(d.Arms[0].Samples) != 3 || !d.Arms[0].Samples[0].Cold {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(strings.Join(d.Notes, "\n"), "another endpoint than AWS's") {
		t.Errorf("notes: %q", d.Notes)
	}
}

// TestBenchSignals stops a run with a signal, as a terminal and as a CI does, and
// looks whether anything stays.
func TestBenchSignals(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			invocations, sim := otherLambda(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "coldcut", onAWS(t, "1000")...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for invocations.Load() < 4 && ctx.Err() == nil {
				time.Sleep(5 * time.Millisecond)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
				t.Errorf("bench ended with %v: %s", err, stderr.String())
			}
			if !strings.Contains(stderr.String(), "interrupted; nothing was left behind") {
				t.Errorf("it says %s", stderr.String())
			}
			if n := functionsOf(t, sim); n > 0 {
				t.Errorf("%d functions are left", n)
			}
		})
	}
}
