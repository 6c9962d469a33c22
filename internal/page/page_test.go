package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := Table(&b, [][]string{{"a", "b"}, {"1", "2"}}); err != nil {
		t.Fatal(err)
	}
	if want := "| a | b |\n|---|---|\n| 1 | 2 |\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestRewrite(t *testing.T) {
	place := Place{"<!-- here -->\n", "<!-- /here -->\n"}
	file := filepath.Join(t.TempDir(), "page.md")
	for _, test := range []struct{ before, after string }{
		{"before\n" + place.Begin + "old\n" + place.End + "after\n", "before\n" + place.Begin + "\nnew\n" + place.End + "after\n"},
		{place.Begin + "\nnew\n" + place.End, place.Begin + "\nnew\n" + place.End},
		{"", ""},
		{place.Begin, ""},
		{place.End, ""},
		{place.End + place.Begin, ""},
	} {
		if err := os.WriteFile(file, []byte(test.before), 0o600); err != nil {
			t.Fatal(err)
		}
		err := place.Rewrite(file, "new")
		data, err2 := os.ReadFile(file)
		if err2 != nil {
			t.Fatal(err2)
		}
		want := test.after
		if want == "" {
			want = test.before
		}
		if (err == nil) != (test.after != "") || string(data) != want {
			t.Errorf("%q: %q, %v", test.before, data, err)
		}
	}
	if err := place.Rewrite(file+"x", "new"); err == nil {
		t.Error("a page that is not there was rewritten")
	}
}
