package shake_test

import (
	"maps"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/shake"
)

// TestUnnamed holds what keeps a module that nothing imports, and what does not.
func TestUnnamed(t *testing.T) {
	const app = "import boto3\nboto3.client('s3')\n"
	for _, tt := range []struct {
		name    string
		files   map[string]string
		sources map[string]string
		goes    bool
	}{
		{"nobody", map[string]string{"app.py": app}, nil, true},
		{"a comment", map[string]string{"app.py": app + "# lonesome\n"}, nil, false},
		{"a library", map[string]string{"app.py": app, "lib.so.1": "\x7fELF lonesome"}, nil, false},
		{"an entry point", map[string]string{"app.py": app, "p-1.dist-info/METADATA": "Name: p\nVersion: 1\n", "p-1.dist-info/entry_points.txt": "[p]\nx = botocore.lonesome:f\n"}, nil, false},
		{"what was installed", map[string]string{"app.py": app, "p-1.dist-info/METADATA": "Name: p\nVersion: 1\n", "p-1.dist-info/RECORD": "botocore/lonesome.py,,\n"}, nil, true},
		{"configuration", map[string]string{"app.py": app, "app.yaml": "plugin: botocore.lonesome\n"}, nil, false},
		{"bytecode without a source", map[string]string{"app.py": app, "other.pyc": "lonesome"}, nil, false},
		{"sources beside", map[string]string{"app.py": app}, map[string]string{"main.py": "import botocore.lonesome\n"}, false},
		{"code that was not seen", map[string]string{}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := maps.Clone(tt.files)
			maps.Copy(files, map[string]string{
				"botocore/lonesome.py": "f = 1\n", "botocore/__pycache__/lonesome.cpython-313.pyc": "old",
			})
			fat := tinyboto.Open(t, files)
			o := shake.Options{}
			if tt.sources != nil {
				dir := t.TempDir()
				artifacttest.Write(t, dir, tt.sources)
				o.Sources = []*artifact.Artifact{artifacttest.Open(t, dir)}
			}
			slim := shaken(t, fat, o, plan.Options{Only: []string{plan.ServicesPass, plan.ImportsPass}, Keep: []string{"s3"}})
			for _, p := range []string{"botocore/lonesome.py", "botocore/__pycache__/lonesome.cpython-313.pyc"} {
				if _, stays := slim.Artifact.Lookup(p); stays == tt.goes {
					t.Errorf("%s stays: %v", p, stays)
				}
			}
			for _, p := range []string{"botocore/credentials.py", "botocore/__init__.py"} {
				if _, stays := slim.Artifact.Lookup(p); !stays {
					t.Errorf("%s is gone", p)
				}
			}
		})
	}
}
