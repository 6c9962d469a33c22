package awslambda

import (
	"os"
	"strings"
	"testing"
)

// TestDocs holds the policies in the documentation to those that are printed.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/reference/iam-policy.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, policy := range map[string][]byte{
		"of temporary functions": Policy(Options{Bucket: "BUCKET"}),
		"of borrowed functions":  Policy(Options{Arms: []Arm{{Name: "NAME", Function: "NAME"}}}),
		"of the functions' role": RolePolicy(),
		"of an audit":            AuditPolicy(),
	} {
		if !strings.Contains(string(data), "```json\n"+string(policy)+"```\n") {
			t.Errorf("docs/reference/iam-policy.md has not the policy %s:\n%s", what, policy)
		}
	}
}
