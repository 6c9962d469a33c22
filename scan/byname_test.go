package scan_test

import (
	"slices"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/scan"
)

// What the scan keeps whole follows from who is asked, not from the words alone.
func TestWholeService(t *testing.T) {
	const s3 = "import boto3\ns3 = boto3.client('s3')\n"
	for _, c := range []struct {
		name, source string
		whole        bool
	}{
		{"a known client", "getattr(s3, input())()", true},
		{"an unknown object", "def f(x):\n    getattr(x, input())()", true},
		{"a name that is known", "def f(x):\n    getattr(x, 'get_' + 'object')()", false},
		{"no client", "getattr([], input())", false},
		{"a method of a client alone", "def f(x):\n    x.get_waiter(input())", true},
		{"a client's presigned URL", "def f(x):\n    x.generate_presigned_url(input())", true},
		{"CloudFront's signer", "def f(x):\n    x.generate_presigned_url(input(), date_less_than=1)", false},
		{"the class of a client", "getattr(type(s3), input())(s3)", true},
		{"the name of a client's class", "print(type(s3).__name__)", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, map[string]string{"app.py": s3 + c.source + "\n"})
			if got := scanDir(t, dir).Services["s3"]; slices.Contains(got, scan.AllOperations) != c.whole {
				t.Errorf("s3 keeps %q", got)
			}
		})
	}
}
