package artifact

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestTimes holds the times to those that unpackers give, and that edits have none.
func TestTimes(t *testing.T) {
	odd := time.Date(2024, 2, 29, 12, 30, 41, 0, time.UTC)
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "a.py"), nil, 0o600))
	check(t, os.Chtimes(filepath.Join(dir, "a.py"), odd, odd.Add(7*time.Millisecond)))
	a, err := Open(dir, Options{})
	check(t, err)
	if got := a.Times("a.py"); !slices.Equal(got, []int64{odd.Unix()}) {
		t.Errorf("in a folder: %v", got)
	}
	if got := a.With(Edits{"a.py": []byte("x")}).Times("a.py"); got != nil {
		t.Errorf("edited: %v", got)
	}
	if got := a.Times("b.py"); got != nil {
		t.Errorf("not there: %v", got)
	}
	ntfs := make([]byte, 36)
	for i, v := range []uint16{extraNTFS, 32, 0, 0, 1, 24} {
		le.PutUint16(ntfs[2*i:], v)
	}
	le.PutUint64(ntfs[12:], uint64(odd.Unix()+11644473600)*1e7+5)
	var plain bytes.Buffer
	z := zip.NewWriter(&plain)
	for _, h := range []*zip.FileHeader{
		{Name: "both.py", Modified: odd},
		{Name: "dos.py", ModifiedDate: 44<<9 | 2<<5 | 29, ModifiedTime: 12<<11 | 30<<5 | 20},
		{Name: "ntfs.py", Extra: ntfs, ModifiedDate: 44<<9 | 2<<5 | 29, ModifiedTime: 12<<11 | 30<<5 | 20},
	} {
		_, err := z.CreateHeader(h)
		check(t, err)
	}
	check(t, z.Close())
	name := filepath.Join(dir, "a.zip")
	check(t, os.WriteFile(name, plain.Bytes(), 0o600))
	a, err = Open(name, Options{})
	check(t, err)
	defer func() { check(t, a.Close()) }()
	for path, want := range map[string][]int64{
		"both.py": {odd.Unix(), odd.Unix() - 1}, "dos.py": {odd.Unix() - 1}, "ntfs.py": {odd.Unix(), odd.Unix() - 1},
	} {
		if got := a.Times(path); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
