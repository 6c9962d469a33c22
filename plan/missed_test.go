package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/coldcut/coldcut/plan"
)

func TestMissed(t *testing.T) {
	const warning = "[WARNING]\t2026-01-01T00:00:00.000Z\t1\tcoldcut: the service %s was removed from this package and is taken from /var/runtime/botocore/data: keep it with --keep %s\n"
	log := "START\n" + fmt.Sprintf(warning, "sqs", "sqs") + strings.Repeat("x", 1<<17) + "\n" + fmt.Sprintf(warning, "iam", "iam") + fmt.Sprintf(warning, "sqs", "sqs") +
		`{"message": "UnknownServiceError: Unknown service: 'sso-oidc'. coldcut removed sso-oidc from this package: keep it with --keep sso-oidc, or"}` +
		"\nAttributeError: coldcut removed GetItem of dynamodb from this package: keep it with --keep dynamodb:GetItem"
	found, err := plan.Missed("a.log", iotest.OneByteReader(strings.NewReader(log)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s %s", f.Pos, f.Service, f.Message[strings.LastIndex(f.Message, ", ")+2:]))
	}
	want := "a.log:2:1 sqs 2 times; a.log:4:1 iam once; a.log:6:1 sso-oidc once"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if _, err := plan.Missed("a.log", iotest.ErrReader(fmt.Errorf("disk on fire"))); err == nil || !strings.Contains(err.Error(), "a.log: disk on fire") {
		t.Errorf("got %v", err)
	}
}
