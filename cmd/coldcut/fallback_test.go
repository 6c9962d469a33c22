package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/plan"
)

// TestFallback takes services that were removed from a second botocore, which stands
// in for the one that the Lambda runtime bundles.
func TestFallback(t *testing.T) {
	tests := []struct {
		python        string
		pkg, runtime  []string
		alsoOfRuntime string // an API version that only the runtime has
	}{
		{"", []string{"boto3"}, []string{"boto3==1.37.38"}, "s3/2099-01-01"},
		{"3.7", []string{"boto3==1.9.233", "botocore==1.12.233"}, []string{"boto3==1.10.50", "botocore==1.13.50"}, ""},
	}
	for _, test := range tests {
		t.Run(test.pkg[0], func(t *testing.T) {
			r := newReality(t, test.python, test.pkg...)
			dir := t.TempDir()
			fat, slim, other := filepath.Join(dir, "fat"), filepath.Join(dir, "slim"), filepath.Join(dir, "runtime")
			r.pack(t, fat)
			write(t, filepath.Join(fat, "app.py"), "import boto3\nboto3.client('s3').get_object()\n")
			cut(t, "slim", fat, "-o", slim, "--fallback", "runtime", "--no-verify")
			(&reality{python: r.python, installed: pyruntest.Install(t, r.python, test.runtime...)}).pack(t, other)
			if test.alsoOfRuntime != "" {
				write(t, filepath.Join(other, "botocore", "data", test.alsoOfRuntime, "service-2.json"), "{}")
			}
			without, with := r.fallback(t, slim), r.fallback(t, slim, other)
			checkFallback(t, without, with)
		})
	}
}

func (r *reality) fallback(t *testing.T, args ...string) map[string]any {
	t.Helper()
	stdout, err := r.script(t, "fallback.py", args...)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{}
	if err := json.Unmarshal(stdout, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

func checkFallback(t *testing.T, without, with map[string]any) {
	t.Helper()
	for what, answer := range without {
		text, _ := answer.(string)
		removed := strings.Contains(text, "coldcut removed") && !strings.HasPrefix(what, "removed operation")
		if same := answersAlike(answer, with[what]); same == removed && !strings.HasPrefix(what, "logged") && what != "no such version" {
			t.Errorf("%s: %v without the runtime's, %v with it", what, answer, with[what])
		}
	}
	for what, want := range map[string]string{
		"sqs": "https://eu-central-1.queue.amazonaws.com/|https://sqs.eu-central-1.amazonaws.com/", "iam": "https://iam.amazonaws.com/",
		"iam paginator": "ListUsers|IAM.Paginator.ListUsers", "iam waiter": "UserExists", "version": "2012-11-05", "sqs resource": "https://sqs/1/q",
	} {
		if got := with[what]; !slices.Contains(strings.Split(want, "|"), got.(string)) {
			t.Errorf("%s: got %v, want %s", what, got, want)
		}
	}
	if before := with["logged before"].([]any); len(before) > 0 {
		t.Errorf("logged before a removed service was asked for: %v", before)
	}
	logged := with["logged"].([]any)
	if len(logged) != 2 || !strings.Contains(logged[0].(string), "coldcut: the service sqs was removed from this package and is taken from") {
		t.Errorf("logged %v, want a line for sqs and one for iam", logged)
	}
	var log strings.Builder
	for _, line := range logged {
		log.WriteString(line.(string) + "\n")
	}
	if found, err := plan.Missed("log", strings.NewReader(log.String())); err != nil || len(found) != 2 || found[0].Service != "sqs" || found[1].Service != "iam" {
		t.Errorf("check --from-logs reads %v, %v", found, err)
	}
	if n := len(without["logged"].([]any)); n > 0 {
		t.Errorf("%d lines logged without a runtime's botocore", n)
	}
}

func answersAlike(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}
