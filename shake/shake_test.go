package shake_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
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
	ctx := context.Background()
	uses, err := scan.Scan(ctx, fat, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(fat, uses, opts)
	if err != nil {
		t.Fatal(err)
	}
	r, err := shake.Apply(ctx, fat, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func function(t *testing.T) *artifact.Artifact {
	t.Helper()
	return tinyboto.Open(t, map[string]string{"app.py": "import boto3\nboto3.client('s3')\nboto3.client('ec2')\n"})
}

func TestApply(t *testing.T) {
	r := slim(t, function(t), plan.Options{Credentials: plan.Environment})
	for path, want := range map[string]bool{
		"app.py":               true,
		"coldcut.lock":         true,
		"botocore/__init__.py": true,
		"botocore/data/s3/2006-03-01/service-2.json":        true,
		"boto3/data/s3/2006-03-01/resources-1.json":         true,
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
	fat := function(t)
	r := slim(t, fat, plan.Options{})
	seen := map[string]shake.Change{}
	for _, c := range r.Changes {
		if _, twice := seen[c.Path]; twice {
			t.Errorf("%s is listed twice", c.Path)
		}
		seen[c.Path] = c
	}
	for _, f := range fat.Files() {
		if c, changed := seen[f.Path]; changed {
			checkFingerprint(t, fat, f.Path, c.Before)
		} else if _, ok := r.Artifact.Lookup(f.Path); !ok {
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
	once := slim(t, function(t), plan.Options{})
	out := filepath.Join(t.TempDir(), "once")
	staged, err := artifact.Stage(context.Background(), once.Artifact, out, artifact.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	a := artifacttest.Open(t, out)
	for _, c := range slim(t, a, plan.Options{}).Changes {
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
