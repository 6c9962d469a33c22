package pyruntest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// dead is an index that no pip can reach.
const dead = "--index-url=http://127.0.0.1:1/simple"

// source writes a package without dependencies that pip installs offline.
func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"setup.py": "from setuptools import setup\nsetup(name='tiny', version='1', py_modules=['tiny'])\n",
		"tiny.py":  "x = 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestInstall(t *testing.T) {
	p := Need(t, "3.7") // brings setuptools along
	cache, from := t.TempDir(), source(t)
	requirements := []string{"--no-build-isolation", "--no-index", "--no-compile", from}
	dirs := make([]string, 4)
	var group sync.WaitGroup
	for i := range dirs {
		group.Go(func() {
			dir, err := install(t.Context(), p, cache, requirements)
			if err != nil {
				t.Error(err)
			}
			dirs[i] = dir
		})
	}
	group.Wait()
	for _, dir := range dirs {
		if dir != dirs[0] {
			t.Errorf("%s and %s", dir, dirs[0])
		}
	}
	if _, err := os.Stat(filepath.Join(dirs[0], "tiny.py")); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "new-*"))
	if err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

func TestInstallFails(t *testing.T) {
	p := Need(t, "")
	cache := t.TempDir()
	_, err := install(t.Context(), p, cache, []string{dead, "--retries=0", "boto3"})
	if err == nil || !strings.Contains(err.Error(), "pip install") {
		t.Error(err)
	}
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			t.Errorf("%s is left behind", e.Name())
		}
	}
}

func TestKey(t *testing.T) {
	p := Need(t, "3.7")
	key := func(requirements ...string) string { return key(p, requirements) }
	if got := key("boto3==1.9.233", "--no-compile"); !strings.HasPrefix(got, "py3.7_--no-compile_boto3--1.9.233_") {
		t.Error(got)
	}
	if key("a", "b") != key("b", "a") {
		t.Error("the order counts")
	}
	if key("a", "b") == key("a b") || key("a>1") == key("a<1") {
		t.Error("different requirements share a folder")
	}
	if long := key(strings.Repeat("x", 500)); len(long) > 100 {
		t.Error(long)
	}
}

// What a machine lacks skips, and fails in CI.
func TestLacks(t *testing.T) {
	for _, c := range []struct {
		ci           string
		run          func(testing.TB)
		skips, fails bool
	}{
		{"", func(t testing.TB) { Need(t, "3.99") }, true, false},
		{"true", func(t testing.TB) { Need(t, "3.99") }, false, true},
		{"true", func(t testing.TB) { Optional(t, "3.99") }, true, false},
		{"", func(t testing.TB) { Optional(t, "3.99") }, true, false},
	} {
		t.Setenv("CI", c.ci)
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.run(r)
		}()
		<-done
		if r.skipped != c.skips || r.failed != c.fails || !strings.Contains(r.message, "python3.99 not found") {
			t.Errorf("%+v", r)
		}
	}
}

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	skipped, failed bool
	message         string
}

func (r *recorder) Skip(args ...any) {
	r.skipped, r.message = true, fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.failed, r.message = true, fmt.Sprint(args...)
	runtime.Goexit()
}
