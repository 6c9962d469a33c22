package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// boto is a real boto3 to cut and damage.
type boto struct {
	python    *pyrun.Interpreter
	installed string
	fat       string
}

func install(t *testing.T, python string, requirements ...string) *boto {
	t.Helper()
	p := pyruntest.Need(t, python)
	b := &boto{python: p, installed: pyruntest.Install(t, p, requirements...)}
	b.fat = b.write(t)
	return b
}

// write makes a package with these damages.
func (b *boto) write(t *testing.T, damages ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "package")
	script := filepath.Join("testdata", "damage.py")
	if _, _, err := b.python.Run(t.Context(), pyrun.Command{Isolated: true, Args: append([]string{script, b.installed, dir}, damages...)}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// compare holds a package to the undamaged one.
func (b *boto) compare(t *testing.T, slim string, opts Options) *Verdict {
	t.Helper()
	opts.Python = b.python.Language()
	v, err := Compare(t.Context(), open(t, b.fat), open(t, slim), opts)
	if err != nil {
		t.Fatal(err)
	}
	if v.Cases != v.Same+v.Differs+v.NotExercised || len(v.Differences) != v.Differs || len(v.Gaps) != v.NotExercised {
		t.Errorf("%d cases are %d, %d and %d; %d differences and %d gaps are listed",
			v.Cases, v.Same, v.Differs, v.NotExercised, len(v.Differences), len(v.Gaps))
	}
	return v
}

func open(t *testing.T, dir string) *artifact.Artifact {
	t.Helper()
	a, err := artifact.Open(dir, artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// damages and the case that must show each, as Service:Operation:Case.
var damages = map[string]string{
	"input_member":      "sqs:SendMessage:request/member/DelaySeconds",
	"output_member":     "sqs:ReceiveMessage:response/everything",
	"member_order":      "sqs:ChangeMessageVisibility:request/invalid/with_unknown",
	"required":          "sqs:DeleteMessage:request/invalid/nothing",
	"region":            "sqs::regions",
	"rule_branch":       "sns:ListTopics:endpoint/fips/us-east-1",
	"error_shape":       "dynamodb:PutItem:response/error/ConditionalCheckFailedException",
	"paginator":         "dynamodb:Query:paginate/pages",
	"idempotency_token": "dynamodb:TransactWriteItems:request/required",
	"scalar_type":       "dynamodb:UpdateItem:request/required",
	"location_name":     "s3:GetObject:request/member/VersionId",
	"context_parameter": "s3:ListObjectsV2:request/required",
	"checksum_trait":    "s3:PutObject:request/checksum/SHA256",
	"flattened":         "s3:DeleteObjects:response/single",
	"request_uri":       "s3:GetBucketVersioning:request/required",
	"waiter":            "s3:HeadBucket:wait/BucketExists/0",
	"service_extras":    "s3:HeadObject:response/everything",
	"paginator_extras":  "s3:ListBuckets:paginate/result",
	"event":             "s3:SelectObjectContent:response/everything",
	"event_member":      "kinesis:SubscribeToShard:response/event/KMSThrottlingException",
	"authtype":          "sso:GetRoleCredentials:request/required",
	"result_wrapper":    "sts:GetCallerIdentity:response/everything",

	"resource_action":      "sqs:DeleteMessage:resource/Message/action/delete/required",
	"resource_identifier":  "sqs:ChangeMessageVisibility:resource/Message/action/change_visibility/required",
	"resource_waiter":      "s3:HeadBucket:resource/Bucket/waiter/wait_until_exists/0",
	"resource_shape":       "s3:HeadObject:resource/Object/attributes",
	"resource_factory":     "s3::resource/Bucket/subresources",
	"batch_action":         "s3:DeleteObjects:resource/Bucket/collection/object_versions/batch/delete/required",
	"collection_paginator": "sns:ListTopics:resource/service/collection/topics/all",
	"upload_part":          "s3:CreateMultipartUpload:transfer/upload_file/parts/client",
	"part_member":          "s3:UploadPart:request/member/ContentMD5",
	"batch_writer":         "dynamodb:BatchWriteItem:boto3/batch writer",
}

// globally are damages that would hide all others.
var globally = map[string]string{
	"retries":          "sqs:ReceiveMessage:configured/legacy retries",
	"endpoints":        "sqs:SendMessage:request/required",
	"partition_suffix": "sqs:ReceiveMessage:endpoint/plain/cn-north-1",
	"source":           "::import",
	"resource_model":   "sqs::resource/Queue/names",
	"part_size":        "s3:CreateMultipartUpload:transfer/upload_fileobj/parts/client",
	"customer_models":  "sqs::data path/only there/home",
}

func TestCompare(t *testing.T) {
	t.Parallel()
	b := install(t, "3.13", "boto3")
	t.Run("damaged", b.testDamaged)
	t.Run("damaged globally", b.testDamagedGlobally)
	t.Run("only", b.testOnly)
	t.Run("missing", b.testMissing)
	t.Run("siblings", b.testSiblings)
	t.Run("memory", b.testMemory)
	t.Run("zip", b.testZip)
	t.Run("interrupted", b.testInterrupted)
}

// testDamaged proves that the proof can fail: each damage is seen where it is,
// though all are there at once.
func (b *boto) testDamaged(t *testing.T) {
	t.Parallel()
	var names []string
	for name := range damages {
		names = append(names, name)
	}
	slices.Sort(names)
	v := b.compare(t, b.write(t, names...), Options{})
	for _, name := range names {
		want := damages[name]
		if !differs(v, want) {
			t.Errorf("%s: %s does not differ", name, want)
		}
	}
	if t.Failed() {
		t.Log(all(v))
	}
	for _, d := range v.Differences {
		if d.String() != besides && !slices.ContainsFunc(names, func(n string) bool { return near(damages[n], d.Case) }) {
			t.Errorf("%s differs, and nothing is damaged there\n%s\n%s", d.Case, d.Fat, d.Slim)
		}
	}
	for _, g := range v.Gaps {
		if g.Reason == "" || strings.Contains(g.Reason, "cannot be made") {
			t.Errorf("%s: %q", g.Case, g.Reason)
		}
	}
}

// besides are operations that a damage shows in beside the one of its case: the
// paginator of this one has extras, too.
const besides = "s3:ListObjectVersions:paginate/result"

// near reports whether a difference may come from the damage that a case shows.
func near(damage string, c Case) bool {
	return strings.HasPrefix(damage, c.Service+":"+c.Operation+":") || c.Operation == "" && strings.HasPrefix(damage, c.Service+":")
}

func (b *boto) testDamagedGlobally(t *testing.T) {
	t.Parallel()
	for name, want := range globally {
		opts := Options{Services: []string{"sqs"}}
		if only, err := ParseCase(want); err == nil { // all there is to see
			opts = Options{Only: only}
		}
		v := b.compare(t, b.write(t, name), opts)
		if !differs(v, want) {
			t.Errorf("%s: %s does not differ\n%s", name, want, all(v))
		}
	}
}

// testSiblings tells operations that a transfer in parts needs and that were
// dropped from such that are missing.
func (b *boto) testSiblings(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "multipart_siblings")
	upload := Case{"s3", "CreateMultipartUpload", "transfer/upload_file/parts/gone"}
	if v := b.compare(t, slim, Options{Only: upload}); v.Same != 1 {
		t.Errorf("it does not fail as documented: %s", first(v))
	}
	upload.Case = "transfer/upload_file/parts/client"
	v := b.compare(t, slim, Options{Only: upload, Keep: map[string][]string{"s3": {"*"}}})
	if !differs(v, upload.String()) {
		t.Errorf("without %s it uploads: %s", "AbortMultipartUpload", all(v))
	}
}

// TestAio does the same to aiobotocore, which pins a botocore of its own.
func TestAio(t *testing.T) {
	t.Parallel()
	b := install(t, "3.13", "aiobotocore")
	if v := b.compare(t, b.fat, Options{Services: []string{"kinesis", "sqs", "sts"}}); v.Differs > 0 || v.Same < 300 {
		t.Errorf("%d the same, %d different: %s", v.Same, v.Differs, first(v))
	}
	for damage, want := range map[string]string{
		"input_member": "sqs:SendMessage:aio/request/everything",
		"event":        "s3:SelectObjectContent:aio/response/everything",
		"aio_sign":     "sts:GetCallerIdentity:aio/presign",
		"aio_wait":     "s3:HeadBucket:aio/wait/BucketExists/0",
	} {
		only, err := ParseCase(want)
		if err != nil {
			t.Fatal(err)
		}
		if v := b.compare(t, b.write(t, damage), Options{Only: only}); !differs(v, want) {
			t.Errorf("%s: %s does not differ", damage, want)
		}
	}
	gone := b.compare(t, b.write(t, "aio_gone"), Options{Services: []string{"sso"}})
	if !differs(gone, "::aiobotocore") || !differs(gone, "sso:GetRoleCredentials:aio/request/required") {
		t.Errorf("aiobotocore is gone: %s", all(gone))
	}
}

// TestOld does the same in the article's boto3, whose endpoints come from a table.
func TestOld(t *testing.T) {
	t.Parallel()
	b := install(t, "3.7", "boto3==1.9.233", "botocore==1.12.233")
	if v := b.compare(t, b.write(t), Options{}); v.Differs > 0 || v.Same < 500 {
		t.Errorf("%d the same, %d different: %s", v.Same, v.Differs, first(v))
	}
	v := b.compare(t, b.write(t, "hostname", "input_member", "signing_region"), Options{Services: []string{"sns", "sqs", "sts"}})
	for _, want := range []string{
		"sns:ListTopics:endpoint/plain/eu-west-2", "sqs:SendMessage:request/member/DelaySeconds", "sts:GetCallerIdentity:endpoint/plain/aws-global",
	} {
		if !differs(v, want) {
			t.Errorf("%s does not differ\n%s", want, all(v))
		}
	}
}

// testOnly holds one case alone to what it is among the others.
func (b *boto) testOnly(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "authtype")
	all := b.compare(t, slim, Options{Services: []string{"sso"}, Seed: 7})
	only, err := ParseCase(damages["authtype"])
	if err != nil {
		t.Fatal(err)
	}
	one := b.compare(t, slim, Options{Only: only, Seed: 7})
	if one.Differs != 1 {
		t.Fatalf("%+v", one)
	}
	i := slices.IndexFunc(all.Differences, func(d Difference) bool { return d.Case == only })
	if i < 0 || string(all.Differences[i].Fat) != string(one.Differences[0].Fat) {
		t.Errorf("alone it is\n%s", one.Differences[0].Fat)
	}
}

// testMissing tells what was dropped from what is missing.
func (b *boto) testMissing(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "operation")
	if err := os.RemoveAll(filepath.Join(slim, "botocore", "data", "kinesis")); err != nil {
		t.Fatal(err)
	}
	opts := Options{Services: []string{"sns", "kinesis"}}
	if v := b.compare(t, slim, opts); v.Differs > 0 || len(v.Services) != 1 || len(v.Services["sns"]) != 1 {
		t.Errorf("%v: %s", v.Services, first(v))
	}
	opts.Keep = map[string][]string{"sns": {"*"}, "kinesis": {"SubscribeToShard"}}
	v := b.compare(t, slim, opts)
	for _, want := range []string{"sns::operations", "kinesis::operations", "sns:ListTopics:resource/service/collection/topics/all"} {
		if !differs(v, want) {
			t.Errorf("%s does not differ\n%s", want, all(v))
		}
	}
	for _, d := range v.Differences {
		if d.Operation != "" && d.Operation != "ListTopics" {
			t.Errorf("%s differs, and was not dropped", d.Case)
		}
	}
}

