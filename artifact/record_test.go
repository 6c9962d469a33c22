package artifact

import (
	"encoding/csv"
	"os/exec"
	"strings"
	"testing"
)

func TestRewriteRecord(t *testing.T) {
	const hash = "sha256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ" // of "hello"
	tests := []struct {
		name, root, old, want string
		removed               []string
		moved, changed        map[string]string
	}{
		{name: "nothing", old: "a.py,sha256=x,1\r\nb.py,,\n", want: "a.py,sha256=x,1\r\nb.py,,\n"},
		{name: "empty", old: "", want: ""},
		{
			name: "dropped", root: "python", old: "a.py,sha256=x,1\nb.py,sha256=y,2\nc.py,sha256=z,3\n",
			removed: []string{"python/b.py", "c.py"}, want: "a.py,sha256=x,1\nc.py,sha256=z,3\n",
		},
		{
			name: "renewed", old: "a.py,sha256=x,1\r\n\"b,c.py\",sha256=y,2\r\n", changed: map[string]string{"b,c.py": "hello"},
			want: "a.py,sha256=x,1\r\n\"b,c.py\"," + hash + ",5\r\n",
		},
		{name: "another hash", old: "a.py,md5=x,1\n", changed: map[string]string{"a.py": "hello"}, want: "a.py," + hash + ",5\n"},
		{
			name: "bytecode has none", old: "__pycache__/a.pyc,,\nx.dist-info/RECORD,,\n",
			changed: map[string]string{"__pycache__/a.pyc": "hello", "x.dist-info/RECORD": "hello"},
			want:    "__pycache__/a.pyc,,\nx.dist-info/RECORD,,\n",
		},
		{
			name: "outside the root", root: "python/lib", old: "../../bin/jp.py,sha256=x,1\n/abs/a,sha256=x,1\nC:/a,sha256=x,1\n",
			removed: []string{"bin/jp.py", "/abs/a", "abs/a", "C:/a", "python/lib/C:/a"}, want: "../../bin/jp.py,sha256=x,1\n/abs/a,sha256=x,1\nC:/a,sha256=x,1\n",
		},
		{name: "inside after all", root: "r", old: "x/../a.py,sha256=x,1\n./b.py,sha256=x,1\n", removed: []string{"r/a.py", "r/b.py"}, want: ""},
		{name: "Windows slashes", old: "pkg\\a.py,sha256=x,1\r\n", removed: []string{"pkg/a.py"}, want: ""},
		{name: "no last line end", old: "a.py,sha256=x,1\nb.py,sha256=y,2", changed: map[string]string{"b.py": "hello"}, want: "a.py,sha256=x,1\nb.py," + hash + ",5"},
		{name: "a quote in a name", old: "\"a\"\"b.py\",sha256=x,1\n", removed: []string{`a"b.py`}, want: ""},
		{name: "a line end in a name", old: "\"a\nb.py\",sha256=x,1\nc,,\n", removed: []string{"a\nb.py"}, want: "c,,\n"},
		{name: "empty lines", old: "\n\r\na.py,sha256=x,1\n\n", removed: []string{"a.py"}, want: "\n\r\n\n"},
		{name: "one field", old: "a.py\nb.py\n", removed: []string{"b.py"}, changed: map[string]string{"a.py": "hello"}, want: "a.py\n"},
		{
			name: "moved", root: "python", old: "a.json.gz,sha256=x,1\r\nb.py,,\n", moved: map[string]string{"python/a.json.gz": "python/a.json", "b.py": "c.py"},
			changed: map[string]string{"python/a.json": "hello"}, want: "a.json," + hash + ",5\r\nb.py,,\n",
		},
		{name: "moved to a name with a quote", old: "a,,\n", moved: map[string]string{"a": `b",c`}, want: "\"b\"\",c\",,\n"},
		{name: "moved and gone", old: "a,,\n", moved: map[string]string{"a": "b"}, removed: []string{"b"}, want: ""},
		{name: "four fields", old: "a.py,sha256=x,1,more\n", changed: map[string]string{"a.py": "hello"}, want: "a.py," + hash + ",5,more\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gone := map[string]bool{}
			for _, p := range test.removed {
				gone[p] = true
			}
			changed := map[string][]byte{}
			for p, s := range test.changed {
				changed[p] = []byte(s)
			}
			got, err := RewriteRecord([]byte(test.old), test.root, func(p string) bool { return gone[p] }, test.moved, changed)
			if err != nil || string(got) != test.want {
				t.Errorf("got %q, %v\nwant %q", got, err, test.want)
			}
		})
	}
	if _, err := RewriteRecord([]byte("a,,\n\"b,,\n"), "", nil, nil, nil); err == nil || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("got %v", err)
	}
}

