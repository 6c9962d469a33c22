package lambdasim

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const echo = `
import os, sys
print("imported")
started = []
def handler(event, context):
    started.append(1)
    print("handling", event)
    return {
        "event": event, "count": len(started), "arn": context.invoked_function_arn,
        "trace": os.environ["_X_AMZN_TRACE_ID"], "left": context.get_remaining_time_in_millis(),
        "variable": os.environ.get("VARIABLE"), "code": "%s",
    }
`

// echoed is what echo returns.
type echoed struct {
	Event         any
	Count, Left   int
	Trace, ARN    string
	Variable      string
	Code          string
	traceID       string
	functionID    string
	sampledHeader string
}

func (r result) echoed(t testing.TB) echoed {
	t.Helper()
	var e echoed
	if err := json.Unmarshal([]byte(r.payload), &e); err != nil || r.failed != "" {
		t.Fatalf("%+v: %v", r, err)
	}
	if m := regexp.MustCompile(`^Root=(.+);Parent=(.+);Sampled=(.)$`).FindStringSubmatch(e.Trace); m != nil {
		e.traceID, e.functionID, e.sampledHeader = m[1], m[2], m[3]
	}
	return e
}

// TestInvoke takes one function through its life with AWS's own client.
func TestInvoke(t *testing.T) {
	b := serve(t, Options{})
	b.create("echo", echo)
	first := b.invoke("echo", `{"a": "ä"}`)
	got := first.echoed(t)
	if !first.cold() || got.Count != 1 || got.Event.(map[string]any)["a"] != "ä" || got.Left <= 0 || got.Left > 3000 {
		t.Errorf("the first: %+v %+v", first, got)
	}
	if want := "arn:aws:lambda:eu-west-1:" + Account + ":function:echo"; got.ARN != want {
		t.Errorf("ARN %s, want %s", got.ARN, want)
	}
	if second := b.invoke("echo", "[1]"); second.cold() || second.echoed(t).Count != 2 {
		t.Errorf("the second is not warm: %+v", second)
	}
	if none := b.invoke("echo", ""); none.echoed(t).Count != 3 {
		t.Errorf("no payload: %+v", none)
	}

	if _, err := b.lambda.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("echo"), Environment: &types.Environment{Variables: map[string]string{"VARIABLE": "1"}},
	}); err != nil {
		t.Fatal(err)
	}
	b.updated("echo")
	if third := b.invoke("echo", "1"); !third.cold() || third.echoed(t).Count != 1 || third.echoed(t).Variable != "1" {
		t.Errorf("after another configuration: %+v", third)
	}
	if _, err := b.lambda.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{
		FunctionName: aws.String("echo"), ZipFile: pack(t, "app.py", strings.Replace(echo, "%s", "new", 1)),
	}); err != nil {
		t.Fatal(err)
	}
	b.updated("echo")
	if fourth := b.invoke("echo", "1"); !fourth.cold() || fourth.echoed(t).Code != "new" || fourth.echoed(t).Variable != "1" {
		t.Errorf("after other code: %+v", fourth)
	}
	if _, err := b.lambda.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("echo")}); err != nil {
		t.Fatal(err)
	}
	_, err := b.tryInvoke(t.Context(), "echo", "1")
	var gone *types.ResourceNotFoundException
	if !errors.As(err, &gone) {
		t.Errorf("a function that is deleted: %v", err)
	}
}

// updated waits for an update as programs do, with the SDK's own waiter.
func (b *testbed) updated(name string) {
	b.Helper()
	w := lambda.NewFunctionUpdatedV2Waiter(b.lambda, func(o *lambda.FunctionUpdatedV2WaiterOptions) { o.MinDelay = 50 * time.Millisecond })
	if err := w.Wait(b.Context(), &lambda.GetFunctionInput{FunctionName: &name}, time.Minute); err != nil {
		b.Fatal(err)
	}
}

