package verify

import "testing"

// layers are damages of what builds on botocore's clients, and the case that must
// show each.
var layers = map[string]string{
	"resource_action":      "sqs:DeleteMessage:resource/Message/action/delete/required",
	"resource_identifier":  "sqs:ChangeMessageVisibility:resource/Message/action/change_visibility/required",
	"resource_waiter":      "s3:HeadBucket:resource/Bucket/waiter/wait_until_exists/0",
	"resource_shape":       "s3:HeadObject:resource/Object/attributes",
	"resource_factory":     "s3::resource/Bucket/subresources",
	"batch_action":         "s3:DeleteObjects:resource/Bucket/collection/object_versions/batch/delete/required",
	"collection_paginator": "sns:ListTopics:resource/service/collection/topics/all",
	"upload_part":          "s3:CreateMultipartUpload:transfer/upload_file/parts/client",
	"batch_writer":         "dynamodb:BatchWriteItem:boto3/batch writer",
}

// alone are such as would hide others.
var alone = map[string]string{
	"resource_model":  "sqs::resource/Queue/names",
	"part_size":       "s3:CreateMultipartUpload:transfer/upload_fileobj/parts/client",
	"customer_models": "sqs::data path/only there/home",
}

func TestLayers(t *testing.T) {
	t.Parallel()
	b := install(t, "3.13", "boto3")
	b.fat = b.write(t, "more")
	if v := b.compare(t, b.fat, Options{Services: []string{"dynamodb", "s3"}}); v.Differs > 0 {
		t.Errorf("the same package differs from itself: %s", first(v))
	}
	names := []string{"more"}
	for name := range layers {
		names = append(names, name)
	}
	v := b.compare(t, b.write(t, names...), Options{Services: []string{"dynamodb", "s3", "sns", "sqs"}})
	for name, want := range layers {
		if !differs(v, want) {
			t.Errorf("%s: %s does not differ", name, want)
		}
	}
	for name, want := range alone {
		b.testOne(t, name, want)
	}
	t.Run("siblings", b.testSiblings)
}

// testOne looks at one case alone.
func (b *boto) testOne(t *testing.T, name, want string) {
	t.Helper()
	only, err := ParseCase(want)
	if err != nil {
		t.Fatal(err)
	}
	if v := b.compare(t, b.write(t, "more", name), Options{Only: only}); !differs(v, want) {
		t.Errorf("%s: %s does not differ", name, want)
	}
}

// testSiblings tells operations that a transfer in parts needs and that were
// dropped from such that are missing.
func (b *boto) testSiblings(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "more", "multipart_siblings")
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
	b.fat = b.write(t, "more")
	if v := b.compare(t, b.fat, Options{Services: []string{"kinesis", "sqs", "sts"}}); v.Differs > 0 || v.Same < 300 {
		t.Errorf("%d the same, %d different: %s", v.Same, v.Differs, first(v))
	}
	for damage, want := range map[string]string{
		"input_member": "sqs:SendMessage:aio/request/everything",
		"event":        "s3:SelectObjectContent:aio/response/everything",
		"aio_sign":     "sts:GetCallerIdentity:aio/presign",
		"aio_wait":     "s3:HeadBucket:aio/wait/BucketExists/0",
	} {
		b.testOne(t, damage, want)
	}
	gone := b.compare(t, b.write(t, "more", "aio_gone"), Options{Services: []string{"sso"}})
	if !differs(gone, "::aiobotocore") || !differs(gone, "sso:GetRoleCredentials:aio/request/required") {
		t.Errorf("aiobotocore is gone: %s", all(gone))
	}
}