// testZip compares a layer, and an edited view of it that was never written.
func (b *boto) testZip(t *testing.T) {
	t.Parallel()
	fat := open(t, b.fat)
	source, err := fat.ReadFile("botocore/auth.py")
	if err != nil {
		t.Fatal(err)
	}
	edits := artifact.Edits{"botocore/auth.py": bytes.ReplaceAll(source, []byte("AWS4-HMAC-SHA256"), []byte("AWS5-HMAC-SHA256"))}
	zip := filepath.Join(t.TempDir(), "slim.zip")
	staged, err := artifact.Stage(t.Context(), fat.With(edits), zip, artifact.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	only := Case{"sts", "GetCallerIdentity", "request/required"}
	if _, err := Compare(t.Context(), fat, fat, Options{Python: b.python.Language(), Only: Case{"sso", "GetRoleCredentials", "none"}}); err == nil {
		t.Error("a case that there is not is the same")
	}
	for _, slim := range []*artifact.Artifact{open(t, zip), fat.With(edits)} {
		v, err := Compare(t.Context(), fat, slim, Options{Python: b.python.Language(), Only: only})
		if err != nil {
			t.Fatal(err)
		}
		if v.Differs != 1 {
			t.Errorf("%s: %d differ", slim.Path(), v.Differs)
		}
	}
}

// testInterrupted ends while both sides are busy, and does end.
func (b *boto) testInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	fat := open(t, b.fat)
	if _, err := Compare(ctx, fat, fat, Options{Python: b.python.Language()}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func differs(v *Verdict, name string) bool {
	return slices.ContainsFunc(v.Differences, func(d Difference) bool { return d.String() == name })
}

func first(v *Verdict) string {
	if len(v.Differences) == 0 {
		return "nothing"
	}
	d := v.Differences[0]
	return fmt.Sprintf("%s\n%s\n%s", d.Case, d.Fat, d.Slim)
}

func all(v *Verdict) string {
	var names []string
	for _, d := range v.Differences {
		names = append(names, d.String())
	}
	return strings.Join(names, "\n")
}
