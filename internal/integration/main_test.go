package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checksums is a release's file of checksums, whose archives do not exist.
func checksums(version string, platforms ...string) string {
	var b strings.Builder
	for i, p := range platforms {
		ending := "tar.gz"
		if strings.HasPrefix(p, "windows") {
			ending = "zip"
		}
		fmt.Fprintf(&b, "%064x  coldcut_%s_%s.%s\n", i+1, version, p, ending)
	}
	return b.String()
}

func TestReadRelease(t *testing.T) {
	all := checksums("1.2.3-rc.1", needed...)
	for name, test := range map[string]struct{ text, err string }{
		"all":              {all, ""},
		"among others":     {strings.Repeat("0", 64) + "  coldcut_1.2.3_amd64.deb\n" + all + strings.Repeat("0", 64) + "  sbom.json\n", ""},
		"binary mode":      {strings.ReplaceAll(all, "  ", " *"), ""},
		"one is missing":   {checksums("1.2.3", needed[1:]...), "no archive for linux_amd64"},
		"two releases":     {all + checksums("2.0.0", needed...), "two releases"},
		"a short checksum": {all[1:], "no archive for linux_amd64"},
		"nothing":          {"", "no archive for"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := readRelease(test.text)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("%v, want %q", err, test.err)
				}
				return
			}
			if err != nil || r.version != "1.2.3-rc.1" || r.sums["darwin_arm64"] != fmt.Sprintf("%064x", 4) {
				t.Errorf("%+v, %v", r, err)
			}
			if got := strings.Join(r.lines, ""); got != all {
				t.Errorf("lines\n%s", got)
			}
		})
	}
}

// Both pins that are committed are of one release, or of none before the first.
func TestPinsAgree(t *testing.T) {
	pins := read(t, filepath.Join(root, pinsFile))
	template := read(t, filepath.Join(root, gitlabFile))
	want := []string{`COLDCUT_VERSION: ""`, `COLDCUT_SHA256_AMD64: ""`, `COLDCUT_SHA256_ARM64: ""`}
	if pins != "" {
		r, err := readRelease(pins)
		if err != nil {
			t.Fatal(err)
		}
		want = []string{
			fmt.Sprintf("COLDCUT_VERSION: %q", r.version),
			fmt.Sprintf("COLDCUT_SHA256_AMD64: %q", r.sums["linux_amd64"]), fmt.Sprintf("COLDCUT_SHA256_ARM64: %q", r.sums["linux_arm64"]),
		}
	}
	for _, line := range want {
		if !strings.Contains(template, "  "+line+"\n") {
			t.Errorf("%s does not say %s, as %s does", gitlabFile, line, pinsFile)
		}
	}
}

// Pinning again replaces what was pinned, and a bad release changes nothing.
func TestPin(t *testing.T) {
	dir := checkout(t)
	sums := filepath.Join(dir, "sums.txt")
	for _, version := range []string{"1.0.0", "1.0.1"} {
		write(t, sums, checksums(version, needed...))
		if got, err := pin(dir, sums); err != nil || got != version {
			t.Fatal(got, err)
		}
		if got := read(t, filepath.Join(dir, pinsFile)); got != checksums(version, needed...) {
			t.Errorf("pins\n%s", got)
		}
	}
	before := read(t, filepath.Join(dir, gitlabFile))
	if !strings.Contains(before, fmt.Sprintf("  COLDCUT_VERSION: \"1.0.1\"\n  COLDCUT_SHA256_AMD64: \"%064x\"\n  COLDCUT_SHA256_ARM64: \"%064x\"\n", 1, 2)) {
		t.Errorf("template\n%s", before)
	}
	write(t, sums, checksums("1.0.2", "linux_amd64"))
	if _, err := pin(dir, sums); err == nil || read(t, filepath.Join(dir, gitlabFile)) != before {
		t.Error("a release that lacks archives was pinned")
	}
	write(t, filepath.Join(dir, gitlabFile), "variables: {}\n")
	write(t, sums, checksums("1.0.2", needed...))
	if _, err := pin(dir, sums); err == nil || !strings.Contains(read(t, filepath.Join(dir, pinsFile)), "_1.0.1_") {
		t.Error("half of the pins were written")
	}
}

const root = "../.."

// checkout is a copy of what is used from a checkout of this repository.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"action.yml", pinsFile, gitlabFile, "integrations/install.sh"} {
		write(t, filepath.Join(dir, name), read(t, filepath.Join(root, name)))
	}
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
