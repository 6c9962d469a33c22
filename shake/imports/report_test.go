package imports

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func loadTree(t testing.TB, root string) map[string][]byte {
	t.Helper()
	sources := map[string][]byte{}
	for _, top := range []string{"boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil", "aiobotocore", "aioboto3"} {
		_ = filepath.Walk(filepath.Join(root, top), func(p string, info os.FileInfo, err error) error {
			if err == nil && strings.HasSuffix(p, ".py") {
				data, err := os.ReadFile(p)
				if err != nil {
					t.Fatal(err)
				}
				rel, _ := filepath.Rel(root, p)
				sources[filepath.ToSlash(rel)] = data
			}
			return nil
		})
	}
	return sources
}

func TestReportEffects(t *testing.T) {
	root := os.Getenv("ROOT")
	if root == "" {
		t.Skip()
	}
	f := newFamily(loadTree(t, root))
	f.judgeAll()
	for _, name := range f.names {
		if m := f.modules[name]; m.effect != "" {
			fmt.Println("EFFECT", name, m.effect)
		}
		if m := f.modules[name]; m.surface != nil && m.surface.opaque != "" {
			fmt.Println("OPAQUE", name, m.surface.opaque)
		}
	}
}

func TestReportWrite(t *testing.T) {
	root, out := os.Getenv("ROOT"), os.Getenv("OUT")
	if out == "" {
		t.Skip()
	}
	sources := loadTree(t, root)
	r, err := Defer(sources, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for p, text := range r.Sources {
		if err := os.WriteFile(filepath.Join(out, p), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.WriteFile(filepath.Join(out, Runtime+".py"), RuntimeSource, 0o644)
	fmt.Println(len(r.Sources), "files", r.Deferred, "names")
	f := newFamily(sources)
	f.judgeAll()
	f.solve(Options{})
	for _, name := range f.names {
		f.modules[name].all(func(_ *step, b *binding) {
			if b.alias != nil && !strings.Contains(b.kept, "loaded anyway") {
				fmt.Println("BINDING", name, b.name, b.target, b.attribute, "KEPT:", b.kept)
			}
		})
	}
}
