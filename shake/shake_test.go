package shake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

func slim(t *testing.T, fat *artifact.Artifact, opts plan.Options) *shake.Result {
	t.Helper()
	return shaken(t, fat, shake.Options{}, opts)
}

func shaken(t *testing.T, fat *artifact.Artifact, o shake.Options, opts plan.Options) *shake.Result {
	t.Helper()
	ctx := context.Background()
	uses, err := scan.Scan(ctx, fat, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(fat, uses, opts)
	if err != nil {
		t.Fatal(err)
	}
	r, err := o.Apply(ctx, fat, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func function(t *testing.T) *artifact.Artifact {
	t.Helper()
	return tinyboto.Open(t, map[string]string{"app.py": "import boto3\nboto3.client('s3')\nboto3.client('ec2')\nboto3.resource('s3')\n"})
}

func TestApply(t *testing.T) {
	r := slim(t, function(t), plan.Options{Credentials: plan.Environment})
	for path, want := range map[string]bool{
		"app.py":               true,
		"coldcut.lock":         true,
		"botocore/__init__.py": true,
		"botocore/data/s3/2006-03-01/service-2.json":        true,
		"boto3/data/s3/2006-03-01/resources-1.json":         true,
		"boto3/data/ec2/2015-01-01/resources-1.json":        false,
		"botocore/data/_retry.json":                         true,
		"botocore/data/endpoints.json":                      true,
		"botocore/data/ec2/2016-01-01/service-2.json":       true,
		"botocore/data/ec2/2014-01-01/service-2.json":       false,
		"botocore/data/dynamodb/2012-08-10/service-2.json":  false,
		"botocore/data/dynamodb/2012-08-10/examples-1.json": false,
		"botocore/data/sts/2011-06-15/service-2.json":       false,
		"boto3/examples/s3.rst":                             false,
		"bin/tool":                                          false,
		"botocore-1.99.0.dist-info/METADATA":                true,
	} {
		if _, got := r.Artifact.Lookup(path); got != want {
			t.Errorf("%s: there %v, want %v", path, got, want)
		}
	}
}

// modelled is a function whose s3 has more than it uses, in a compressed model.
func modelled(t *testing.T) *artifact.Artifact {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(`{"operations": {"GetObject": {"input": {"shape": "Used"}}, "PutObject": {"input": {"shape": "Unused"}}}, "shapes": {"Used": {}, "Unused": {}}}`))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	const dir = "botocore/data/s3/2006-03-01/"
	return tinyboto.Open(t, map[string]string{
		"app.py":                           "import boto3\nboto3.client('s3').get_object()\n",
		"botocore/client.py":               "pass\n",
		"botocore/handlers.py":             "pass\n",
		"botocore/data/endpoints.json":     `{"partitions": [{"services": {"s3": {}, "ec2": {}}}]}`,
		dir + "service-2.json":             "",
		dir + "service-2.json.gz":          zipped.String(),
		dir + "paginators-1.json":          `{"pagination": {}}`,
		dir + "waiters-2.json":             `{"waiters":{}}`,
		"botocore-1.99.0.dist-info/RECORD": "botocore/__init__.py,,\n" + dir + "service-2.json.gz,sha256=x,1\nbotocore-1.99.0.dist-info/RECORD,,\n",
	})
}

// TestModels holds the pass to what it writes, and to what RECORD says of it.
func TestModels(t *testing.T) {
	r := slim(t, modelled(t), plan.Options{Only: []string{plan.ModelsPass}})
	const model = `{"operations":{"GetObject":{"input":{"shape":"Used"}}},"shapes":{"Used":{}}}`
	sum := sha256.Sum256([]byte(model))
	for path, want := range map[string]string{
		"botocore/data/s3/2006-03-01/service-2.json":       model,
		"botocore/data/s3/2006-03-01/paginators-1.json":    `{"pagination":{}}`,
		"botocore/data/s3/2006-03-01/waiters-2.json":       `{"waiters":{}}`,
		"botocore/data/dynamodb/2012-08-10/service-2.json": `{"version":"2.0","metadata":{},"operations":{"GetItem":{"name":"GetItem"}},"shapes":{}}`,
		"botocore-1.99.0.dist-info/RECORD": "botocore/__init__.py,,\nbotocore/data/s3/2006-03-01/service-2.json,sha256=" +
			base64.RawURLEncoding.EncodeToString(sum[:]) + "," + strconv.Itoa(len(model)) + "\nbotocore-1.99.0.dist-info/RECORD,,\n",
	} {
		got, err := r.Artifact.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v\nwant %s", path, got, err, want)
		}
	}
	if _, there := r.Artifact.Lookup("botocore/data/s3/2006-03-01/service-2.json.gz"); there {
		t.Error("the compressed model is still there")
	}
	touched := map[string]bool{}
	for _, c := range r.Changes {
		touched[c.Path] = c.Pass == plan.ModelsPass
	}
	if touched["botocore/data/s3/2006-03-01/waiters-2.json"] || !touched["botocore/data/s3/2006-03-01/paginators-1.json"] {
		t.Errorf("changes %v", touched)
	}
}

// TestModelsIsLeftOut holds that the models stay whole where their pass is left out.
func TestModelsIsLeftOut(t *testing.T) {
	for _, c := range slim(t, modelled(t), plan.Options{Only: []string{plan.ServicesPass, plan.VersionsPass, plan.JunkPass}}).Changes {
		if c.Pass == plan.ModelsPass || strings.Contains(c.Path, "/s3/") && c.After.Size > 0 {
			t.Errorf("%s was changed by %s", c.Path, c.Pass)
		}
	}
}

// TestRecordIsTrue holds that every row names a file that is there.
func TestRecordIsTrue(t *testing.T) {
	r := slim(t, function(t), plan.Options{})
	for _, dist := range []string{"boto3", "botocore"} {
		data, err := r.Artifact.ReadFile(dist + "-1.99.0.dist-info/RECORD")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			name, _, _ := strings.Cut(line, ",")
			if _, ok := r.Artifact.Lookup(artifact.Installed("", name)); !ok {
				t.Errorf("RECORD of %s lists %s, which is gone", dist, name)
			}
		}
	}
}

