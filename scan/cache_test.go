package scan_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/scan"
)

func openCache(t testing.TB, dir string) *scan.Cache {
	t.Helper()
	c, err := scan.OpenCache(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sameResult compares what JSON has of results, which TestJSONHasAll shows to be all.
func sameResult(t testing.TB, got, want *scan.Result, when string) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("%s:\ngot  %s\nwant %s", when, g, w)
	}
}

// TestCachedIsUncached holds the cache to every fixture.
func TestCachedIsUncached(t *testing.T) {
	cache := openCache(t, t.TempDir())
	fixtures, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fixtures {
		dir := filepath.Join("testdata", f.Name())
		if !f.IsDir() {
			text, err := os.ReadFile(dir)
			if err != nil {
				t.Fatal(err)
			}
			dir = t.TempDir()
			artifacttest.Write(t, dir, map[string]string{f.Name(): string(text)})
		}
		want := scanDir(t, dir)
		for _, when := range []string{"first scan", "second scan"} {
			sameResult(t, scanWith(t, dir, scan.Options{Cache: cache}), want, f.Name()+", "+when)
		}
	}
	if err := cache.Err(); err != nil {
		t.Error(err)
	}
}

// cacheFiles lists the files that hold entries.
func cacheFiles(t testing.TB, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(filepath.Base(name), "-") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestCacheAnswers shows that the second scan is answered from the cache: what it
// returns is what lies there, as long as that is genuine.
func TestCacheAnswers(t *testing.T) {
	dir, at := t.TempDir(), t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"app.py": "import boto3\nboto3.client('s3')\n"})
	cache := openCache(t, at)
	want := scanWith(t, dir, scan.Options{Cache: cache})
	before := cacheFiles(t, at)
	if len(before) != 2 { // the index entry and the result
		t.Fatalf("the cache holds %d files", len(before))
	}
	var parsed bool
	opts := scan.Options{Cache: cache, Progress: func(int, int) { parsed = true }}
	sameResult(t, scanWith(t, dir, opts), want, "second scan")
	if parsed {
		t.Error("the second scan parsed the sources")
	}
	if after := cacheFiles(t, at); !reflect.DeepEqual(before, after) {
		t.Errorf("the second scan wrote: %v, then %v", before, after)
	}
}

func TestCacheSeesChanges(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"app.py": "import boto3\nfrom names import N\nboto3.client(N)\n", "names.py": "N = 's3'\n", "data.txt": "x"})
	artifacttest.Write(t, outside, map[string]string{"names2.py": "N = 's3'\n"})
	at := t.TempDir()
	cache := openCache(t, at)
	scanned := func() *scan.Result {
		opts := scan.Options{Cache: cache}
		opts.Sources = append(opts.Sources, artifacttest.Open(t, outside))
		return scanWith(t, dir, opts)
	}
	services := func(want ...string) {
		t.Helper()
		for range 2 {
			got := scanned().Services
			if len(got) != len(want) {
				t.Errorf("services %v, want %v", got, want)
			}
			for _, s := range want {
				if _, ok := got[s]; !ok {
					t.Errorf("services %v, want %v", got, want)
				}
			}
		}
	}
	services("s3")
	times, err := os.Stat(filepath.Join(dir, "names.py"))
	if err != nil {
		t.Fatal(err)
	}
	// The same name, size and times: only the content tells.
	artifacttest.Write(t, dir, map[string]string{"names.py": "N = 'ec'\n"})
	if err := os.Chtimes(filepath.Join(dir, "names.py"), times.ModTime(), times.ModTime()); err != nil {
		t.Fatal(err)
	}
	services()
	artifacttest.Write(t, dir, map[string]string{"names.py": "N = 'sqs'\n"})
	services("sqs")
	artifacttest.Write(t, outside, map[string]string{"more.py": "import boto3\nboto3.client('sns')\n"})
	services("sqs", "sns")
	if other, err := scan.OpenCache(at, "another program"); err != nil {
		t.Error(err)
	} else {
		parsed := false
		scanWith(t, dir, scan.Options{Cache: other, Progress: func(int, int) { parsed = true }})
		if !parsed {
			t.Error("another program's answer was taken")
		}
	}
}

