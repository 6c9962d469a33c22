//go:build unix

package artifact

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDirRefused(t *testing.T) {
	file := func(path string) func(string) error {
		return func(dir string) error {
			name := filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			return os.WriteFile(name, []byte("x"), 0o644)
		}
	}
	tests := []struct {
		name  string
		make  []func(dir string) error
		entry string
		want  string
	}{
		{"pipe", []func(string) error{func(d string) error { return syscall.Mkfifo(filepath.Join(d, "pipe"), 0o644) }}, "pipe", "named pipe"},
		{"link outside", []func(string) error{func(d string) error { return os.Symlink("../x", filepath.Join(d, "l")) }}, "l", "points outside"},
		{"link absolute", []func(string) error{func(d string) error { return os.Symlink(d, filepath.Join(d, "l")) }}, "l", "absolute"},
		{"link that climbs late", []func(string) error{func(d string) error { return os.Symlink("a/../../x", filepath.Join(d, "l")) }}, "l", "after it descended"},
		{"backslash", []func(string) error{file(`a\b`)}, `a\b`, "backslash"},
		{"not UTF-8", []func(string) error{file("a\xff")}, "a\xff", "UTF-8"},
		{"drive", []func(string) error{file("c:x")}, "c:x", "drive"},
		{"case", []func(string) error{file("Foo"), file("foo")}, "foo", `"Foo"`},
		{"case of folders", []func(string) error{file("Foo/a"), file("foo/b")}, "foo/b", `"Foo"`},
		{"Unicode form", []func(string) error{file("caf\u00e9"), file("cafe\u0301")}, "caf\u00e9", "Unicode form"},
		{"size", []func(string) error{func(d string) error { return os.WriteFile(filepath.Join(d, "big"), make([]byte, 5000), 0o644) }}, "big", "4096"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range test.make {
				if err := f(dir); err != nil {
					t.Skipf("this file system cannot hold it: %v", err)
				}
			}
			if entries, _ := os.ReadDir(dir); len(entries) < len(test.make) {
				t.Skip("this file system ignores case or form")
			}
			err := readAll(dir, 4096)
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Entry != test.entry || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want entry %q and %q", err, test.entry, test.want)
			}
		})
	}
}

func TestDirSocket(t *testing.T) {
	dir := t.TempDir()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(t, err)
	defer func() { _ = syscall.Close(fd) }()
	t.Chdir(dir)
	check(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: "s"}))
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), `"s" is not a file, a link or a directory, but a socket`) {
		t.Errorf("got %v", err)
	}
}

func TestDirUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root can read everything")
	}
	dir := makeTree(t, t.TempDir(), []node{{path: "a/secret.py", mode: 0}})
	a := open(t, dir)
	if _, err := a.ReadFile("a/secret.py"); err == nil || !strings.Contains(err.Error(), "a/secret.py") {
		t.Errorf("got %v", err)
	}
}

// TestDirHardLinks reads hard links as the files they are.
func TestDirHardLinks(t *testing.T) {
	dir := makeTree(t, t.TempDir(), []node{{path: "a", content: "same", mode: 0o644}})
	check(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")))
	a := open(t, dir)
	for _, name := range []string{"a", "b"} {
		if data, err := a.ReadFile(name); err != nil || string(data) != "same" {
			t.Errorf("%s: got %q, %v", name, data, err)
		}
	}
}

func TestFollowLinks(t *testing.T) {
	dir := makeTree(t, t.TempDir(), []node{
		{path: "a/b/real", content: "yes", mode: 0o644},
		{path: "one", target: "a"},
		{path: "a/two", target: "../one/b"},
		{path: "a/b/three", target: "../two/./real"},
		{path: "dangling", target: "a/none"},
		{path: "round", target: "a/about"},
		{path: "a/about", target: "../round"},
	})
	for _, a := range []*Artifact{open(t, dir), zipped(t, dir)} {
		for _, path := range []string{"a/b/real", "one/b/real", "one/two/real", "a/b/three", "one/two/three"} {
			if data, err := a.ReadFile(path); err != nil || string(data) != "yes" {
				t.Errorf("%s: got %q, %v", path, data, err)
			}
		}
		for path, want := range map[string]error{
			"dangling": os.ErrNotExist, "none": os.ErrNotExist, "one/b": errIsDirectory, "round": errLoop,
			"../x": os.ErrInvalid, "/etc/passwd": os.ErrInvalid, "": os.ErrInvalid, "a/b/real/x": os.ErrNotExist,
		} {
			if _, err := a.ReadFile(path); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", path, err, want)
			}
		}
	}
}

func zipped(t *testing.T, dir string) *Artifact {
	t.Helper()
	out := filepath.Join(t.TempDir(), "package.zip")
	write(t, open(t, dir), out, WriteOptions{})
	return open(t, out)
}

// TestDirChanges notices files that change after they were listed.
func TestDirChanges(t *testing.T) {
	for name, change := range map[string]func(string) error{
		"grows":    func(p string) error { return os.WriteFile(p, []byte("longer than before"), 0o644) },
		"shrinks":  func(p string) error { return os.Truncate(p, 1) },
		"vanishes": os.Remove,
	} {
		dir := makeTree(t, t.TempDir(), []node{{path: "sub/a.py", content: "x = 1", mode: 0o644}})
		a := open(t, dir)
		check(t, change(filepath.Join(dir, "sub", "a.py")))
		if _, err := a.ReadFile("sub/a.py"); err == nil || !strings.Contains(err.Error(), "sub/a.py") {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := Stage(t.Context(), a, filepath.Join(t.TempDir(), "out.zip"), WriteOptions{}); err == nil {
			t.Errorf("%s: was written", name)
		}
	}
}

// TestModes writes modes whatever the umask, and none that a sandbox forbids.
func TestModes(t *testing.T) {
	dir := makeTree(t, t.TempDir(), []node{
		{path: "a", mode: 0o777}, {path: "b", mode: 0o400}, {path: "c", mode: 0o755 | os.ModeSetuid}, {path: "d/", mode: 0o700},
	})
	check(t, os.Chmod(filepath.Join(dir, "c"), 0o755|os.ModeSetuid))
	defer setUmask(0o077)()
	out := filepath.Join(t.TempDir(), "out")
	write(t, open(t, dir), out, WriteOptions{})
	for name, want := range map[string]os.FileMode{"a": 0o777, "b": 0o400, "c": 0o755, "d": os.ModeDir | 0o700, ".": os.ModeDir | 0o755} {
		info, err := os.Lstat(filepath.Join(out, name))
		check(t, err)
		if info.Mode() != want {
			t.Errorf("%s: got %v, want %v", name, info.Mode(), want)
		}
	}
}