// TestChanges holds that every difference between fat and slim is on record, once,
// with the fingerprints of both sides.
func TestChanges(t *testing.T) {
	t.Run("by default", func(t *testing.T) { checkChanges(t, function(t), plan.Options{}) })
	t.Run("every pass", func(t *testing.T) { checkChanges(t, modelled(t), plan.Options{Only: plan.Passes}) })
}

func checkChanges(t *testing.T, fat *artifact.Artifact, opts plan.Options) {
	t.Helper()
	r := slim(t, fat, opts)
	seen, moved := map[string]shake.Change{}, map[string]bool{}
	for _, c := range r.Changes {
		if _, twice := seen[c.Path]; twice {
			t.Errorf("%s is listed twice", c.Path)
		}
		seen[c.Path] = c
		if c.From != "" {
			checkFingerprint(t, fat, c.From, c.Before)
			moved[c.From] = true
		}
	}
	for _, f := range fat.Files() {
		if c, changed := seen[f.Path]; changed {
			checkFingerprint(t, fat, f.Path, c.Before)
		} else if _, ok := r.Artifact.Lookup(f.Path); !ok && !moved[f.Path] {
			t.Errorf("%s is gone without a change", f.Path)
		}
	}
	for _, f := range r.Artifact.Files() {
		if c, changed := seen[f.Path]; changed {
			checkFingerprint(t, r.Artifact, f.Path, c.After)
		}
	}
	if got := seen["botocore/data/dynamodb/2012-08-10/examples-1.json"].Pass; got != plan.ServicesPass {
		t.Errorf("the examples of a dropped service went in pass %q", got)
	}
}

