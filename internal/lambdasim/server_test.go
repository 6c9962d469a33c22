package lambdasim

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// testbed is a server and the clients of AWS's own SDK that talk to it.
type testbed struct {
	*testing.T
	server  *Server
	url     string
	lambda  *lambda.Client
	xray    *xray.Client
	runtime types.Runtime
}

// serve starts a server for a test, and holds it to leaving nothing behind.
func serve(t *testing.T, opts Options) *testbed {
	t.Helper()
	python := pyruntest.Need(t, "")
	if opts.Work == "" {
		opts.Work = t.TempDir()
	}
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		if err := s.Close(); err != nil { // also where invocations are under way
			t.Errorf("close: %v", err)
		}
		h.Close()
		leftNothing(t, opts.Work)
	})
	config := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(h.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
	return &testbed{
		T: t, server: s, url: h.URL, lambda: lambda.NewFromConfig(config), xray: xray.NewFromConfig(config),
		runtime: types.Runtime("python" + python.Language()),
	}
}

// pack makes a zip of files, name and content by turns.
func pack(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		h := &zip.FileHeader{Name: files[i], Method: zip.Deflate, Modified: time.Date(2025, 6, 7, 8, 9, 10, 0, time.UTC)}
		h.SetMode(0o755)
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// create makes a function of one file, app.py, that change may configure.
func (b *testbed) create(name, code string, change ...func(*lambda.CreateFunctionInput)) {
	b.Helper()
	in := &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: b.runtime, Role: aws.String("arn:aws:iam::000000000000:role/any"),
		Handler: aws.String("app.handler"), Code: &types.FunctionCode{ZipFile: pack(b, "app.py", code)},
		TracingConfig: &types.TracingConfig{Mode: types.TracingModeActive},
	}
	for _, f := range change {
		f(in)
	}
	if _, err := b.lambda.CreateFunction(b.Context(), in); err != nil {
		b.Fatal(err)
	}
}

// result is what an invocation gave.
type result struct {
	payload string
	failed  string
	log     string
}

func (b *testbed) invoke(name, payload string) result {
	b.Helper()
	out, err := b.tryInvoke(b.Context(), name, payload)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func (b *testbed) tryInvoke(ctx context.Context, name, payload string) (result, error) {
	out, err := b.lambda.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: []byte(payload), LogType: types.LogTypeTail})
	if err != nil {
		return result{}, err
	}
	log, err := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
	if err != nil {
		return result{}, err
	}
	return result{string(out.Payload), aws.ToString(out.FunctionError), string(log)}, nil
}

// failure is the error in an answer.
func (r result) failure(t testing.TB) runtimeError {
	t.Helper()
	var e runtimeError
	if err := json.Unmarshal([]byte(r.payload), &e); err != nil || r.failed != "Unhandled" {
		t.Fatalf("no error: %+v: %v", r, err)
	}
	return e
}

func (r result) cold() bool { return strings.Contains(r.log, "\tInit Duration: ") }
