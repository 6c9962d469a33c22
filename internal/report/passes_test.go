package report

import (
	"slices"
	"testing"

	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// TestPasses holds that each pass that ran has a row, with what it did itself to files
// that others changed too, and that the rows add up to the whole.
func TestPasses(t *testing.T) {
	ctx := t.Context()
	fat := tinyboto.Open(t, map[string]string{
		"app.py":             "import boto3\nboto3.client('s3').get_object()\n",
		"botocore/client.py": "import json\nclass BaseClient:\n    def f(self):\n        return json.dumps(1)\n",
	})
	uses, err := scan.Scan(ctx, fat, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(fat, uses, plan.Options{NoBytecode: true})
	if err != nil {
		t.Fatal(err)
	}
	slim, err := shake.Apply(ctx, fat, p)
	if err != nil {
		t.Fatal(err)
	}
	d, err := ForSlim(ctx, "v", "out", fat, uses, p, slim)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var bytes, zipped int64
	rows := map[string]Pass{}
	for _, row := range d.Passes {
		names = append(names, row.Name)
		rows[row.Name] = row
		bytes += row.Bytes
		zipped += row.ZipBytes
	}
	if want := append(slices.Clone(p.Passes), shake.RecordPass); !slices.Equal(names, want) {
		t.Errorf("rows of %q, want %q", names, want)
	}
	if bytes != d.Before.Bytes-d.After.Bytes || zipped != d.Before.ZipBytes-d.After.ZipBytes {
		t.Errorf("%d bytes and %d in the zip, want %d and %d", bytes, zipped, d.Before.Bytes-d.After.Bytes, d.Before.ZipBytes-d.After.ZipBytes)
	}
	client, _ := slim.Artifact.Lookup("botocore/client.py")
	was, _ := fat.Lookup("botocore/client.py")
	deferred, there := slim.Interim[plan.ImportsPass]["botocore/client.py"]
	if !there || int64(len(deferred)) <= was.Size || int64(len(deferred)) >= client.Size {
		t.Errorf("imports left %q, of %d and then %d bytes", deferred, was.Size, client.Size)
	}
	if rows[plan.ImportsPass].Changed < 2 || rows[plan.VersionsPass].Name == "" {
		t.Errorf("rows %+v", rows)
	}
}

func TestStart(t *testing.T) {
	s := NewStart("3.13.0", []string{"app"}, []string{"a", "b", "c"}, [][]float64{
		{100, 110, 90}, {50, 52, 51}, {60, 61, 70}, {51, 53, 49}, {40, 41, 42},
	})
	d := &Document{Slim: &Slim{Passes: []Pass{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "record"}}}}
	d.AddStart(s)
	var cells []string
	for i := range d.Passes {
		cells = append(cells, d.Passes[i].saves())
	}
	if want := []string{"10.0 ms", "~", "-10.0 ms", ""}; !slices.Equal(cells, want) {
		t.Errorf("cells %q, want %q", cells, want)
	}
	const want = "to import app takes 100.0 ms of CPU time, and 51.0 ms in the slim package (Python 3.13.0, median of 3 starts); a pass saves what it takes longer without it"
	if got := s.sentence(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	d.AddStart(nil)
	if d.Slim.Start != s {
		t.Error("nothing measured takes away what was")
	}
}
