// Command integration pins a release in what runs coldcut elsewhere: the GitHub Action
// and the template for GitLab CI, which take no archive whose checksum they do not know.
// It runs in the root of the checkout:
//
//	go run ./internal/integration dist/checksums.txt
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: integration CHECKSUMS")
		os.Exit(2)
	}
	version, err := pin(".", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "integration: error:", err)
		os.Exit(1)
	}
	fmt.Println("pinned", version)
}

// Where the pins are, from the root of the checkout.
const (
	pinsFile   = "integrations/checksums.txt"
	gitlabFile = "integrations/gitlab.yml"
)

// release is what a file of checksums, in sha256sum's form, tells of a release.
type release struct {
	version string
	sums    map[string]string // by system and processor, "linux_amd64"
	lines   []string          // those of the archives
}

var archiveLine = regexp.MustCompile(`^([0-9a-f]{64}) [ *](coldcut_([0-9A-Za-z.+-]+)_([a-z]+_[a-z0-9]+)\.(?:tar\.gz|zip))$`)

// needed are the archives without which nobody could use the integrations.
var needed = []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"}

// readRelease reads the checksums of one release; other files than its archives may
// stand among them.
func readRelease(text string) (*release, error) {
	r := &release{sums: map[string]string{}}
	for line := range strings.Lines(text) {
		m := archiveLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if r.version != "" && r.version != m[3] {
			return nil, fmt.Errorf("checksums of two releases: %s and %s", r.version, m[3])
		}
		r.version, r.sums[m[4]] = m[3], m[1]
		r.lines = append(r.lines, m[1]+"  "+m[2]+"\n")
	}
	for _, platform := range needed {
		if r.sums[platform] == "" {
			return nil, fmt.Errorf("there is no archive for %s", platform)
		}
	}
	return r, nil
}

// pin writes the release of a file of checksums into the checkout at root, and returns
// its version.
func pin(root, checksums string) (string, error) {
	text, err := os.ReadFile(checksums)
	if err != nil {
		return "", err
	}
	r, err := readRelease(string(text))
	if err != nil {
		return "", fmt.Errorf("%s: %w", checksums, err)
	}
	name := filepath.Join(root, filepath.FromSlash(gitlabFile))
	old, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	template := string(old)
	for key, value := range map[string]string{
		"COLDCUT_VERSION": r.version, "COLDCUT_SHA256_AMD64": r.sums["linux_amd64"], "COLDCUT_SHA256_ARM64": r.sums["linux_arm64"],
	} {
		line := regexp.MustCompile(`(?m)^  ` + key + `: ".*"$`)
		if len(line.FindAllString(template, -1)) != 1 {
			return "", fmt.Errorf("%s: want one line of %s", name, key)
		}
		template = line.ReplaceAllLiteralString(template, fmt.Sprintf("  %s: %q", key, value))
	}
	return r.version, errors.Join(
		artifact.WriteFile(name, []byte(template)),
		artifact.WriteFile(filepath.Join(root, filepath.FromSlash(pinsFile)), []byte(strings.Join(r.lines, ""))),
	)
}