func TestAddToRecord(t *testing.T) {
	const hash = "sha256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ" // of "hello"
	tests := []struct{ name, old, want string }{
		{"beside a row with a hash", "pkg/a.py,sha256=x,1\r\nz.py,,\n", "pkg/a.py,sha256=x,1\r\npkg/b.py," + hash + ",5\r\nz.py,,\n"},
		{"beside one without", "pkg/a.py,,\n", "pkg/a.py,,\npkg/b.py,,\n"},
		{"the last row", "pkg/a.py,sha256=x,1", "pkg/a.py,sha256=x,1\npkg/b.py," + hash + ",5"},
		{"there already", "pkg/a.py,,\npkg/b.py,sha256=y,1\n", "pkg/a.py,,\npkg/b.py,sha256=y,1\n"},
		{"another distribution's", "other/a.py,,\n", "other/a.py,,\n"},
		{"nothing to add to", "pkg/a.py\n", "pkg/a.py\n"},
		{"empty", "", ""},
	}
	hello := func(string) []byte { return []byte("hello") }
	for _, test := range tests {
		got, err := AddToRecord([]byte(test.old), "python", map[string][]string{"python/pkg/a.py": {"python/pkg/b.py"}}, hello)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %q, %v\nwant %q", test.name, got, err, test.want)
		}
	}
	if _, err := AddToRecord([]byte("a,,\n\"b,,\n"), "", nil, nil); err == nil {
		t.Error("a quote that does not end was taken")
	}
	got, err := AddToRecord([]byte("a,,"), "", map[string][]string{"a": {"c", "b"}, "b": {"d"}, "e": {"f"}}, hello)
	if want := "a,,\nb,,\nd,,\nc,,"; err != nil || string(got) != want {
		t.Errorf("several: got %q, %v\nwant %q", got, err, want)
	}
}

func TestDistributions(t *testing.T) {
	a := open(t, raw(
		stored("python/boto3-1.40.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: boto3\r\nVersion: 1.40.0\n\nName: not this\n"),
		stored("python/boto3-1.40.0.dist-info/RECORD", ""),
		stored("six-1.17.0.dist-info/METADATA", "nothing that helps"),
		stored("old.egg-info/METADATA", "Name: old\nVersion: 1\n"),
		stored("bare-1.dist-info/RECORD", ""),
	).file(t))
	got, err := a.Distributions()
	check(t, err)
	want := []Distribution{
		{"boto3", "1.40.0", "python/boto3-1.40.0.dist-info", "python"},
		{"six", "1.17.0", "six-1.17.0.dist-info", ""},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v", got)
	}
}

// FuzzRecord holds the rewriter to the standard library's reading of CSV.
func FuzzRecord(f *testing.F) {
	f.Add("a.py,sha256=x,1\r\n\"b,c\",,\n", "a.py", "b,c")
	f.Add("\"a\nb\",x,1\n../c,x,2\n", "c", "d")
	f.Fuzz(func(t *testing.T, text, gone, changed string) {
		same, err := RewriteRecord([]byte(text), "", nil, nil, nil)
		if err != nil {
			return
		}
		if string(same) != text {
			t.Fatalf("changed %q to %q", text, same)
		}
		out, err := RewriteRecord([]byte(text), "", func(p string) bool { return p == gone }, nil, map[string][]byte{changed: []byte("new")})
		if err != nil {
			t.Fatal(err)
		}
		before, err := readCSV(text)
		if err != nil {
			return
		}
		after, err := readCSV(string(out))
		if err != nil {
			t.Fatalf("%q became %q, which is no CSV: %v", text, out, err)
		}
		if len(after) > len(before) {
			t.Fatalf("%d rows became %d", len(before), len(after))
		}
	})
}

func readCSV(text string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	return r.ReadAll()
}

const pyRecord = `
import base64, csv, hashlib, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
for path, digest, size in rows:
    if digest:
        data = open(sys.argv[2] + "/" + path, "rb").read()
        want = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert (digest, int(size)) == (want, len(data)), path
print(len(rows))
`

// TestRecordByPython has Python read a rewritten RECORD.
func TestRecordByPython(t *testing.T) {
	needTool(t, "python3")
	dir := makeTree(t, t.TempDir(), []node{{path: "a,b.py", content: "new", mode: 0o644}})
	old := "\"a,b.py\",sha256=old,1\r\ngone.py,sha256=x,1\r\nx.dist-info/RECORD,,\r\n"
	out, err := RewriteRecord([]byte(old), "", func(p string) bool { return p == "gone.py" }, nil, map[string][]byte{"a,b.py": []byte("new")})
	check(t, err)
	record := writeTemp(t, "RECORD", out)
	if out, err := exec.Command("python3", "-c", pyRecord, record, dir).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "2" {
		t.Errorf("%v: %s", err, out)
	}
}
