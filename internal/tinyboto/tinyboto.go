// Package tinyboto writes packages for tests: a function with a boto3 and a
// botocore small enough to read, and laid out as the real ones are.
package tinyboto

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// model is a service model with one operation.
func model(operation string) string {
	return `{"version":"2.0","metadata":{},"operations":{"` + operation + `":{"name":"` + operation + `"}},"shapes":{}}`
}

// names is what boto reads of botocore/__init__.py.
const names = "import re  # its session has credentials\n__version__ = '1.99.0'\n_special_case_transform = re.compile('[A-Z]{2,}s$')\n_xform_cache = {}\n"

// files are the boto3 and botocore; ec2 has three API versions, of which boto3's
// resources ask for the second.
var files = map[string]string{
	"boto3/__init__.py":                                 "__version__ = '1.99.0'\n",
	"boto3/data/ec2/2015-01-01/resources-1.json":        `{"service":{},"resources":{}}`,
	"boto3/data/s3/2006-03-01/resources-1.json":         `{"service":{},"resources":{}}`,
	"boto3/examples/s3.rst":                             "Examples\n",
	"boto3-1.99.0.dist-info/METADATA":                   "Metadata-Version: 2.1\nName: boto3\nVersion: 1.99.0\n",
	"boto3-1.99.0.dist-info/RECORD":                     "boto3/__init__.py,,\nboto3/data/s3/2006-03-01/resources-1.json,,\nboto3-1.99.0.dist-info/RECORD,,\n",
	"botocore/__init__.py":                              names,
	"botocore/credentials.py":                           "def fetch(client_creator):\n    return client_creator('sts')\n",
	"botocore/data/_retry.json":                         "{}",
	"botocore/data/endpoints.json":                      "{}",
	"botocore/data/dynamodb/2012-08-10/service-2.json":  model("GetItem"),
	"botocore/data/dynamodb/2012-08-10/examples-1.json": "{}",
	"botocore/data/ec2/2014-01-01/service-2.json":       model("RunInstances"),
	"botocore/data/ec2/2015-01-01/service-2.json":       model("RunInstances"),
	"botocore/data/ec2/2016-01-01/service-2.json":       model("RunInstances"),
	"botocore/data/s3/2006-03-01/service-2.json":        model("GetObject"),
	"botocore/data/sts/2011-06-15/service-2.json":       model("GetCallerIdentity"),
	"botocore-1.99.0.dist-info/METADATA":                "Metadata-Version: 2.1\nName: botocore\nVersion: 1.99.0\nRequires-Dist: docutils\n",
	"botocore-1.99.0.dist-info/RECORD":                  "botocore/__init__.py,,\nbotocore/data/s3/2006-03-01/service-2.json,,\n../../bin/tool,,\nbotocore-1.99.0.dist-info/RECORD,,\n",
	"bin/tool":                                          "#!/usr/bin/python3\n",
}

// Zip returns the boto3 and botocore as a zip, with one large service more, so that
// there is something to cut.
func Zip(t testing.TB) *zip.Reader {
	t.Helper()
	var out bytes.Buffer
	z, all := zip.NewWriter(&out), maps.Clone(files)
	all["botocore/data/large/2020-01-01/service-2.json"] = strings.TrimSuffix(model("DoIt"), "}") + `,"documentation":"` + strings.Repeat("<p>prose</p>", 1<<14) + `"}`
	// What a scan must not take for the function's own code.
	all["boto3/__init__.py"] += "def client(*args, **kwargs):\n    return _get_default_session().client(*args, **kwargs)\n"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(all[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Open writes the package with the given files added or, where they are empty,
// removed, and opens it.
func Open(t testing.TB, extra map[string]string) *artifact.Artifact {
	t.Helper()
	dir, all := t.TempDir(), maps.Clone(files)
	maps.Copy(all, extra)
	maps.DeleteFunc(all, func(_, content string) bool { return content == "" })
	artifacttest.Write(t, dir, all)
	return artifacttest.Open(t, dir)
}