func checkFingerprint(t *testing.T, a *artifact.Artifact, path string, got shake.Fingerprint) {
	t.Helper()
	data, err := a.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if want := (shake.Fingerprint{Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}); got != want {
		t.Errorf("%s: fingerprint %v, want %v", path, got, want)
	}
}

// TestTwiceIsOnce holds that the second cut finds nothing to do.
func TestTwiceIsOnce(t *testing.T) {
	t.Run("by default", func(t *testing.T) { twiceIsOnce(t, function(t), plan.Options{}) })
	t.Run("every pass", func(t *testing.T) { twiceIsOnce(t, modelled(t), plan.Options{Only: plan.Passes}) })
}

func twiceIsOnce(t *testing.T, fat *artifact.Artifact, opts plan.Options) {
	t.Helper()
	once := slim(t, fat, opts)
	out := filepath.Join(t.TempDir(), "once")
	staged, err := artifact.Stage(context.Background(), once.Artifact, out, artifact.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	a := artifacttest.Open(t, out)
	for _, c := range slim(t, a, opts).Changes {
		t.Errorf("the second cut changed %s in pass %s", c.Path, c.Pass)
	}
}

// TestForeignPlan holds that a plan for another package is refused, and not half
// carried out.
func TestForeignPlan(t *testing.T) {
	p := &plan.Plan{LockPath: plan.LockName, Decisions: []plan.Decision{{
		Item: plan.Item{Kind: plan.Service, Name: "sqs", Paths: []string{"botocore/data/sqs"}}, Action: plan.Drop, Pass: plan.ServicesPass,
	}}}
	if _, err := shake.Apply(context.Background(), function(t), p); err == nil || !strings.Contains(err.Error(), "botocore/data/sqs") {
		t.Errorf("got %v", err)
	}
}

// TestHelp holds what is added, and that bytecode of what it changes goes, whatever
// it is called.
func TestHelp(t *testing.T) {
	fat := tinyboto.Open(t, map[string]string{
		"app.py":             "import boto3\nboto3.client('s3').get_object()\n",
		"botocore/client.py": "class BaseClient:\n    pass\n",
		"botocore/__pycache__/client.cpython-37.pyc":       "x",
		"botocore/__pycache__/client.cpython-37.opt-1.pyc": "x",
		"botocore/__pycache__/clients.cpython-37.pyc":      "x",
		"botocore/client.pyc":                              "x",
		"botocore/client.pyi":                              "x",
	})
	r := slim(t, fat, plan.Options{Only: []string{plan.ServicesPass, plan.HelpPass}, Credentials: plan.Environment})
	for path, want := range map[string]bool{
		"botocore/_coldcut.py":                             true,
		"botocore/client.py":                               true,
		"botocore/client.pyi":                              true,
		"botocore/__pycache__/clients.cpython-37.pyc":      true,
		"botocore/__pycache__/client.cpython-37.pyc":       false,
		"botocore/__pycache__/client.cpython-37.opt-1.pyc": false,
		"botocore/client.pyc":                              false,
	} {
		if _, got := r.Artifact.Lookup(path); got != want {
			t.Errorf("%s: there %v, want %v", path, got, want)
		}
	}
	got, err := r.Artifact.ReadFile("botocore/data/_coldcut.json")
	const want = `{"botocore":"1.99.0","services":"dynamodb ec2 sts","resources":"ec2","operations":{},"waiters":{}}` + "\n"
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	for _, opts := range []plan.Options{
		{Only: []string{plan.ServicesPass, plan.HelpPass}, NoHelp: true},
		{Only: []string{plan.JunkPass, plan.HelpPass}},
		{Only: []string{plan.ServicesPass}},
	} {
		if _, there := slim(t, fat, opts).Artifact.Lookup("botocore/_coldcut.py"); there {
			t.Errorf("%+v: help was added", opts)
		}
	}
}
