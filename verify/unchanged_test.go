package verify

import (
	"maps"
	"slices"
	"testing"

	"github.com/coldcut/coldcut/internal/tinyboto"
)

// TestUnchanged holds that a service counts as unchanged only where nothing that it
// may read differs.
func TestUnchanged(t *testing.T) {
	const s3, ec2 = "botocore/data/s3/2006-03-01/service-2.json", "boto3/data/ec2/2015-01-01/resources-1.json"
	tests := []struct {
		name   string
		differ map[string]string
		less   []string // that must not be among them
		none   bool
	}{
		{name: "nothing differs"},
		{name: "a model", differ: map[string]string{s3: "{}"}, less: []string{"s3"}},
		{name: "a resource model", differ: map[string]string{ec2: "{}"}, less: []string{"ec2"}},
		{name: "a file more in a service's folder", differ: map[string]string{"botocore/data/s3/2006-03-01/more.json": "{}"}, less: []string{"s3"}},
		{name: "a table of all services", differ: map[string]string{"botocore/data/_retry.json": "[]"}, none: true},
		{name: "a source", differ: map[string]string{"botocore/__init__.py": "raise"}, none: true},
		{name: "a module more", differ: map[string]string{"six.py": "pass\n"}, none: true},
		{name: "what boto does not read", differ: map[string]string{"coldcut.lock": "{}", "boto3-1.99.0.dist-info/RECORD": "x,,\n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fat := tinyboto.Open(t, map[string]string{"app.py": ""})
			slim := tinyboto.Open(t, merged(map[string]string{"app.py": ""}, test.differ))
			got, err := unchanged(fat, slim, "")
			if err != nil {
				t.Fatal(err)
			}
			if test.none {
				if got != nil {
					t.Errorf("unchanged are %v", got)
				}
				return
			}
			all := slices.Sorted(maps.Keys(got))
			if !slices.Contains(all, "s3") || !slices.Contains(all, "ec2") {
				t.Fatalf("the services are %v", all)
			}
			for name, same := range got {
				if same == slices.Contains(test.less, name) {
					t.Errorf("%s: unchanged %v", name, same)
				}
			}
		})
	}
}

func merged(a, b map[string]string) map[string]string {
	maps.Copy(a, b)
	return a
}
