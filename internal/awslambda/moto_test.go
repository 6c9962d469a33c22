//go:build unix

package awslambda

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// motoRole makes the role that moto wants a function to have.
func motoRole(t *testing.T, url string) string {
	t.Helper()
	form := "Action=CreateRole&Version=2010-05-08&RoleName=measure&AssumeRolePolicyDocument=%7B%7D"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("moto made no role: %s", answer.Status)
	}
	return "arn:aws:iam::123456789012:role/measure"
}

// TestMoto holds the calls that moto has to how they are read by others: a package
// by way of a bucket, a function made, forced, borrowed, restored and deleted.
func TestMoto(t *testing.T) {
	url := pyruntest.Moto(t)
	c, err := Connect(t.Context(), Place{Endpoint: url})
	if err != nil {
		t.Fatal(err)
	}
	bucket(t, url)
	s := &session{Client: c, id: "moto", opts: Options{
		Role: motoRole(t, url), Runtime: "python3.13", Handler: "app.handler", Arch: "arm64", Env: map[string]string{"TABLE": "notes"},
		Bucket: "packages", Timeout: 7 * time.Second, Poll: time.Millisecond, DeleteLogs: true,
	}}
	p := packageOf(t, quickly)
	p.ZipBytes = directLimit + 1 // so it is said
	f := &function{name: s.nameFor("fat", 256), env: s.opts.Env}
	s.functions = append(s.functions, f)
	if err := s.create(t.Context(), &cell{arm: Arm{Name: "fat", Package: p}, memory: 256, function: f}); err != nil {
		t.Fatal(err)
	}
	motoHas(t, c, f.name, 256, "Active", map[string]string{"TABLE": "notes", marker: "moto"})
	f.revision = "" // moto's is not one that it holds a client to
	if err := c.force(t.Context(), f, "moto-1", 512, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	motoHas(t, c, f.name, 512, "Active", map[string]string{"TABLE": "notes", marker: "moto-1"})
	borrowed := *f
	borrowed.touched, borrowed.borrowed = true, &lambda.GetFunctionConfigurationOutput{MemorySize: aws.Int32(128)}
	if err := c.restore(t.Context(), &borrowed, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	// moto does not change tracing.
	motoHas(t, c, f.name, 128, "Active", map[string]string{"TABLE": "notes"})
	if _, err := c.borrow(t.Context(), f.name); err != nil {
		t.Error(err)
	}
	if _, err := c.collect(t.Context(), []string{traceID(time.Now())}, time.Millisecond, 0); err != nil {
		t.Error(err)
	}
	if left := s.cleanUp(t.Context()); left != nil {
		t.Error(left)
	}
	if _, err := c.borrow(t.Context(), f.name); err == nil {
		t.Error("the function is still there")
	}
}

// bucket makes one by moto's own API.
func bucket(t *testing.T, url string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/packages", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("moto made no bucket: %s", answer.Status)
	}
}

func motoHas(t *testing.T, c *Client, name string, memory int32, tracing string, env map[string]string) {
	t.Helper()
	conf, err := c.lambda.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(variables(conf)); got != fmt.Sprint(env) || aws.ToInt32(conf.MemorySize) != memory || string(conf.TracingConfig.Mode) != tracing {
		t.Errorf("moto has %d MB, %s, %s", aws.ToInt32(conf.MemorySize), conf.TracingConfig.Mode, got)
	}
	if aws.ToInt32(conf.Timeout) != 7 || aws.ToString(conf.Handler) != "app.handler" || string(conf.Runtime) != "python3.13" {
		t.Errorf("moto has %+v", conf)
	}
}
