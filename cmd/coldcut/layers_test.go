package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// TestStackedOlder holds that a botocore which comes first and is older is told to be so,
// and one that is newer is not.
func TestStackedOlder(t *testing.T) {
	dir := t.TempDir()
	versioned := func(name, root, version string) *artifact.Artifact {
		folder := filepath.Join(dir, name, filepath.FromSlash(root))
		if err := installTiny(folder); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, "botocore", "__init__.py")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line := regexp.MustCompile(`(?m)^__version__ *=.*$`)
		if !line.Match(data) {
			t.Fatalf("%s names no version", file)
		}
		write(t, file, string(line.ReplaceAll(data, []byte("__version__ = '"+version+"'"))))
		return artifacttest.Open(t, filepath.Join(dir, name))
	}
	layer := versioned("layer", "python", "1.44.8")
	tests := []struct {
		version string
		older   bool
	}{{"1.9.233", true}, {"1.44.8", false}, {"1.100.0", false}, {"unheard", false}}
	for _, test := range tests {
		notes, err := stacked([]*artifact.Artifact{layer, versioned("task"+test.version, "", test.version)})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, n := range notes {
			if strings.HasPrefix(n.Message, "botocore 1.44.8 in /opt/python is never imported: "+test.version) {
				found = true
				if strings.HasSuffix(n.Message, ", and is older") != test.older {
					t.Errorf("%s: %s", test.version, n.Message)
				}
			}
		}
		if !found {
			t.Errorf("%s: not told among %v", test.version, notes)
		}
	}
}