// TestLog holds the log to AWS's form.
func TestLog(t *testing.T) {
	b := serve(t, Options{})
	b.create("echo", echo)
	const id, ms = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`, `\d+\.\d\d ms`
	end := `END RequestId: ` + id + `\nREPORT RequestId: ` + id + `\tDuration: ` + ms + `\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t`
	xray := `XRAY TraceId: 1-[0-9a-f]{8}-[0-9a-f]{24}\tSegmentId: [0-9a-f]{16}\tSampled: true\t\n`
	cold := regexp.MustCompile(`^INIT_START Runtime Version: local:python\.v3\.\S+\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:local-\S+\n` +
		`imported\nSTART RequestId: ` + id + ` Version: \$LATEST\nhandling 1\n` + end + `Init Duration: ` + ms + `\t\n` + xray +
		`LOCAL RequestId: ` + id + `\tBackend: local\t.*\tUnpack Duration: ` + ms + `\t\n$`)
	warm := regexp.MustCompile(`^START RequestId: ` + id + ` Version: \$LATEST\nhandling 1\n` + end + `\n` + xray + `LOCAL RequestId: ` + id + `\tBackend: local\t.*\t\n$`)
	for _, want := range []*regexp.Regexp{cold, warm} {
		if got := b.invoke("echo", "1").log; !want.MatchString(got) {
			t.Errorf("the log is\n%q\nnot like\n%s", got, want)
		}
	}
	billed := regexp.MustCompile(`\tDuration: (\S+) ms\tBilled Duration: (\d+) ms\t.*Init Duration: (\S+) ms`)
	if _, err := b.lambda.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("echo"), Timeout: aws.Int32(4)}); err != nil {
		t.Fatal(err)
	}
	m := billed.FindStringSubmatch(b.invoke("echo", "1").log)
	if m == nil {
		t.Fatal("no such REPORT")
	}
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if sum := number(m[1]) + number(m[3]); number(m[2]) < sum-0.01 || number(m[2]) > sum+1.01 {
		t.Errorf("billed %s ms of %s and %s", m[2], m[1], m[3])
	}
}

// TestInvocationTypes has AWS's client ask for the others.
func TestInvocationTypes(t *testing.T) {
	b := serve(t, Options{})
	b.create("echo", echo)
	for kind, want := range map[types.InvocationType]int32{types.InvocationTypeDryRun: 204, types.InvocationTypeEvent: 202} {
		out, err := b.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("echo"), InvocationType: kind, Payload: []byte("7")})
		if err != nil || out.StatusCode != want || len(out.Payload) > 0 {
			t.Errorf("%s: %+v %v", kind, out, err)
		}
	}
	// The event runs in its own time, and then there is a warm environment.
	for try := 0; ; try++ {
		r := b.invoke("echo", "1")
		if r.echoed(t).Count > 1 {
			break
		}
		if try > 100 {
			t.Fatal("the event did not run")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// document is a segment as clients read it.
type document struct {
	ID          string
	Name        string
	Origin      string
	Start       float64 `json:"start_time"`
	End         float64 `json:"end_time"`
	Parent      string  `json:"parent_id"`
	Annotations map[string]any
	Fault       bool
	Subsegments []document
}

// fetch returns the segments of a trace by their origin.
func (b *testbed) fetch(id string) map[string]document {
	b.Helper()
	out, err := b.xray.BatchGetTraces(b.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil || len(out.Traces) != 1 || len(out.UnprocessedTraceIds) > 0 {
		b.Fatalf("trace %s: %+v %v", id, out, err)
	}
	found := map[string]document{}
	for _, s := range out.Traces[0].Segments {
		var d document
		if err := json.Unmarshal([]byte(aws.ToString(s.Document)), &d); err != nil {
			b.Fatal(err)
		}
		found[d.Origin] = d
	}
	return found
}

func (d document) phases() map[string]document {
	found := map[string]document{}
	for _, s := range d.Subsegments {
		found[s.Name] = s
	}
	return found
}

// TestTraces holds traces to the order in which things happen, in both shapes.
func TestTraces(t *testing.T) {
	for _, test := range []struct {
		shape TraceShape
		cold  []string
		warm  []string
	}{
		{ShapeClassic, []string{"Initialization", "Invocation", "Overhead"}, []string{"Invocation", "Overhead"}},
		{ShapeInit, []string{"Init", "Overhead"}, []string{"Overhead"}},
	} {
		t.Run(test.cold[0], func(t *testing.T) { holdTraces(t, test.shape, test.cold, test.warm) })
	}
}

func holdTraces(t *testing.T, shape TraceShape, cold, warm []string) {
	b := serve(t, Options{Shape: shape})
	b.create("echo", echo)
	for _, want := range [][]string{cold, warm} {
		got := b.invoke("echo", "1").echoed(t)
		trace := b.fetch(got.traceID)
		service, function := trace["AWS::Lambda"], trace["AWS::Lambda::Function"]
		var names []string
		for _, s := range function.Subsegments {
			names = append(names, s.Name)
		}
		if strings.Join(names, " ") != strings.Join(want, " ") {
			t.Errorf("phases %v, want %v", names, want)
		}
		if function.ID != got.functionID || function.Parent != service.ID || service.Annotations["coldcut_backend"] != Backend {
			t.Errorf("service %+v, function %+v", service, function)
		}
		inOrder(t, service, function)
	}
}

// inOrder holds one trace to what must follow what.
func inOrder(t *testing.T, service, function document) {
	t.Helper()
	phases := function.phases()
	init, cold := phases["Initialization"]
	if !cold {
		init, cold = phases["Init"]
	}
	times := []float64{service.Start}
	if cold {
		unpack := service.phases()["Unpack (local)"]
		times = append(times, unpack.Start, unpack.End, init.Start, init.End)
	}
	times = append(times, function.Start)
	if invocation, ok := phases["Invocation"]; ok {
		times = append(times, invocation.Start, invocation.End)
	}
	times = append(times, phases["Overhead"].Start, phases["Overhead"].End, function.End, service.End)
	for i := 1; i < len(times); i++ {
		if times[i] < times[i-1] || times[i] == 0 {
			t.Errorf("time %d of %v is before the last", i, times)
		}
	}
}

// TestSampling holds it to the trace header of a client.
func TestSampling(t *testing.T) {
	b := serve(t, Options{})
	b.create("active", echo)
	b.create("passive", echo, func(in *lambda.CreateFunctionInput) { in.TracingConfig = nil })
	const root = "1-67891233-abcdef012345678912345678"
	for _, test := range []struct{ function, header, sampled string }{
		{"active", "", "1"},
		{"active", "Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1", "1"},
		{"active", "Root=" + root + ";Sampled=0", "0"},
		{"active", "Root=" + root, "1"},
		{"active", "nonsense", "1"},
		{"passive", "", "0"},
		{"passive", "Root=" + root + ";Sampled=1", "0"},
	} {
		out, err := b.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &test.function, Payload: []byte("1")}, func(o *lambda.Options) {
			o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue("X-Amzn-Trace-Id", test.header))
		})
		if err != nil {
			t.Fatal(err)
		}
		got := result{payload: string(out.Payload)}.echoed(t)
		if got.sampledHeader != test.sampled || strings.Contains(test.header, root) && got.traceID != root {
			t.Errorf("%s %q: %s", test.function, test.header, got.Trace)
		}
	}
}

// TestSummaries has X-Ray list what it knows, and take what it is given.
func TestSummaries(t *testing.T) {
	b := serve(t, Options{})
	b.create("echo", echo)
	got := b.invoke("echo", "1").echoed(t)
	put, err := b.xray.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{
		`{"id":"70de5b6f19ff9a0a","name":"own","start_time":1.7e9,"end_time":1.7e9,"trace_id":"1-67891233-abcdef012345678912345678"}`, `{"id":"70de5b6f19ff9a0b"}`,
	}})
	if err != nil || len(put.UnprocessedTraceSegments) != 1 || aws.ToString(put.UnprocessedTraceSegments[0].ErrorCode) != "MissingField" {
		t.Errorf("put: %+v %v", put, err)
	}
	if own := b.fetch("1-67891233-abcdef012345678912345678"); own[""].Name != "own" {
		t.Errorf("own: %+v", own)
	}
	now := time.Now()
	list, err := b.xray.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: aws.Time(now.Add(-time.Hour)), EndTime: aws.Time(now.Add(time.Hour))})
	if err != nil || len(list.TraceSummaries) != 1 || aws.ToString(list.TraceSummaries[0].Id) != got.traceID || aws.ToFloat64(list.TraceSummaries[0].Duration) <= 0 {
		t.Errorf("summaries: %+v %v", list, err)
	}
	destination, err := b.xray.GetTraceSegmentDestination(t.Context(), &xray.GetTraceSegmentDestinationInput{})
	if err != nil || destination.Destination != "XRay" {
		t.Errorf("destination: %+v %v", destination, err)
	}
	_, err = b.xray.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: make([]string, 6)})
	if code := errorCode(err); code != "InvalidRequestException" {
		t.Errorf("six ids: %v", err)
	}
}

func errorCode(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// TestSigned refuses what is not signed, and says everywhere that it is local.
func TestSigned(t *testing.T) {
	b := serve(t, Options{})
	for header, want := range map[string]int{
		"":                   403,
		"Bearer of no news":  403,
		"AWS4-HMAC-SHA256 x": 403,
		"AWS4-HMAC-SHA256 Credential=AKID/20250102/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=0af1": 200,
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", b.url+"/2015-03-31/functions/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want || resp.Header.Get(BackendHeader) != Backend {
			t.Errorf("%q: %d %v", header, resp.StatusCode, resp.Header)
		}
	}
}
