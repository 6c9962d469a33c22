package scan_test

import (
	"slices"
	"testing"

	"github.com/coldcut/coldcut/internal/tinyboto"
	"github.com/coldcut/coldcut/scan"
)

// TestClientsOnly holds that a service counts as one without resources only where
// every place that could make one is seen and does not.
func TestClientsOnly(t *testing.T) {
	const client = "import boto3, os\nboto3.client('s3').get_object()\n"
	for name, test := range map[string]struct {
		source string
		only   bool
	}{
		"a client":              {client, true},
		"a session's client":    {"import boto3\nboto3.Session().client('s3')\n", true},
		"a resource":            {client + "boto3.resource('s3')\n", false},
		"another's resource":    {client + "boto3.resource('dynamodb')\n", true},
		"a session's resource":  {client + "boto3.Session().resource('s3')\n", false},
		"an unknown receiver's": {client + "def f(x):\n    return x.resource('s3')\n", false},
		"another name":          {client + "make = boto3.resource\nmake('s3')\n", false},
		"by name":               {client + "getattr(boto3, 'resource')('s3')\n", false},
		"handed on":             {"import boto3\nfrom concurrent.futures import ThreadPoolExecutor\ndef f(s):\n    ThreadPoolExecutor().submit(s.resource, 's3')\n", false},
		"an unknown service's":  {client + "boto3.client(os.environ['S'])\n", false},
		"an unknown one's":      {client + "boto3.resource(os.environ['S'])\n", false},
		"settled":               {client + "boto3.client(os.environ['S'])  # coldcut: keep dynamodb\n", false},
		"declared":              {client + "# coldcut: keep s3:GetObject\n", false},
		"its model":             {client + "import botocore.session\nbotocore.session.get_session().get_service_model('s3')\n", false},
		"boto3's machinery":     {client + "from boto3.resources.factory import ResourceFactory\n", false},
		"its file":              {client + "load('s3', 'resources-1')\n", false},
		"nothing":               {"import boto3\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := scan.Scan(t.Context(), tinyboto.Open(t, map[string]string{"app.py": test.source}), scan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if only := slices.Contains(r.ClientsOnly, "s3"); only != test.only {
				t.Errorf("%v, want %v; uses %v, unresolved %v", only, test.only, r.Uses, r.Unresolved)
			}
		})
	}
}
