package artifact

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func paths(a *Artifact) string {
	var all []string
	for _, f := range a.Files() {
		all = append(all, f.Path)
	}
	return strings.Join(all, " ")
}

func TestWith(t *testing.T) {
	a := open(t, raw(
		folderEntry("d/"), folderEntry("d/e/"), stored("d/e/one", "1"), folderEntry("hollow/"),
		stored("d-x", "between"), stored("f/two", "2"), stored("f/three", "3"), folderEntry("g/"), folderEntry("g/h/"),
		link("l", "f/two"),
	).file(t))
	tests := []struct {
		name  string
		edits Edits
		want  string
	}{
		{"nothing", nil, "d d-x d/e d/e/one f/three f/two g g/h hollow l"},
		{"emptied directories go", Edits{"d/e/one": nil}, "d-x f/three f/two g g/h hollow l"},
		{"implied ones as well", Edits{"f/two": nil, "f/three": nil}, "d d-x d/e d/e/one g g/h hollow l"},
		{"others stay", Edits{"f/two": nil}, "d d-x d/e d/e/one f/three g g/h hollow l"},
		{"unless moved within", Edits{"d/e/one": nil, "d/new": {}}, "d d-x d/new f/three f/two g g/h hollow l"},
		{"an empty directory itself", Edits{"hollow": nil}, "d d-x d/e d/e/one f/three f/two g g/h l"},
		{"an empty one inside", Edits{"g/h": nil}, "d d-x d/e d/e/one f/three f/two hollow l"},
		{"a link", Edits{"l": nil}, "d d-x d/e d/e/one f/three f/two g g/h hollow"},
		{"what is not there", Edits{"none": nil}, "d d-x d/e d/e/one f/three f/two g g/h hollow l"},
		{"added", Edits{"a": []byte("A"), "z/z": []byte("Z")}, "a d d-x d/e d/e/one f/three f/two g g/h hollow l z/z"},
	}
	for _, test := range tests {
		view := a.With(test.edits)
		if got := paths(view); got != test.want || view.err != nil {
			t.Errorf("%s: got %s (%v), want %s", test.name, got, view.err, test.want)
		}
	}
	if got := paths(a); got != tests[0].want {
		t.Errorf("the original is now %s", got)
	}
}

func TestWithContent(t *testing.T) {
	a := open(t, raw(stored("a", "old").with(func(e *rawEntry) { e.attrs = 0o100755 << 16 }), link("l", "a"), stored("keep", "kept")).file(t))
	b := a.With(Edits{"a": []byte("edited")})
	c := b.With(Edits{"l": []byte("a file now"), "n": {}})
	for _, test := range []struct {
		a          *Artifact
		path, want string
		mode       string
	}{
		{a, "a", "old", "-rwxr-xr-x"}, {a, "l", "old", "Lrwxrwxrwx"},
		{b, "a", "edited", "-rwxr-xr-x"}, {b, "l", "edited", "Lrwxrwxrwx"},
		{c, "l", "a file now", "-rw-r--r--"}, {c, "n", "", "-rw-r--r--"}, {c, "keep", "kept", "-rw-r--r--"},
	} {
		data, err := test.a.ReadFile(test.path)
		f, _ := test.a.Lookup(test.path)
		if err != nil || string(data) != test.want || f.Mode.String() != test.mode {
			t.Errorf("%s: got %q, %v, %v", test.path, data, f.Mode, err)
		}
	}
}

// TestWithRefused reports edits that make no package when they are written.
func TestWithRefused(t *testing.T) {
	a, err := Open(raw(stored("a", "1"), stored("d/e", "2")).file(t), Options{MaxSize: 100})
	check(t, err)
	defer func() { _ = a.Close() }()
	for name, edits := range map[string]Edits{
		"climbs":       {"../x": {}},
		"not clean":    {"a//b": {}},
		"below a file": {"a/b": {}},
		"on a folder":  {"d": {}},
		"case":         {"A": {}},
		"too large":    {"a": make([]byte, 200)},
	} {
		view := a.With(edits).With(nil)
		out := filepath.Join(t.TempDir(), "out")
		var refused *RefusedError
		if _, err := Stage(t.Context(), view, out, WriteOptions{}); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := view.Stat(t.Context()); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestUnder(t *testing.T) {
	a := open(t, raw(stored("d", "1"), stored("d-x", "1"), stored("d.x", "1"), stored("e/1", ""), stored("e/2/3", ""), stored("e0", ""), stored("f", "")).file(t))
	for dir, want := range map[string]int{"": 7, "d": 0, "e": 2, "e/2": 1, "none": 0, "f": 0} {
		if got := len(a.Under(dir)); got != want {
			t.Errorf("%q holds %d, want %d", dir, got, want)
		}
	}
}
