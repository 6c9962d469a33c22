package plan_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/handcut"
	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// lockOf is the lock that a cut of the tiny package with this code writes.
func lockOf(t *testing.T, code string, opts plan.Options) *plan.LockFile {
	t.Helper()
	p := mustPlan(t, map[string]string{"app.py": code}, opts)
	return &plan.LockFile{Lock: p.Lock(), Name: "coldcut.lock", Text: encode(t, p)}
}

// tree is the tiny package with this code, or the code alone.
func tree(t *testing.T, code string, whole bool) *artifact.Artifact {
	t.Helper()
	files := map[string]string{"app.py": code}
	if whole {
		return tinyboto.Open(t, files)
	}
	dir := t.TempDir()
	artifacttest.Write(t, dir, files)
	return artifacttest.Open(t, dir)
}

func check(t *testing.T, lock *plan.LockFile, a *artifact.Artifact) ([]plan.Finding, *scan.Result) {
	t.Helper()
	uses, err := scan.Scan(context.Background(), a, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := plan.Check(lock, uses, []*artifact.Artifact{a})
	if err != nil {
		t.Fatal(err)
	}
	return found, uses
}

// short says of a finding what the table below needs.
func short(f plan.Finding) string {
	s := string(f.Rule)
	if f.Service != "" {
		s += " " + strings.TrimSuffix(f.Service+":"+f.Operation, ":")
	}
	if f.Note {
		s += " (note)"
	}
	return fmt.Sprintf("%s %s:%d", s, f.File, f.Line)
}

func TestCheck(t *testing.T) {
	const s3 = "import boto3, os\nboto3.client('s3').get_object()\n"
	tests := []struct {
		name     string
		was      string // the code that the lock is of
		is       string
		opts     plan.Options
		part     bool // only the code is scanned
		findings []string
	}{
		{name: "the same", was: s3, is: s3},
		{name: "the same code alone", was: s3, is: s3, part: true},
		{name: "a service more", was: s3, is: s3 + "boto3.client('ec2')\n", findings: []string{"service-not-locked ec2 app.py:3"}},
		{name: "a service more, code alone", was: s3, is: s3 + "boto3.client('sqs')\n", part: true, findings: []string{"service-not-locked sqs app.py:3"}},
		{
			name: "an operation more", was: "import boto3\nboto3.client('ec2')\n", is: "import boto3\nboto3.client('ec2').run_instances()\n",
			findings: []string{"operation-not-locked ec2:RunInstances app.py:2"},
		},
		{
			name: "an operation more, models left whole", opts: plan.Options{Only: []string{"services"}},
			was: "import boto3\nboto3.client('ec2')\n", is: "import boto3\nboto3.client('ec2').run_instances()\n",
			findings: []string{"operation-not-locked ec2:RunInstances (note) app.py:2"},
		},
		{
			name: "a service less", was: s3 + "boto3.client('ec2')\n", is: s3,
			findings: []string{"service-unused ec2 (note) coldcut.lock:19"},
		},
		{
			name: "a service less, declared", was: s3, is: s3, opts: plan.Options{Keep: []string{"ec2"}},
		},
		{
			name: "an operation less", was: s3, is: "import boto3\nboto3.client('s3')\n",
			findings: []string{"operation-unused s3:GetObject (note) coldcut.lock:19"},
		},
		{
			name: "a resource", was: s3, is: s3 + "boto3.resource('s3')\n",
			findings: []string{"resource-not-locked s3 app.py:2"},
		},
		{
			name: "a place that cannot be told", was: s3, is: s3 + "boto3.client(os.environ['S'])\n",
			findings: []string{"unresolved app.py:3"},
		},
		{
			name: "one that was declared", opts: plan.Options{Keep: []string{"s3"}},
			was: s3 + "boto3.client(os.environ['S'])\n", is: "\n\n" + s3 + "boto3.client(os.environ['S'])\n",
		},
		{
			name: "a profile", was: s3, is: "import boto3\nboto3.Session(profile_name='p').client('s3').get_object()\n",
			opts:     plan.Options{Credentials: plan.Environment},
			findings: []string{"service-not-locked sts app.py:2"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, _ := check(t, lockOf(t, test.was, test.opts), tree(t, test.is, !test.part))
			var got []string
			for _, f := range found {
				got = append(got, short(f))
				if f.Message == "" || f.Fix == "" || plan.RuleDocs[f.Rule] == "" || plan.RuleHelp[f.Rule] == "" {
					t.Errorf("%+v does not say what to do", f)
				}
			}
			if !slices.Equal(got, test.findings) {
				t.Errorf("found %q, want %q", got, test.findings)
			}
		})
	}
}

// TestRenew holds that a renewed lock agrees with the code, and that of the whole
// package it is the one of a new cut.
func TestRenew(t *testing.T) {
	const was = "import boto3\nboto3.client('s3').get_object()\n"
	for _, is := range []string{
		was + "boto3.client('ec2').run_instances()\n", "import boto3\nboto3.client('dynamodb')\n", was + "boto3.resource('s3')\n",
	} {
		for _, whole := range []bool{true, false} {
			lock := lockOf(t, was, plan.Options{})
			a := tree(t, is, whole)
			_, uses := check(t, lock, a)
			renewed, err := lock.Renew(a, uses, nil)
			if err != nil {
				t.Fatal(err)
			}
			data, err := renewed.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if want := encode(t, mustPlan(t, map[string]string{"app.py": is}, plan.Options{})); whole && string(data) != string(want) {
				t.Errorf("%q: the lock is\n%s\nand that of a new cut\n%s", is, data, want)
			}
			left, _ := check(t, &plan.LockFile{Lock: renewed, Name: "coldcut.lock", Text: data}, a)
			for _, f := range left {
				if !f.Note {
					t.Errorf("%q, whole %v: still %s", is, whole, f.Message)
				}
			}
			if _, kept := renewed.Services["s3"]; !whole && !kept {
				t.Errorf("%q: the lock lost s3 though only a part was scanned", is)
			}
		}
	}
}

// TestCheckPackage holds a package to the lock that it was made from.
func TestCheckPackage(t *testing.T) {
	code := "import boto3\nboto3.client('s3').get_object()\n"
	lock := lockOf(t, code, plan.Options{})
	other := lockOf(t, code+"boto3.client('ec2')\n", plan.Options{})
	gone := map[string]string{"botocore/data/s3/2006-03-01/service-2.json": ""}
	tests := []struct {
		name string
		pkg  map[string]string
		want string
	}{
		{name: "made from it", pkg: map[string]string{"coldcut.lock": string(lock.Text)}},
		{name: "no lock", pkg: map[string]string{}, want: "the package holds no coldcut.lock: it was not cut by coldcut"},
		{name: "another lock", pkg: map[string]string{"coldcut.lock": string(other.Text)}, want: "the package was made from another lock: it has ec2, which the lock does not keep"},
		{name: "cut by hand afterwards", pkg: with(gone, map[string]string{"coldcut.lock": string(lock.Text)}), want: "the package was changed after the cut: s3 is not in it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := plan.CheckPackage(lock, tinyboto.Open(t, test.pkg))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range found {
				got += f.Message
			}
			if got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
	a := tree(t, code, false)
	if found, err := plan.CheckPackage(lock, a); err != nil || len(found) != 1 || found[0].Message != "the package holds no boto3 and no botocore" {
		t.Errorf("without boto: %v, %v", found, err)
	}
}

// TestCheckCuts says of commands what breaks by them.
func TestCheckCuts(t *testing.T) {
	lock := lockOf(t, "import boto3\nboto3.client('s3').get_object()\n", plan.Options{Credentials: plan.Environment})
	const hand = `find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name NAME -exec rm -rf {} +`
	tests := []struct {
		command, message string
		note             bool
	}{
		{"rm -rf botocore/data/*", "which botocore makes no client, and s3, which the code uses", false},
		{strings.ReplaceAll(hand, "NAME", "dynamodb"), "deletes s3, which the code uses", false},
		{strings.ReplaceAll(hand, "NAME", "'s3*'"), "that nothing uses", true},
		{"rm -rf botocore/data/$X", "cannot be told what", true},
		{"rm -rf botocore/data/s3/2006-03-01/examples-1.json", "", false},
	}
	for _, test := range tests {
		cuts, err := handcut.Find(fstest.MapFS{"build.sh": {Data: []byte(test.command)}})
		if err != nil {
			t.Fatal(err)
		}
		found := plan.CheckCuts(lock, cuts)
		if test.message == "" {
			if len(found) > 0 {
				t.Errorf("%s: found %v", test.command, found)
			}
			continue
		}
		if len(found) != 1 || !strings.Contains(found[0].Message, test.message) || found[0].Note != test.note {
			t.Errorf("%s: found %q, note %v", test.command, found[0].Message, found[0].Note)
		}
	}
}
