//go:build unix

package awslambda

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcut/coldcut/bench"
)

// TestOnAWS runs on AWS itself, where COLDCUT_AWS_ROLE names a role for the
// functions: two packages of which one waits, then the same borrowed. It costs a few
// cents.
func TestOnAWS(t *testing.T) {
	role := os.Getenv("COLDCUT_AWS_ROLE")
	if role == "" {
		t.Skip("skipped: make test-aws runs this, on AWS and with your credentials")
	}
	c, err := Connect(t.Context(), Place{})
	if err != nil {
		t.Fatal(err)
	}
	o := localOptions(t, "python3.13")
	o.Role, o.MemoryMB, o.Samples, o.Parallel, o.Poll, o.Patience, o.DeleteLogs = role, []int{128, 512}, 8, 0, 0, 0, true
	r, err := c.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Backend != bench.AWS {
		t.Errorf("the backend is %s", r.Backend)
	}
	for _, a := range r.Arms {
		t.Logf("%s at %d MB: %+v", a.Name, a.MemoryMB, a.Summary)
		if a.Counted() != 8 || len(a.Values(bench.Total)) != 8 && len(r.Notes) == 0 {
			t.Errorf("%s at %d MB: %d count, %d traced", a.Name, a.MemoryMB, a.Counted(), len(a.Values(bench.Total)))
		}
		if a.Name == "fat" && a.Summary[bench.Init].Min < 150 {
			t.Errorf("Initialization takes %.0f ms with a wait of 150", a.Summary[bench.Init].Min)
		}
	}
	awsIsClean(t, c)
	borrowedOnAWS(t, c, o)
	awsIsClean(t, c)
}

// awsIsClean looks for functions that were left behind.
func awsIsClean(t *testing.T, c *Client) {
	t.Helper()
	pages := lambda.NewListFunctionsPaginator(c.lambda, &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Skip("who may not list functions cannot look: ", err)
		}
		for _, f := range out.Functions {
			if strings.HasPrefix(aws.ToString(f.FunctionName), Prefix) {
				t.Errorf("%s is left", aws.ToString(f.FunctionName))
			}
		}
	}
}

func borrowedOnAWS(t *testing.T, c *Client, o Options) {
	t.Helper()
	s := &session{Client: c, opts: o.withDefaults(), id: runID()}
	s.opts.Env = map[string]string{"TABLE": "notes"}
	f := &function{name: s.nameFor("borrowed", 128), env: s.opts.Env}
	s.functions = append(s.functions, f)
	defer func() {
		if left := s.cleanUp(t.Context()); left != nil {
			t.Error(errors.Join(left, errors.New(strings.Join(left.Commands, "\n"))))
		}
	}()
	if err := s.create(t.Context(), &cell{arm: o.Arms[1], memory: 128, function: f}); err != nil {
		t.Fatal(err)
	}
	asMade := &lambda.GetFunctionConfigurationOutput{MemorySize: aws.Int32(128), TracingConfig: &types.TracingConfigResponse{Mode: types.TracingModePassThrough}}
	if err := c.restore(t.Context(), &function{name: f.name, touched: true, memory: 128, env: s.opts.Env, borrowed: asMade}, time.Second); err != nil {
		t.Fatal(err)
	}
	o.Arms, o.MemoryMB = []Arm{{Name: f.name, Function: f.name}}, nil
	r, err := c.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	after, err := c.borrow(t.Context(), f.name)
	if err != nil {
		t.Fatal(err)
	}
	if r.Arms[0].Counted() != 8 || after.memory != 128 || len(after.env) != 1 || after.tracing() != types.TracingModePassThrough {
		t.Errorf("%d count; it is %+v", r.Arms[0].Counted(), after)
	}
}
