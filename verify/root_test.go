package verify

import (
	"errors"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// TestRoot holds that a package is compared by the botocore that it can import.
func TestRoot(t *testing.T) {
	const data = "botocore/data/endpoints.json"
	tests := []struct {
		name, root, refusal string
		files               []string
	}{
		{name: "a function", files: []string{"botocore/__init__.py", data}},
		{name: "a layer", files: []string{"python/botocore/__init__.py", "python/" + data}, root: "python"},
		{name: "stripped", files: []string{"botocore/__init__.pyc", data}},
		{name: "instrumentation of that name", files: []string{"botocore/__init__.py", data, "aws_xray_sdk/ext/botocore/__init__.py"}},
		{name: "two", files: []string{"a/botocore/__init__.py", "a/" + data, "b/botocore/__init__.py", "b/" + data}, refusal: "there are 2 botocores in it (a, b); only one can be compared"},
		{name: "none", files: []string{"aws_xray_sdk/ext/botocore/__init__.py"}, refusal: "there is no botocore in it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{}
			for _, name := range test.files {
				files[name] = "{}"
			}
			dir := t.TempDir()
			artifacttest.Write(t, dir, files)
			root, err := rootOf(artifacttest.Open(t, dir))
			refusal := ""
			if none := (*NoBotoError)(nil); errors.As(err, &none) {
				refusal = none.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if root != test.root || refusal != test.refusal {
				t.Errorf("the root is %q, refused %q; want %q, %q", root, refusal, test.root, test.refusal)
			}
		})
	}
}
