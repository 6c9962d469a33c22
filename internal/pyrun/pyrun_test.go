package pyrun

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// some returns any interpreter.
func some(t *testing.T) *Interpreter {
	t.Helper()
	p, err := Find(t.Context(), "")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("skipped: ", err)
	}
	return p
}

// python runs code and returns what it printed.
func python(t *testing.T, p *Interpreter, c Command, code string) string {
	t.Helper()
	c.Args = append([]string{"-c", code}, c.Args...)
	stdout, stderr, err := p.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err, string(stderr))
	}
	return strings.TrimSpace(strings.ReplaceAll(string(stdout), "\r\n", "\n"))
}

func TestRun(t *testing.T) {
	p := some(t)
	dir := t.TempDir()
	t.Setenv("PYTHONSTARTUP", "x")
	t.Setenv("PYTHONPATH", dir)
	t.Setenv("COLDCUT_CALLER", "here")
	const environment = `import os; print(*(os.environ.get(k) for k in ("PYTHONSTARTUP", "PYTHONPATH", "COLDCUT_CALLER", "PYTHONDONTWRITEBYTECODE", "X")))`
	const flags = `import sys; print(sys.flags.isolated, sys.flags.no_site, sys.flags.dont_write_bytecode)`
	for _, c := range []struct {
		name, code, want string
		command          Command
	}{
		{"scrubbed", environment, "None None here 1 None", Command{}},
		{"added", environment, "None y here 1 2", Command{Env: []string{"X=1", "PYTHONPATH=y", "X=2"}}},
		{"bare", environment, "None None None 1 2", Command{Bare: true, Env: []string{"X=2"}}},
		{"flags", flags, "0 0 1", Command{}},
		{"isolated", flags, "1 0 1", Command{Isolated: true}},
		{"no site", flags, "1 1 1", Command{Isolated: true, NoSite: true}},
		{"bytecode", flags, "0 0 0", Command{Bytecode: true}},
		{"arguments", `import sys; print(sys.argv[1:])`, "['a b', '', '-c']", Command{Args: []string{"a b", "", "-c"}}},
		{"stdin", `import sys; print(sys.stdin.read())`, "in", Command{Stdin: strings.NewReader("in")}},
		{"folder", `import os; print(os.path.samefile(".", ` + quote(dir) + `))`, "True", Command{Dir: dir}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := python(t, p, c.command, c.code); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func quote(s string) string { return "r'" + s + "'" }

func TestRunFails(t *testing.T) {
	p := some(t)
	code := `import sys; print("out"); print("\n".join("line %d" % i for i in range(9)), file=sys.stderr); sys.exit(7)`
	stdout, stderr, err := p.Run(t.Context(), Command{Args: []string{"-c", code}})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(stdout), "out") || !strings.HasPrefix(string(stderr), "line 0") {
		t.Errorf("stdout %q, stderr %q", stdout, stderr)
	}
	if s := err.Error(); !strings.Contains(s, p.Version) || !strings.Contains(s, "line 8") || strings.Contains(s, "line 3") {
		t.Error(s)
	}
}

func TestRunEnds(t *testing.T) {
	p := some(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, _, err := p.Run(ctx, Command{Args: []string{"-c", "import time; time.sleep(60)"}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Error("took", took)
	}
}

func TestFind(t *testing.T) {
	newest := some(t)
	found := All(t.Context())
	if found[0] != newest {
		t.Errorf("newest is %s, found %s", found[0].Version, newest.Version)
	}
	for i, p := range found {
		if i > 0 && found[i-1].minor <= p.minor {
			t.Errorf("%s after %s", p.Version, found[i-1].Version)
		}
		again, err := Find(t.Context(), p.Language())
		if err != nil || again != p {
			t.Errorf("%s: %v", p.Language(), err)
		}
		if major, minor := p.Minor(); major != 3 || minor != p.minor || !strings.HasPrefix(p.Version, p.Language()+".") {
			t.Errorf("%+v", p)
		}
		if got := python(t, p, Command{Isolated: true}, `import platform; print(platform.python_version())`); got != p.Version {
			t.Errorf("version %s, but it says %s", p.Version, got)
		}
	}
}

func TestFindFails(t *testing.T) {
	for _, version := range []string{"3.99", "3.199"} {
		_, err := Find(t.Context(), version)
		if err == nil || !strings.HasPrefix(err.Error(), "python"+version+" not found on PATH, in pyenv or in uv (found ") ||
			!strings.Contains(err.Error(), "uv python install "+version) {
			t.Error(err)
		}
	}
	for _, version := range []string{"2.7", "3", "3.x", "python3.9", "3.9.1"} {
		if _, err := Find(t.Context(), version); err == nil || !strings.Contains(err.Error(), "is not a Python version") {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, "3.99"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if s := missing("", nil).Error(); s != "python3 not found on PATH, in pyenv or in uv (found none at all): install it with `uv python install 3.13` or `pyenv install 3.13`" {
		t.Error(s)
	}
}

// What lies on PATH under a Python's name may be anything.
func TestProbe(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: scripts are no executables on Windows")
	}
	real := some(t)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		script string
		runs   bool
	}{
		"shim":    {"#!/bin/sh\nexec '" + real.Path + "' \"$@\"\n", true},
		"broken":  {"#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n", false},
		"chatty":  {"#!/bin/sh\necho hello\n", false},
		"pypy":    {"#!/bin/sh\necho '{\"path\": \"/x\", \"version\": \"3.10.1\", \"major\": 3, \"minor\": 10, \"implementation\": \"pypy\"}'\n", false},
		"python2": {"#!/bin/sh\necho '{\"path\": \"/x\", \"version\": \"2.7.1\", \"major\": 2, \"minor\": 7, \"implementation\": \"cpython\"}'\n", false},
		"empty":   {"", false},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.script), 0o755); err != nil {
			t.Fatal(err)
		}
		p := probe(t.Context(), path)
		if (p != nil) != c.runs {
			t.Errorf("%s: %+v", name, p)
		}
		if p != nil && (p.Version != real.Version || p.Path != real.Path) {
			t.Errorf("%s: %+v", name, p)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if again := probe(t.Context(), path); again != p {
			t.Errorf("%s is run twice", name)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	probe(ended, real.Path+"-later")
	if _, known := probes.known[real.Path+"-later"]; known {
		t.Error("an interrupted probe is remembered")
	}
}

func TestCandidates(t *testing.T) {
	dir := t.TempDir()
	touch := func(name string) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var want []string
	for _, name := range []string{"one/python3.13", "one/python3.9", "one/python3", "one/python", "two/python3.10"} {
		want = append(want, touch(name))
	}
	for _, name := range []string{"one/python2.7", "one/python3-config", "one/python3.13-config", "one/ipython3", "one/pythonw", "two/perl"} {
		touch(name)
	}
	if runtime.GOOS != "windows" {
		want = append(want, touch("pyenv/versions/3.12.1/bin/python"), touch("pyenv/versions/3.8.18/bin/python"), touch("uv/cpython-3.11.9-linux-x86_64-gnu/bin/python3"))
		touch("pyenv/versions/2.7.18/bin/python")
		touch("pyenv/versions/pypy3.10/bin/python")
	}
	t.Setenv("PATH", strings.Join([]string{filepath.Join(dir, "one"), "relative", filepath.Join(dir, "none"), filepath.Join(dir, "two"), filepath.Join(dir, "one")}, string(os.PathListSeparator)))
	t.Setenv("PYENV_ROOT", filepath.Join(dir, "pyenv"))
	t.Setenv("UV_PYTHON_INSTALL_DIR", filepath.Join(dir, "uv"))
	if got := candidates(t.Context()); !slices.Equal(got, want) {
		t.Errorf("got %q,\nwant %q", got, want)
	}
}

func TestManaged(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: other places on Windows")
	}
	for _, name := range []string{"PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", "/home/me")
	want := []string{"/home/me/.pyenv/versions/3*/bin/python", "/home/me/.local/share/uv/python/cpython-3*/bin/python3"}
	if got := managed(); !slices.Equal(got, want) {
		t.Error(got)
	}
	t.Setenv("XDG_DATA_HOME", "/data")
	if got := managed(); got[1] != "/data/uv/python/cpython-3*/bin/python3" {
		t.Error(got)
	}
}

func TestLauncherPaths(t *testing.T) {
	listed := " -V:3.13 *        C:\\Users\\me\\AppData\\Local\\Programs\\Python\\Python313\\python.exe\r\n" +
		" -V:3.9           C:\\Program Files\\Python39\\python.exe\r\n -V:3.8           \r\nnone\r\n"
	want := []string{`C:\Users\me\AppData\Local\Programs\Python\Python313\python.exe`, `C:\Program Files\Python39\python.exe`}
	if got := launcherPaths(listed); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// One file under several names is asked once, but a shim tells by its name
// what it runs.
func TestUnique(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"python3.12", "shim"} {
		if err := os.WriteFile(in(name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"python3": "python3.12", "python": "python3", "python3.8": "shim", "python3.7": "shim"} {
		if err := os.Symlink(target, in(link)); err != nil {
			t.Skip("skipped: ", err)
		}
	}
	got := unique([]string{in("python3.12"), in("python3"), in("python"), in("python3.8"), in("python3.7"), in("python3.8"), in("gone")})
	if want := []string{in("python3.12"), in("python3.8"), in("python3.7"), in("gone")}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestNatural(t *testing.T) {
	names := []string{"3.13.0", "3.9.18", "3.9.2", "3.10.0rc1", "python", "3.10.0", ""}
	slices.SortFunc(names, natural)
	if want := []string{"", "3.9.2", "3.9.18", "3.10.0", "3.10.0rc1", "3.13.0", "python"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

func TestSaysVersion(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/bin/python3.11": "3.11", `/shims/python3.9.exe`: "3.9", "/usr/bin/python3": "", "/usr/bin/python": "",
		"/me/.pyenv/versions/3.13.0/bin/python":                     "3.13",
		"/me/uv/python/cpython-3.12.1-linux-x86_64-gnu/bin/python3": "3.12",
		"C:/me/.pyenv/pyenv-win/versions/3.8.10/python.exe":         "3.8",
		"/srv/3.9.1-port/.venv/bin/python":                          "", "/opt/python3.9/bin/python": "",
	} {
		if got := saysVersion(path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestScrub(t *testing.T) {
	got := scrub([]string{"PATH=/bin", "PYTHONPATH=x", "pythonhome=y", "__PYVENV_LAUNCHER__=z", "AWS_REGION=eu", "MYPYTHON=1"})
	if want := []string{"PATH=/bin", "AWS_REGION=eu", "MYPYTHON=1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}
