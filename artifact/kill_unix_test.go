//go:build unix

package artifact

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 15, "how many processes TestKill kills for each form")

const (
	killHelper = "COLDCUT_TEST_KILL_HELPER"
	fullHelper = "COLDCUT_TEST_FULL_HELPER"
)

// TestMain lets the test binary be the process that TestKill kills.
func TestMain(m *testing.M) {
	if out := os.Getenv(fullHelper); out != "" {
		fmt.Fprintln(os.Stderr, writeOnFullDisk(filepath.Dir(out), out))
		os.Exit(1)
	}
	if how := os.Getenv(killHelper); how != "" {
		fmt.Fprintln(os.Stderr, rewriteForever(how, os.Getenv("COLDCUT_TEST_DIR")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// rewriteForever writes two versions of a package in turn until it is killed.
func rewriteForever(how, dir string) error {
	for i := 0; ; i++ {
		if err := rewrite(how, dir, "ab"[i%2]); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("ready")
		}
	}
}

func rewrite(how, dir string, version byte) error {
	ctx := context.Background()
	if how == "place" {
		a, err := Open(filepath.Join(dir, how), Options{})
		if err != nil {
			return err
		}
		return WriteInPlace(ctx, a.With(killEdits(a, version)), filepath.Join(dir, how), WriteOptions{})
	}
	a, err := Open(filepath.Join(dir, string(version)), Options{})
	if err != nil {
		return err
	}
	s, err := Stage(ctx, a, filepath.Join(dir, how), WriteOptions{Replace: true})
	if err != nil {
		return err
	}
	return s.Commit()
}

// killNodes is the package in one version: files that both have, and files
// that are its own, in directories of its own.
func killNodes(version byte) []node {
	nodes := []node{{path: "coldcut.lock", mode: 0o644}}
	for i := range 30 {
		content := bytes.Repeat([]byte{version}, 10000+1000*i)
		nodes = append(nodes,
			node{path: fmt.Sprintf("lib/both%02d", i), content: string(content), mode: 0o644},
			node{path: fmt.Sprintf("only-%c/%d/file%02d", version, i%3, i), content: string(content), mode: 0o644})
	}
	return nodes
}

func killEdits(a *Artifact, version byte) Edits {
	edits := Edits{}
	for _, f := range a.Files() {
		edits[f.Path] = nil
	}
	for _, n := range killNodes(version) {
		edits[n.path] = []byte(n.content)
	}
	return edits
}

// TestKill kills processes that write, again and again. What is there
// afterwards must be one of the two versions, whole; and the next run must
// clear what the dead one left.
func TestKill(t *testing.T) {
	for _, how := range []string{"out.zip", "out", "place"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, version := range []byte("ab") {
				makeTree(t, filepath.Join(dir, string(version)), killNodes(version))
			}
			makeTree(t, filepath.Join(dir, "place"), killNodes('b'))
			left := map[string]int{}
			for range *kills {
				killOne(t, how, dir)
				for _, name := range litter(dir) {
					left[filepath.Base(name)]++
				}
				checkKilled(t, how, dir)
				check(t, rewrite(how, dir, 'a'))
				check(t, rewrite(how, dir, 'b'))
				if left := litter(dir); len(left) > 0 {
					t.Fatalf("left %v behind", left)
				}
			}
			t.Logf("%d kills left %v", *kills, left)
		})
	}
}

// killOne starts a process that writes, and kills it at a random moment.
func killOne(t *testing.T, how, dir string) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	child := exec.Command(self)
	child.Env = append(os.Environ(), killHelper+"="+how, "COLDCUT_TEST_DIR="+dir)
	var complaint bytes.Buffer
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	_, _ = io.ReadFull(out, make([]byte, len("ready")))
	time.Sleep(time.Duration(rand.Int64N(int64(60 * time.Millisecond))))
	check(t, child.Process.Kill())
	_ = child.Wait()
	if complaint.Len() > 0 {
		t.Fatalf("the process failed by itself: %s", complaint.String())
	}
}

// litter lists what should not be there: anything hidden.
func litter(dir string) (found []string) {
	_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, _ error) error {
		if strings.HasPrefix(e.Name(), ".") {
			found = append(found, name)
		}
		return nil
	})
	return found
}

func checkKilled(t *testing.T, how, dir string) {
	t.Helper()
	if how == "place" {
		checkFilesWhole(t, filepath.Join(dir, how))
	}
	a, err := Open(filepath.Join(dir, how), Options{})
	check(t, err)
	defer func() { _ = a.Close() }()
	version := byte('a')
	if len(a.Under("only-b")) > 0 {
		version = 'b'
	}
	want := killNodes(version)
	if len(a.Files()) != len(want) {
		t.Fatalf("holds %d files and not %d: %s", len(a.Files()), len(want), paths(a))
	}
	for _, n := range want {
		if data, err := a.ReadFile(n.path); err != nil || string(data) != n.content {
			t.Fatalf("%s is not that of version %c: %v", n.path, version, err)
		}
	}
}

// checkFilesWhole checks before anything is recovered that no file is half
// written.
func checkFilesWhole(t *testing.T, dir string) {
	t.Helper()
	whole := map[string]bool{}
	for _, n := range append(killNodes('a'), killNodes('b')...) {
		whole[n.path+"="+n.content] = true
	}
	check(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.Name() == journalName:
			return filepath.SkipDir
		case e.IsDir():
			return nil
		}
		rel, _ := filepath.Rel(dir, name)
		if data := readFile(t, name); !whole[rel+"="+string(data)] {
			t.Errorf("%s is half written", rel)
		}
		return nil
	}))
}

// writeOnFullDisk writes where no file may grow past 15,000 bytes, which fails
// like a full disk.
func writeOnFullDisk(dir, out string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 15000, Max: 15000}); err != nil {
		return err
	}
	if filepath.Base(out) == "place" {
		return rewrite("place", dir, 'a')
	}
	a, err := Open(filepath.Join(dir, "b"), Options{})
	if err != nil {
		return err
	}
	_, err = Stage(context.Background(), a, out, WriteOptions{Replace: true})
	return err
}

// TestFullDisk fails to write, and must leave what was there and nothing more.
func TestFullDisk(t *testing.T) {
	for _, how := range []string{"out.zip", "out", "place"} {
		dir := t.TempDir()
		noisy := append(killNodes('b'), node{path: "noise", content: randomText(50000), mode: 0o644})
		makeTree(t, filepath.Join(dir, "b"), noisy)
		makeTree(t, filepath.Join(dir, "place"), killNodes('b'))
		old := open(t, filepath.Join(dir, "place"))
		if how != "place" {
			write(t, old, filepath.Join(dir, how), WriteOptions{})
		}
		want := describe(t, old)
		self, err := os.Executable()
		check(t, err)
		child := exec.Command(self)
		child.Env = append(os.Environ(), fullHelper+"="+filepath.Join(dir, how))
		if out, _ := child.CombinedOutput(); !strings.Contains(string(out), "file too large") {
			t.Errorf("%s: got %s", how, out)
		}
		if left := litter(dir); len(left) > 0 {
			t.Errorf("%s: left %v behind", how, left)
		}
		if got := describe(t, open(t, filepath.Join(dir, how))); got != want {
			t.Errorf("%s: holds something else", how)
		}
	}
}