// TestDamagedCache damages each byte of each file, and cuts each file short.
func TestDamagedCache(t *testing.T) {
	dir, at := t.TempDir(), t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"app.py": "import boto3\nboto3.client('s3').get_object()\n"})
	want := scanDir(t, dir)
	cache := openCache(t, at)
	scanWith(t, dir, scan.Options{Cache: cache})
	for _, name := range cacheFiles(t, at) {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			if i%16 == 0 {
				bad = good[:i]
			}
			if err := os.WriteFile(name, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			sameResult(t, scanWith(t, dir, scan.Options{Cache: cache}), want, "a damaged cache")
		}
	}
	parsed := false
	opts := scan.Options{Cache: cache, Progress: func(int, int) { parsed = true }}
	if sameResult(t, scanWith(t, dir, opts), want, "a mended cache"); parsed {
		t.Error("the damage was not mended")
	}
	if err := cache.Err(); err != nil {
		t.Error(err)
	}
}

// TestSharedCache scans two packages from many sides at once, while someone
// deletes the cache.
func TestSharedCache(t *testing.T) {
	at := t.TempDir()
	dirs := []string{t.TempDir(), t.TempDir()}
	var want []*scan.Result
	for i, service := range []string{"s3", "sqs"} {
		artifacttest.Write(t, dirs[i], map[string]string{"app.py": "import boto3\nboto3.client('" + service + "')\n"})
		want = append(want, scanDir(t, dirs[i]))
	}
	openCache(t, at)
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			cache, err := scan.OpenCache(at, "test")
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 30 {
				which := (n + i) % len(dirs)
				sameResult(t, scanWith(t, dirs[which], scan.Options{Cache: cache}), want[which], "a shared cache")
			}
		})
	}
	for range 30 {
		for _, name := range cacheFiles(t, at) {
			if err := os.Remove(name); err != nil {
				t.Log(err)
			}
		}
	}
	wg.Wait()
}

// TestUselessCache has files where the cache wants folders: nothing can be kept.
func TestUselessCache(t *testing.T) {
	dir, at := t.TempDir(), t.TempDir()
	artifacttest.Write(t, dir, map[string]string{"app.py": "import boto3\nboto3.client('s3')\n"})
	cache := openCache(t, at)
	if err := os.RemoveAll(at); err != nil {
		t.Fatal(err)
	}
	sameResult(t, scanWith(t, dir, scan.Options{Cache: cache}), scanDir(t, dir), "no folder")
	if cache.Err() == nil {
		t.Error("nobody is told that nothing is kept")
	}
	file := filepath.Join(t.TempDir(), "file")
	artifacttest.Write(t, filepath.Dir(file), map[string]string{"file": ""})
	if _, err := scan.OpenCache(file, "test"); err == nil {
		t.Error("a file was opened as a cache")
	}
}

// TestOptionsAreInTheKey holds every option to be part of the key, or to be known
// as one that needs not: Sources are hashed as trees, the others change no answer.
func TestOptionsAreInTheKey(t *testing.T) {
	apart := map[string]bool{"Sources": true, "Progress": true, "Cache": true}
	options := reflect.TypeFor[scan.Options]()
	for i := range options.NumField() {
		f := options.Field(i)
		if hidden := f.Tag.Get("json") == "-"; hidden != apart[f.Name] {
			t.Errorf("Options.%s: in the key: %v", f.Name, !hidden)
		}
		if !apart[f.Name] {
			inJSON(t, "Options."+f.Name, f.Type)
		}
	}
}

// TestJSONHasAll holds results to survive the cache.
func TestJSONHasAll(t *testing.T) { inJSON(t, "Result", reflect.TypeFor[scan.Result]()) }

// inJSON fails where JSON would leave out part of a value.
func inJSON(t *testing.T, name string, of reflect.Type) {
	t.Helper()
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		inJSON(t, name, of.Elem())
	case reflect.Struct:
		for i := range of.NumField() {
			f := of.Field(i)
			if !f.IsExported() || f.Tag.Get("json") == "-" {
				t.Errorf("%s.%s is lost in JSON", name, f.Name)
			}
			inJSON(t, name+"."+f.Name, f.Type)
		}
	case reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer:
		t.Errorf("%s cannot be in JSON", name)
	}
}
