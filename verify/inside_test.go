package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// aliasing has botocore found inside of the package, as awscli/__init__.py does.
const aliasing = `import os, sys
from importlib.machinery import PathFinder

class Finder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name in ("botocore", "s3transfer"):
            return PathFinder.find_spec(name, [os.path.dirname(__file__)])

sys.meta_path.insert(0, Finder)
`

// TestInside compares a botocore that lies inside of a package, and is found as the
// package sees to, else on a path of its own: what it needs lies outside.
func TestInside(t *testing.T) {
	t.Parallel()
	b := install(t, "3.13", "boto3")
	cli := filepath.Join(b.fat, "cli")
	artifacttest.Write(t, cli, map[string]string{"__init__.py": aliasing})
	for _, name := range []string{"botocore", "s3transfer"} {
		if err := os.Rename(filepath.Join(b.fat, name), filepath.Join(cli, name)); err != nil {
			t.Fatal(err)
		}
	}
	only := Options{Python: b.python.Language(), Only: Case{"sns", "Publish", "request/required"}}
	fat := open(t, b.fat)
	beside := fat.With(artifact.Edits{"cli/_beside.py": []byte("x = 1\n"), "cli/botocore/retries/__init__.py": []byte("import _beside\n")})
	v, err := Compare(t.Context(), fat, beside, only)
	if err != nil {
		t.Fatal(err)
	}
	if v.Differs != 1 || !strings.Contains(first(v), "No module named '_beside'") {
		t.Errorf("a module beside botocore is found where the program would not find it: %s", first(v))
	}
	artifacttest.Write(t, cli, map[string]string{"__init__.py": "import nothing_of_the_kind\n"})
	fat = open(t, b.fat)
	if v, err = Compare(t.Context(), fat, fat, only); err != nil || v.Same != 1 {
		t.Errorf("a package that sees to nothing: %+v %v", v, err)
	}
}

func TestPackageAt(t *testing.T) {
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{
		"__init__.py": "", "a/__init__.py": "", "a/b/__init__.pyc": "x", "a/b/botocore/__init__.py": "", "vendor/c/__init__.py": "", "vendor/botocore/__init__.py": "",
	})
	for root, want := range map[string]string{"": "", "a": "a", "a/b": "a.b", "vendor": "", "vendor/c": "c", "nowhere": ""} {
		if got := packageAt(open(t, dir), root); got != want {
			t.Errorf("%q: %q, want %q", root, got, want)
		}
	}
}
