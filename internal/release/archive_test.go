package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// TestArchives holds the archive of each system to what people need of it: the program
// under the name that it has there, manual pages, completions for each shell, licences.
func TestArchives(t *testing.T) {
	pages := []file{{"man/man1/coldcut.1", []byte(".TH"), 0o644}, {"man/man1/coldcut-slim.1", []byte(".TH"), 0o644}}
	shells := []file{
		{"completions/coldcut.bash", []byte("b"), 0o644}, {"completions/_coldcut", []byte("z"), 0o644},
		{"completions/coldcut.fish", []byte("f"), 0o644}, {"completions/coldcut.ps1", []byte("p"), 0o644},
	}
	r := &release{
		version: version{goForm: "v1.2.3", time: time.Unix(1e9, 0).UTC()}, license: []byte("licence"), notices: []byte("notices"),
		readme: []byte("# readme\n"), changelog: []byte("# changes\n"), manual: pages, completions: shells, made: map[string][]byte{},
	}
	for _, target := range all {
		program := "program for " + target.String()
		if err := r.archive(target, []byte(program)); err != nil {
			t.Fatal(err)
		}
		stem := "coldcut_1.2.3_" + target.system + "_" + target.machine
		read, name := readTar, stem+".tar.gz"
		if target.system == "windows" {
			read, name = artifacttest.ReadZip, stem+".zip"
		}
		got := read(t, r.made[name])
		if got[stem+"/"+target.exe()] != program || strings.HasSuffix(target.exe(), ".exe") != (target.system == "windows") {
			t.Errorf("%s: the program is %q", name, got[stem+"/"+target.exe()])
		}
		for _, f := range append(pages, shells...) {
			if got[stem+"/"+f.name] != string(f.data) {
				t.Errorf("%s: %s is %q", name, f.name, got[stem+"/"+f.name])
			}
		}
		for _, other := range []string{"README.md", "LICENSE", "CHANGELOG.md", noticesName} {
			if got[stem+"/"+other] == "" {
				t.Errorf("%s has no %s", name, other)
			}
		}
		if len(got) != 11 {
			t.Errorf("%s has %d files", name, len(got))
		}
	}
}

func readTar(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[h.Name] = string(content)
	}
}
