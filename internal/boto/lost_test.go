package boto

import (
	"maps"
	"reflect"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// TestNewLost cuts twice. What one API version never had is not lost to it, and
// what is there again is not lost at all.
func TestNewLost(t *testing.T) {
	state := func(files map[string]string) *Installation {
		t.Helper()
		all := map[string]string{
			"botocore/__init__.py": "__version__ = '1.99.0'\n_special_case_transform = re.compile('[A-Z]{2,}s$')\n",
			"boto3/__init__.py":    "__version__ = '1.99.0'\n",
		}
		maps.Copy(all, files)
		dir := t.TempDir()
		artifacttest.Write(t, dir, all)
		found, err := Find(artifacttest.Open(t, dir))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return found[0]
	}
	const data, old = "botocore/data/", `{"metadata":{"apiVersion":"2014"},"operations":{"Run":{}}}`
	fat := state(map[string]string{
		data + "ec2/2013/service-2.json":            `{"metadata":{"apiVersion":"2013"},"operations":{"Gone":{}}}`,
		data + "ec2/2014/service-2.json":            old,
		data + "ec2/2016/service-2.json":            `{"metadata":{"apiVersion":"2016"},"operations":{"Run":{},"Stop":{},"List":{}}}`,
		data + "ec2/2016/service-2.sdk-extras.json": `{"merge":{"operations":{"Extra":{}}}}`,
		data + "ec2/2016/waiters-2.json":            `{"waiters":{"Stopped":{"operation":"Stop"},"Listed":{"operation":"List"}}}`,
		data + "sqs/2012/service-2.json":            `{"operations":{}}`,
		data + "kms/2012/service-2.json":            `{"operations":{}}`,
		"boto3/data/sqs/2012/resources-1.json":      `{}`,
	})
	slim := state(map[string]string{
		data + "ec2/2014/service-2.json": `{"metadata":{"apiVersion":"2014"},"operations":{}}`,
		data + "ec2/2016/service-2.json": `{"metadata":{"apiVersion":"2016"},"operations":{"List":{}}}`,
		data + "kms/2012/service-2.json": `{"operations":{}}`,
	})
	want := &Lost{
		Services: map[string]bool{"sqs": true}, Resources: map[string]bool{"sqs": true},
		Within: map[string]*Losses{"ec2": {
			Operations: map[string][]string{"Run": {"2014", "2016"}, "Stop": {"2016"}, "Extra": {"2016"}},
			Waiters:    map[string]string{"Stopped": "Stop"},
		}},
	}
	once, err := NewLost(fat, slim, nil)
	if err != nil || !reflect.DeepEqual(once, want) {
		t.Fatalf("got %+v, %v\nwant %+v", once, err, want)
	}
	again, err := NewLost(slim, slim, once)
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("cut again: got %+v, %v\nwant %+v", again, err, want)
	}
	whole, err := NewLost(fat, fat, once)
	if err != nil || !whole.Empty() {
		t.Errorf("whole again: got %+v, %v", whole, err)
	}
}
