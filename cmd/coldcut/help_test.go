package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// helped uses less than testdata/help.py asks for.
const helped = `import boto3
ec2, s3 = boto3.client("ec2"), boto3.client("s3")
ec2.describe_instances(), ec2.get_waiter("instance_running"), s3.get_object()
`

// TestHelp holds what an error says of what was removed, and what it still is: in
// the newest boto3, in an old one, and in aiobotocore.
func TestHelp(t *testing.T) {
	tests := []struct {
		python       string
		requirements []string
		args         []string
	}{
		{"", []string{"boto3"}, nil},
		{"3.7", []string{"boto3==1.9.233", "botocore==1.12.233"}, nil},
		{"", []string{"aioboto3"}, []string{"async"}},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.requirements, " "), func(t *testing.T) {
			r := newReality(t, test.python, test.requirements...)
			dir := t.TempDir()
			fat, slim := filepath.Join(dir, "fat"), filepath.Join(dir, "slim")
			r.pack(t, fat)
			write(t, filepath.Join(fat, "app.py"), helped)
			cut(t, "slim", fat, "-o", slim, "--only", "services,models,help", "--keep", "ec2:DescribeInstances,s3:GetObject", "--no-verify")
			before, after := r.replies(t, fat, test.args...), r.replies(t, slim, test.args...)
			for what, answer := range after {
				want, hinted := hints[what]
				switch {
				case hinted && answer != want:
					t.Errorf("%s: got %s\nwant %s", what, answer, want)
				case strings.HasPrefix(what, "never a service") || strings.HasPrefix(what, "never a resource"):
					if strings.Contains(answer, "coldcut") {
						t.Errorf("%s: %s", what, answer)
					}
				case !hinted && answer != before[what]:
					t.Errorf("%s: got %s\nfrom the fat package %s", what, answer, before[what])
				}
			}
			if len(after) < 20 {
				t.Errorf("only %d answers", len(after))
			}
			if test.args == nil && r.hasMetadata() {
				r.checkRecords(t, slim)
			}
		})
	}
}

// replies are what testdata/help.py prints, by question.
func (r *reality) replies(t *testing.T, dir string, args ...string) map[string]string {
	t.Helper()
	stdout, err := r.script(t, "help.py", append([]string{dir}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	if err := json.Unmarshal(stdout, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func hint(what, keep string) string {
	return "coldcut removed " + what + " from this package: keep it with --keep " + keep +
		`, or keep = ["` + keep + `"] under [tool.coldcut] in pyproject.toml`
}

// hints are the answers about what was removed, the same in every botocore. All
// others are those of the fat package.
var hints = map[string]string{
	"hasattr": "False",
	"getattr": "'default'",
	"regions": "[]",
	"method": "builtins.AttributeError: 'EC2' object has no attribute 'run_instances'. " +
		hint("RunInstances of ec2", "ec2:RunInstances") + " [, pickled]",
	"method with a listener": "builtins.AttributeError: 'EC2' object has no attribute 'stop_instances'. " +
		hint("StopInstances of ec2", "ec2:StopInstances") + " [, pickled]",
	"heard":               "['getattr.ec2.stop_instances']",
	"method of a handler": "'a handler'",
	"waiter": "builtins.ValueError: Waiter does not exist: password_data_available. " +
		hint("GetPasswordData of ec2", "ec2:GetPasswordData") + " [, pickled]",
	"waiter by keyword": "builtins.ValueError: Waiter does not exist: password_data_available. " +
		hint("GetPasswordData of ec2", "ec2:GetPasswordData") + " [, pickled]",
	"paginator": "builtins.KeyError: 'describe_volumes. " +
		hint("DescribeVolumes of ec2", "ec2:DescribeVolumes") + "' [, pickled]",
	"can_paginate": "builtins.KeyError: 'describe_volumes. " +
		hint("DescribeVolumes of ec2", "ec2:DescribeVolumes") + "' [, pickled]",
	"presigned": "botocore.exceptions.UnknownClientMethodError: Client does not have method: get_bucket_acl. " +
		hint("GetBucketAcl of s3", "s3:GetBucketAcl") + " [method_name, pickled without its hint]",
	"operation": "botocore.model.OperationNotFoundError: RunInstances. " +
		hint("RunInstances of ec2", "ec2:RunInstances") + " [, pickled]",
	"dropped service": "botocore.exceptions.UnknownServiceError: Unknown service: 'kms'. Valid service names are: ec2, s3. " +
		hint("kms", "kms") + " [known_service_names service_name, pickled]",
	// It cannot be pickled in the fat package either.
	"dropped resource": "boto3.exceptions.ResourceNotExistsError: The 'sns' resource does not exist.\n" +
		"The available resources are:\n   - ec2\n   - s3\n" + hint("sns", "sns") + " [, AttributeError]",
}
