package scan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/scan"
)

// selfCalls are what a boto3 calls by itself, as scan writes it.
type selfCalls struct {
	Always  map[string]string
	Helpers map[string][]string
}

func readSelfCalls(t *testing.T, python string, requirements ...string) (selfCalls, []byte) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	dir := pyruntest.Install(t, pyruntest.Need(t, python), append([]string{"--no-compile"}, requirements...)...)
	var b bytes.Buffer
	if err := scan.WriteSelfCalls(&b, artifacttest.Open(t, dir)); err != nil {
		t.Fatal(err)
	}
	var calls selfCalls
	if err := json.Unmarshal(b.Bytes(), &calls); err != nil {
		t.Fatal(err)
	}
	return calls, b.Bytes()
}

// TestSelfCalls reads boto3's own sources, and those of the article's release,
// for the calls that are known from reading them.
func TestSelfCalls(t *testing.T) {
	t.Parallel()
	calls, _ := readSelfCalls(t, "3.7", "boto3==1.9.233")
	for helper, operation := range map[string]string{
		"upload_file": "upload_part", "download_fileobj": "head_object", "copy": "upload_part_copy",
		"batch_writer": "batch_write_item", "create_tags": "create_tags", "delete_tags": "delete_tags",
		"load": "list_buckets", "generate_presigned_post": "CreateBucket", "S3Transfer": "put_object",
		"list_hi_ts_for_qualification_type": "list_hits_for_qualification_type",
	} {
		if !slices.Contains(calls.Helpers[helper], operation) {
			t.Errorf("%s leads to %v, which lacks %s", helper, calls.Helpers[helper], operation)
		}
	}
	for _, operation := range []string{"head_bucket", "assume_role", "assume_role_with_web_identity"} {
		if _, ok := calls.Always[operation]; !ok {
			t.Errorf("botocore is not seen to call %s", operation)
		}
	}
	if slices.Contains(calls.Helpers["batch_writer"], "put_object") {
		t.Error("batch_writer leads to S3")
	}
}

// TestSelfCallsOfNewest holds the embedded calls to the release that they were
// read from: the one of the embedded index.
func TestSelfCallsOfNewest(t *testing.T) {
	t.Parallel()
	_, got := readSelfCalls(t, "", "boto3=="+boto.Index().Boto3(), "botocore=="+boto.Index().Version())
	want, err := os.ReadFile("selfcalls.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("selfcalls.json is not what its release gives: run make index")
	}
}
