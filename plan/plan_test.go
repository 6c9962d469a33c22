package plan_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
)

// planFor scans the tiny package with extra files and plans its cut.
func planFor(t *testing.T, extra map[string]string, opts plan.Options) (*plan.Plan, error) {
	t.Helper()
	a := tinyboto.Open(t, extra)
	uses, err := scan.Scan(context.Background(), a, scan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return plan.New(a, uses, opts)
}

func mustPlan(t *testing.T, extra map[string]string, opts plan.Options) *plan.Plan {
	t.Helper()
	p, err := planFor(t, extra, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// usesS3 is the smallest function.
var usesS3 = map[string]string{"app.py": "import boto3\nboto3.client('s3')\n"}

func with(base map[string]string, more map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{base, more} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

// ruleOf is the action and rule of an item, as "drop unused"; empty where the
// plan does not speak of it.
func ruleOf(p *plan.Plan, name string) string {
	for _, d := range p.Decisions {
		if d.Name == name {
			return d.Action.String() + " " + d.Rule
		}
	}
	return ""
}

// inside is a botocore in a folder, with more files.
func inside(dir string, more map[string]string) map[string]string {
	return with(more, map[string]string{
		dir + "/botocore/__init__.py":                             "import re\n__version__ = '1.99.0'\n_special_case_transform = re.compile('[A-Z]{2,}s$')\n_xform_cache = {}\n",
		dir + "/botocore/data/s3/2006-03-01/service-2.json":       `{"metadata":{},"operations":{},"shapes":{}}`,
		dir + "/botocore/data/dynamodb/2012-08-10/service-2.json": `{"metadata":{},"operations":{},"shapes":{}}`,
	})
}

func TestRules(t *testing.T) {
	profile := map[string]string{"app.py": "import boto3\nboto3.Session(profile_name='dev').client('s3')\n"}
	tests := []struct {
		name  string
		extra map[string]string
		opts  plan.Options
		item  string
		want  string
	}{
		{"used", usesS3, plan.Options{}, "s3", "keep used"},
		{"unused", usesS3, plan.Options{}, "dynamodb", "drop unused"},
		{"declared", usesS3, plan.Options{Keep: []string{"dynamodb"}}, "dynamodb", "keep declared"},
		{"declared with an operation", usesS3, plan.Options{Keep: []string{"dynamodb:GetItem"}}, "dynamodb", "keep declared"},
		{"credentials of the chain", usesS3, plan.Options{Credentials: plan.Chain}, "sts", "keep credentials"},
		{"the chain is the default", usesS3, plan.Options{}, "sts", "keep credentials"},
		{"credentials of the environment", usesS3, plan.Options{Credentials: plan.Environment}, "sts", "drop unused"},
		{"a profile needs the chain", profile, plan.Options{Credentials: plan.Environment}, "sts", "keep credentials"},

		{"newest version", map[string]string{"app.py": "import boto3\nboto3.client('ec2')\n"}, plan.Options{}, "ec2/2016-01-01", "keep reachable"},
		{"version of the resources", map[string]string{"app.py": "import boto3\nboto3.resource('ec2')\n"}, plan.Options{}, "ec2/2015-01-01", "keep reachable"},
		{"version of resources that nothing makes", map[string]string{"app.py": "import boto3\nboto3.client('ec2')\n"}, plan.Options{}, "ec2/2015-01-01", "drop superseded"},
		{"version of resources that stay", map[string]string{"app.py": "import boto3\nboto3.client('ec2')\n"}, plan.Options{Only: []string{"services", "versions"}}, "ec2/2015-01-01", "keep reachable"},
		{"resources", map[string]string{"app.py": "import boto3\nboto3.resource('ec2')\n"}, plan.Options{}, "ec2/resources", ""},
		{"resources that nothing makes", map[string]string{"app.py": "import boto3\nboto3.client('ec2')\n"}, plan.Options{}, "ec2/resources", "drop clients"},
		{"resources of what is declared", map[string]string{"app.py": "import boto3\nboto3.client('ec2')\n"}, plan.Options{Keep: []string{"ec2:RunInstances"}}, "ec2/resources", ""},
		{"version that nothing asks for", map[string]string{"app.py": "import boto3\nboto3.client('ec2')\n"}, plan.Options{}, "ec2/2014-01-01", "drop superseded"},
		{"version that is asked for", map[string]string{"app.py": "import boto3\nboto3.client('ec2', api_version='2014-01-01')\n"}, plan.Options{}, "ec2/2014-01-01", "keep requested"},
		{"version that is not known", map[string]string{"app.py": "import boto3, os\nboto3.client('ec2', api_version=os.environ['V'])\n"}, plan.Options{}, "ec2/2014-01-01", "keep undetermined"},
		{"versions from a configuration", map[string]string{"app.py": "import boto3\nCONF = {'api_versions': {}}\nboto3.client('ec2')\n"}, plan.Options{}, "ec2/2014-01-01", "keep undetermined"},

		{"examples", usesS3, plan.Options{}, "examples", "drop junk"},
		{"boto3's examples", usesS3, plan.Options{}, "boto3-examples", "drop junk"},
		{"tests", with(usesS3, map[string]string{"botocore/tests/unit.py": "x = 1\n"}), plan.Options{}, "tests", "drop junk"},
		{"no tests", usesS3, plan.Options{}, "tests", ""},
		{"scripts", usesS3, plan.Options{}, "bin", "drop junk"},
		{"scripts that a start script names", with(usesS3, map[string]string{"run.sh": "exec bin/tool\n"}), plan.Options{}, "bin", ""},
		{"scripts of the function's own", with(usesS3, map[string]string{"bin/tool": "", "bin/mine": "#!/bin/sh\n"}), plan.Options{}, "bin", ""},
		{"docutils for the documentation", with(usesS3, map[string]string{"docutils/core.py": "x = 1\n", "botocore/docs/bcdoc/textwriter.py": "from docutils import nodes\n"}), plan.Options{}, "docutils", "drop junk"},
		{"docutils for the function", with(usesS3, map[string]string{"docutils/core.py": "x = 1\n", "doc.py": "import docutils.core\n"}), plan.Options{}, "docutils", ""},
		{"bytecode of another Python", with(usesS3, map[string]string{"__pycache__/app.cpython-37.pyc": "x"}), plan.Options{Pythons: []string{"3.12"}}, "bytecode-3.7", "drop junk"},
		{"bytecode of the target", with(usesS3, map[string]string{"__pycache__/app.cpython-312.pyc": "x"}), plan.Options{Pythons: []string{"3.12"}}, "bytecode-3.12", ""},
		{"bytecode where the target is unknown", with(usesS3, map[string]string{"__pycache__/app.cpython-37.pyc": "x", "__pycache__/app.cpython-312.pyc": "x"}), plan.Options{}, "bytecode-3.7", ""},
		{"bytecode by an extension module", with(usesS3, map[string]string{"__pycache__/app.cpython-37.pyc": "x", "m.cpython-312-x86_64-linux-gnu.so": "x"}), plan.Options{}, "bytecode-3.7", "drop junk"},

		{"imports", usesS3, plan.Options{}, "imports", "rewrite imports"},
		{"imports of a boto on a path of its own", with(usesS3, inside("vendor", nil)), plan.Options{}, "vendor/imports", "rewrite imports"},
		{"imports of a boto inside of a package", with(usesS3, inside("cli", map[string]string{"cli/__init__.py": "x = 1\n"})), plan.Options{}, "cli/imports", "keep inside"},
		{"imports of a boto inside of compiled packages", with(usesS3, inside("cli/own", map[string]string{"cli/__init__.pyc": "x"})), plan.Options{}, "cli/own/imports", "keep inside"},

		{"only services", usesS3, plan.Options{Only: []string{"services"}}, "examples", ""},
		{"only junk", usesS3, plan.Options{Only: []string{"junk"}}, "dynamodb", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, tt.extra, tt.opts)
			if got := ruleOf(p, tt.item); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.item, got, tt.want)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	unresolved := map[string]string{"app.py": "import boto3, os\nboto3.client(os.environ['S'])\n"}
	tests := []struct {
		name  string
		extra map[string]string
		opts  plan.Options
		want  string // a part of the reason; empty where it is no refusal
	}{
		{"unresolved", unresolved, plan.Options{}, "cannot be determined"},
		{"unresolved and declared", unresolved, plan.Options{Keep: []string{"s3"}}, ""},
		{"unresolved, but no service is cut", unresolved, plan.Options{Only: []string{"junk"}}, ""},
		{"nothing used", nil, plan.Options{}, "no use of any AWS service"},
		{"nothing used, declared", nil, plan.Options{Keep: []string{"s3"}}, ""},
		{"a file that does not parse", map[string]string{"app.py": "import boto3\nboto3.client('s3')\n", "old.py": "print 'x'\n"}, plan.Options{}, "cannot be determined"},
		{"no botocore", map[string]string{"botocore/__init__.py": "", "app.py": "x = 1\n"}, plan.Options{}, "no botocore"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := planFor(t, tt.extra, tt.opts)
			var refused *plan.RefusedError
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && !errors.As(err, &refused):
				t.Errorf("got %v, want a refusal", err)
			case tt.want != "" && !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %q, want %q in it", err, tt.want)
			case tt.want != "" && refused.Hint == "":
				t.Error("the refusal has no hint")
			}
		})
	}
}

func TestUnknownService(t *testing.T) {
	_, err := planFor(t, usesS3, plan.Options{Keep: []string{"dynamo"}})
	var unknown *boto.UnknownServiceError
	if !errors.As(err, &unknown) {
		t.Fatalf("got %v", err)
	}
	if !slices.Equal(unknown.Similar, []string{"dynamodb"}) {
		t.Errorf("similar: %v", unknown.Similar)
	}
}

// TestEvidence holds that every service that is used names the place that needs it.
func TestEvidence(t *testing.T) {
	p := mustPlan(t, usesS3, plan.Options{})
	for _, d := range p.Decisions {
		if d.Why == "" || d.Pass == "" {
			t.Errorf("%s %s has no reason", d.Action, d.Name)
		}
		if d.Rule == "used" && (len(d.Evidence) == 0 || !strings.Contains(d.Why, "app.py:2:1")) {
			t.Errorf("%s is used, by %q, with %d places", d.Name, d.Why, len(d.Evidence))
		}
	}
}
