package artifact

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteInPlace(t *testing.T) {
	dir := sampleTree(t, filepath.Join(t.TempDir(), "source"))
	untouched, err := os.Stat(filepath.Join(dir, "random.bin"))
	check(t, err)
	a := open(t, dir)
	edits := Edits{
		"app.py": []byte("import boto3.slim\n"), "bootstrap": []byte("#!/bin/bash\n"),
		"boto/data/ec2.json.gz": nil, "boto/data/s3.json": nil, "boto-data/x": nil,
		"new/deep/file.py": []byte("new"), "hollow/filled": []byte("x"), "empty.py": nil,
	}
	view := a.With(edits)
	want := describe(t, zippedView(t, view))
	for range 2 { // the second time there is nothing left to do
		check(t, WriteInPlace(t.Context(), view, dir, WriteOptions{}))
		// A directory that was listed since it was empty no longer is.
		if got := describe(t, open(t, dir)); got != strings.Replace(want, "drwxr-xr-x hollow 0 \n", "", 1) {
			t.Errorf("holds\n%.3000s\nwant\n%.3000s", got, want)
		}
	}
	now, err := os.Stat(filepath.Join(dir, "random.bin"))
	check(t, err)
	if !os.SameFile(untouched, now) || !now.ModTime().Equal(untouched.ModTime()) {
		t.Error("an unchanged file was touched")
	}
	for _, gone := range []string{journalName, "boto/data", "boto-data"} {
		if _, err := os.Lstat(filepath.Join(dir, gone)); !os.IsNotExist(err) {
			t.Errorf("%s is still there", gone)
		}
	}
}

func zippedView(t *testing.T, a *Artifact) *Artifact {
	t.Helper()
	out := filepath.Join(t.TempDir(), "view.zip")
	write(t, a, out, WriteOptions{})
	return open(t, out)
}

// TestInPlaceKinds replaces entries by others of another kind.
func TestInPlaceKinds(t *testing.T) {
	nodes := []node{
		{path: "file", content: "x", mode: 0o644}, {path: "dir/a/b", content: "x", mode: 0o644}, {path: "empty/", mode: 0o755},
		{path: "Case", content: "x", mode: 0o644}, {path: "other", content: "x", mode: 0o644},
	}
	dir := makeTree(t, t.TempDir(), nodes)
	view := open(t, dir).With(Edits{
		"file": nil, "file/below": []byte("1"), "dir/a/b": nil, "dir": []byte("2"),
		"empty": []byte("3"), "Case": nil, "case": []byte("4"),
	})
	check(t, WriteInPlace(t.Context(), view, dir, WriteOptions{}))
	if got := paths(open(t, dir)); got != "case dir empty file/below other" {
		t.Errorf("holds %s", got)
	}
}

func TestInPlaceRefused(t *testing.T) {
	dir := makeTree(t, t.TempDir(), []node{{path: "a", content: "x", mode: 0o644}, {path: "b", content: "x", mode: 0o644}})
	zip := simple(t)
	if err := WriteInPlace(t.Context(), zip, dir, WriteOptions{}); err == nil {
		t.Error("wrote a zip's content into a directory")
	}
	a := open(t, dir)
	other := t.TempDir()
	if err := WriteInPlace(t.Context(), a, other, WriteOptions{}); err == nil {
		t.Error("wrote into another directory")
	}
	check(t, os.WriteFile(filepath.Join(dir, "b"), []byte("changed"), 0o644))
	var refused *RefusedError
	if err := WriteInPlace(t.Context(), a.With(Edits{"a": nil}), dir, WriteOptions{}); !errors.As(err, &refused) || refused.Entry != "b" {
		t.Errorf("got %v", err)
	}
	if got := paths(open(t, dir)); got != "a b" {
		t.Errorf("holds %s", got)
	}
}

func TestInPlaceBusy(t *testing.T) {
	dir := makeTree(t, t.TempDir(), []node{{path: "a", content: "x", mode: 0o644}})
	a := open(t, dir)
	b, err := takeBerth(filepath.Join(dir, journalName))
	check(t, err)
	if err := WriteInPlace(t.Context(), a.With(Edits{"a": nil}), dir, WriteOptions{}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	check(t, b.leave())
	check(t, WriteInPlace(t.Context(), a.With(Edits{"b": {}}), dir, WriteOptions{}))
}

// TestRecover finds directories in all states that a kill can leave.
func TestRecover(t *testing.T) {
	text := `{"writes":["changed","new/file"],"removes":["gone"],"prunes":[]}`
	before := []node{{path: "changed", content: "old", mode: 0o644}, {path: "gone", mode: 0o644}, {path: "kept", mode: 0o644}}
	in := func(names ...string) []node {
		var nodes []node
		for _, n := range names {
			nodes = append(nodes, node{path: journalName + "/" + n, content: map[string]string{"new/0": "0", "new/1": "1", journalFile: text}[n], mode: 0o600})
		}
		return nodes
	}
	tests := []struct {
		name  string
		nodes []node
		want  string
	}{
		{"just begun", in("lock"), "changed=old gone= kept="},
		{"half prepared", in("lock", "new/0"), "changed=old gone= kept="},
		{"prepared", in("lock", "new/0", "new/1", "draft"), "changed=old gone= kept="},
		{"decided", in("lock", "new/0", "new/1", journalFile), "changed=0 kept= new/file=1"},
		{"half done", in("lock", "new/1", journalFile), "changed=old gone= kept= new/file=1"},
		{"done", in("lock", journalFile), "changed=old gone= kept="},
	}
	for _, test := range tests {
		dir := makeTree(t, t.TempDir(), append(before, test.nodes...))
		a := open(t, dir)
		var got []string
		for _, f := range a.Files() {
			got = append(got, f.Path+"="+string(readFile(t, filepath.Join(dir, f.Path))))
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: got %s, want %s", test.name, s, test.want)
		}
		check(t, Recover(dir))
	}
}

// TestRecoverHostile opens directories that came with a journal of their own
// making.
func TestRecoverHostile(t *testing.T) {
	for name, text := range map[string]string{
		"removes outside": `{"removes":["../precious"]}`,
		"absolute":        `{"removes":["/etc/none"]}`,
		"writes outside":  `{"writes":["../precious"]}`,
		"through a link":  `{"removes":["up/precious"]}`,
		"not JSON":        `{`,
	} {
		tmp := t.TempDir()
		dir := makeTree(t, filepath.Join(tmp, "pkg"), []node{
			{path: journalName + "/" + journalFile, content: text, mode: 0o600},
			{path: journalName + "/new/0", content: "evil", mode: 0o600},
			{path: "../precious", content: "safe", mode: 0o644},
		})
		if err := os.Symlink("..", filepath.Join(dir, "up")); err != nil {
			t.Skipf("no links here: %v", err)
		}
		if _, err := Open(dir, Options{}); err == nil {
			t.Errorf("%s: was opened", name)
		}
		if got := readFile(t, filepath.Join(tmp, "precious")); string(got) != "safe" {
			t.Errorf("%s: wrote outside", name)
		}
	}
	// A lock that leads out must not make a file there.
	tmp := t.TempDir()
	dir := makeTree(t, filepath.Join(tmp, "pkg"), []node{{path: journalName + "/lock", target: "../../made"}})
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("locked through a link")
	}
	if _, err := os.Lstat(filepath.Join(tmp, "made")); err == nil {
		t.Error("made a file outside")
	}
}
