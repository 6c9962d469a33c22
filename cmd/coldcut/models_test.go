package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// modelled uses what testdata/models.py calls, and no more.
const modelled = `import boto3
dynamodb, ec2, s3, sqs = [boto3.client(name) for name in ("dynamodb", "ec2", "s3", "sqs")]
boto3.resource("dynamodb"), boto3.resource("ec2").instances.all(), boto3.resource("s3").Object("b", "k").get()
dynamodb.get_item(), dynamodb.put_item()
ec2.describe_instances(), ec2.start_instances(), ec2.get_waiter("instance_running")
s3.get_object(), s3.put_object(), s3.get_paginator("list_objects_v2")
sqs.send_message(), sqs.receive_message()
`

// TestModels cuts the models of the newest boto3, which come compressed and with
// endpoint rules, and of an old one, whose are neither. What an application could
// see of what it uses stays as it was, and the rest is not there.
func TestModels(t *testing.T) {
	tests := []struct {
		python       string
		requirements []string
	}{
		{"", []string{"boto3"}},
		{"3.7", []string{"boto3==1.9.233", "botocore==1.12.233"}},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.requirements, " "), func(t *testing.T) {
			r := newReality(t, test.python, test.requirements...)
			dir := t.TempDir()
			fat, slim, again := filepath.Join(dir, "fat"), filepath.Join(dir, "slim"), filepath.Join(dir, "again")
			r.pack(t, fat)
			write(t, filepath.Join(fat, "app.py"), modelled)
			cut(t, "slim", fat, "-o", slim, "--no-verify")
			cut(t, "slim", slim, "-o", again, "--no-verify")
			if once, twice := listing(t, slim), listing(t, again); twice != once {
				t.Errorf("cut twice: %.300s", firstDifference(twice, once))
			}
			before, after := r.seen(t, fat), r.seen(t, slim, "cut")
			for what, want := range before {
				if got := after[what]; got != want && what != "gone" {
					t.Errorf("%s: %s", what, firstDifference(got, want))
				}
			}
			checkGone(t, after["gone"])
			if r.hasMetadata() {
				r.checkRecords(t, slim)
			}
			checkSize(t, slim)
		})
	}
}

// seen is what testdata/models.py prints, indented, by what it looked at.
func (r *reality) seen(t *testing.T, dir string, args ...string) map[string]string {
	t.Helper()
	stdout, err := r.script(t, "models.py", append([]string{dir}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(stdout, &raw); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for what, value := range raw {
		all[what] = string(value)
	}
	for _, what := range []string{"app", "sent", "endpoints", "clients", "exceptions", "resources"} {
		if len(all[what]) < 1000 {
			t.Fatalf("%s: %s", what, all[what])
		}
	}
	return all
}

func checkGone(t *testing.T, gone string) {
	t.Helper()
	for _, want := range []string{
		"'DynamoDB' object has no attribute 'delete_table'", "'EC2' object has no attribute 'run_instances'",
		"'S3' object has no attribute 'delete_bucket'", "'SQS' object has no attribute 'purge_queue'",
		`"instance_running"`, `"GetItem"`, "true", "boto3.exceptions.ResourceNotExistsError",
	} {
		if !strings.Contains(gone, want) {
			t.Errorf("no %s in %s", want, gone)
		}
	}
	for _, other := range []string{"password_data_available", `"CreateTable"`, "false"} {
		if strings.Contains(gone, other) {
			t.Errorf("%s in %s", other, gone)
		}
	}
}

// checkSize holds the models to what the pass is for.
func checkSize(t *testing.T, slim string) {
	t.Helper()
	for name, limit := range map[string]int{
		"endpoints.json":      64 << 10,
		"ec2/2016-11-15":      160 << 10,
		"dynamodb/2012-08-10": 64 << 10,
	} {
		files, err := filepath.Glob(filepath.Join(slim, "botocore/data", name, "*"))
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, file := range append(files, filepath.Join(slim, "botocore/data", name)) {
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
				size += int(info.Size())
			}
		}
		if size == 0 || size > limit {
			t.Errorf("%s has %d bytes, want at most %d", name, size, limit)
		}
	}
}
