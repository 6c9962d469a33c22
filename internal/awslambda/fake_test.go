package awslambda

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a Lambda and an X-Ray that do what a test tells them to. It keeps no time
// of its own: cold starts take what coldStart says.
type fake struct {
	t  *testing.T
	mu sync.Mutex

	functions map[string]*fakeFunction
	traces    map[string][]string
	asked     map[string]int // how often for a trace
	invoked   int
	calls     map[string]int // by IAM action
	objects   map[string]bool
	logGroups map[string]bool
	headers   []string

	// What goes wrong, and how often.
	fail map[string][]failure // by IAM action
	// answer overrules a cold start's.
	answer func(n int, f *fakeFunction) answer
	// document overrules a trace's segments.
	document  func(n int) []string
	late      int // a trace is there only after so many questions
	logs      bool
	cloudLogs bool // Transaction Search
	changing  func(f *fakeFunction)
}

type failure struct {
	status int
	kind   string
	// lost does what was asked for and answers with the failure.
	lost bool
}

type answer struct {
	log, functionError, payload string
	warm                        bool
}

type fakeFunction struct {
	Name, Handler, Runtime, Role string
	Memory, Timeout              int32
	Env                          map[string]string
	Tracing                      string
	Architectures                []string
	Revision                     int
	Bucket, Key                  string
	Zip                          []byte
	busy                         int // questions until an update is done
	cold                         bool
	history                      []string // every environment, for the restore
}

func newFake(t *testing.T) (*fake, *Client) {
	t.Helper()
	f := &fake{
		t: t, functions: map[string]*fakeFunction{}, traces: map[string][]string{}, asked: map[string]int{},
		calls: map[string]int{}, objects: map[string]bool{}, logGroups: map[string]bool{}, fail: map[string][]failure{},
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	c, err := Connect(t.Context(), Place{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

// next takes the next failure of an action.
func (f *fake) next(action string) *failure {
	list := f.fail[action]
	if len(list) == 0 {
		return nil
	}
	f.fail[action] = list[1:]
	return &list[0]
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // a request that was cut off
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	action, do := f.route(r, body)
	f.calls[action]++
	if !strings.Contains(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256") {
		f.t.Errorf("%s is not signed", action)
	}
	bad := f.next(action)
	if bad != nil && !bad.lost {
		refuse(w, bad.status, bad.kind)
		return
	}
	if bad != nil {
		do(httptest.NewRecorder())
		refuse(w, bad.status, bad.kind)
		return
	}
	do(w)
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("X-Amzn-ErrorType", kind)
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message": %q, "Message": %q, "__type": %q}`, kind, kind, kind)
}

// route finds the IAM action of a request, and what does it.
func (f *fake) route(r *http.Request, body []byte) (string, func(http.ResponseWriter)) {
	path := strings.Trim(r.URL.Path, "/")
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		return "logs:DeleteLogGroup", func(w http.ResponseWriter) { f.deleteLogs(w, body) }
	case path == "Traces":
		return "xray:BatchGetTraces", func(w http.ResponseWriter) { f.batch(w, body) }
	case path == "GetTraceSegmentDestination":
		return "xray:GetTraceSegmentDestination", f.destination
	case strings.HasPrefix(path, "2016-08-19/account-settings"):
		return "lambda:GetAccountSettings", func(w http.ResponseWriter) {
			fmt.Fprint(w, `{"AccountLimit": {"UnreservedConcurrentExecutions": 10}}`)
		}
	case strings.HasPrefix(path, "bucket/"):
		return map[string]string{"PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}[r.Method], func(w http.ResponseWriter) {
			f.objects[path] = r.Method == "PUT"
			w.WriteHeader(map[string]int{"PUT": 200, "DELETE": 204}[r.Method])
		}
	}
	return f.routeFunction(r, strings.Split(strings.TrimPrefix(path, "2015-03-31/functions"), "/"), body)
}

func (f *fake) routeFunction(r *http.Request, parts []string, body []byte) (string, func(http.ResponseWriter)) {
	if len(parts) < 2 {
		return "lambda:CreateFunction", func(w http.ResponseWriter) { f.create(w, body) }
	}
	fn := f.functions[parts[1]]
	if fn == nil {
		return "missing", func(w http.ResponseWriter) { refuse(w, 404, "ResourceNotFoundException") }
	}
	switch what := r.Method + " " + strings.Join(parts[2:], "/"); what {
	case "GET ":
		return "lambda:GetFunction", func(w http.ResponseWriter) {
			fn.tick()
			fmt.Fprintf(w, `{"Configuration": %s}`, fn.describe())
		}
	case "GET configuration":
		return "lambda:GetFunctionConfiguration", func(w http.ResponseWriter) { fmt.Fprint(w, fn.describe()) }
	case "PUT configuration":
		return "lambda:UpdateFunctionConfiguration", func(w http.ResponseWriter) { f.update(w, fn, body) }
	case "DELETE ":
		return "lambda:DeleteFunction", func(w http.ResponseWriter) {
			delete(f.functions, fn.Name)
			w.WriteHeader(204)
		}
	case "POST invocations":
		return "lambda:InvokeFunction", func(w http.ResponseWriter) { f.invoke(w, r, fn) }
	default:
		f.t.Errorf("unexpected request %s", what)
		return what, func(w http.ResponseWriter) { refuse(w, 400, "InvalidRequestContentException") }
	}
}

func (fn *fakeFunction) tick() {
	if fn.busy > 0 {
		if fn.busy--; fn.busy == 0 {
			fn.Revision++ // Lambda gives a new one when an update is done
		}
	}
}

func (fn *fakeFunction) describe() string {
	status := "Successful"
	if fn.busy > 0 {
		status = "InProgress"
	}
	conf := map[string]any{
		"FunctionName": fn.Name, "MemorySize": fn.Memory, "RevisionId": fmt.Sprint(fn.Revision), "State": "Active",
		"LastUpdateStatus": status, "TracingConfig": map[string]string{"Mode": fn.Tracing}, "CodeSha256": "sha",
	}
	if len(fn.Env) > 0 {
		conf["Environment"] = map[string]any{"Variables": fn.Env}
	}
	data, _ := json.Marshal(conf)
	return string(data)
}

func (f *fake) create(w http.ResponseWriter, body []byte) {
	var in struct {
		FunctionName, Handler, Runtime, Role string
		MemorySize, Timeout                  int32
		Environment                          struct{ Variables map[string]string }
		TracingConfig                        struct{ Mode string }
		Architectures                        []string
		Code                                 struct {
			ZipFile         []byte
			S3Bucket, S3Key string
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		f.t.Error(err)
	}
	if f.functions[in.FunctionName] != nil {
		refuse(w, 409, "ResourceConflictException")
		return
	}
	fn := &fakeFunction{
		Name: in.FunctionName, Handler: in.Handler, Runtime: in.Runtime, Role: in.Role, Memory: in.MemorySize, Timeout: in.Timeout,
		Env: in.Environment.Variables, Tracing: in.TracingConfig.Mode, Architectures: in.Architectures,
		Bucket: in.Code.S3Bucket, Key: in.Code.S3Key, Zip: in.Code.ZipFile, busy: 1, cold: true,
	}
	f.functions[fn.Name] = fn
	if f.logs {
		f.logGroups["/aws/lambda/"+fn.Name] = true
	}
	w.WriteHeader(201)
	fmt.Fprint(w, fn.describe())
}

func (f *fake) update(w http.ResponseWriter, fn *fakeFunction, body []byte) {
	if f.changing != nil {
		f.changing(fn)
	}
	var in struct {
		RevisionId    string
		MemorySize    *int32
		Environment   *struct{ Variables map[string]string }
		TracingConfig *struct{ Mode string }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		f.t.Error(err)
	}
	switch {
	case fn.busy > 0:
		refuse(w, 409, "ResourceConflictException")
		return
	case in.RevisionId != fmt.Sprint(fn.Revision):
		refuse(w, 412, "PreconditionFailedException")
		return
	}
	if in.MemorySize != nil {
		fn.Memory = *in.MemorySize
	}
	if in.Environment != nil {
		fn.Env = in.Environment.Variables
	}
	if in.TracingConfig != nil {
		fn.Tracing = in.TracingConfig.Mode
	}
	fn.Revision++
	fn.busy, fn.cold = 2, true
	fn.history = append(fn.history, fn.Env[marker])
	fmt.Fprint(w, fn.describe())
}

// coldStart is what the nth invocation takes, in milliseconds.
func coldStart(n int, fn *fakeFunction) (init, duration float64) {
	init = 300 + float64(n*37%40)
	if strings.Contains(fn.Name, "slim") {
		init -= 100
	}
	return init, 20 + float64(n*11%10)
}

func (f *fake) invoke(w http.ResponseWriter, r *http.Request, fn *fakeFunction) {
	if fn.busy > 0 {
		refuse(w, 409, "ResourceConflictException")
		return
	}
	f.invoked++
	header := r.Header.Get("X-Amzn-Trace-Id")
	f.headers = append(f.headers, header)
	id := strings.TrimSuffix(strings.TrimPrefix(header, "Root="), ";Sampled=1")
	init, duration := coldStart(f.invoked, fn)
	log := fmt.Sprintf("START\nREPORT RequestId: r\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\tMax Memory Used: 60 MB\t", duration, init+duration+1, fn.Memory)
	if fn.cold {
		log += fmt.Sprintf("Init Duration: %.2f ms\t", init)
	}
	log += "\nXRAY TraceId: " + id + "\tSegmentId: s\tSampled: true\t\n"
	a := answer{payload: "null"}
	if f.answer != nil {
		a = f.answer(f.invoked, fn)
	}
	if a.warm {
		log = strings.Replace(log, "Init Duration", "No Init", 1)
	}
	fn.cold = false
	f.traces[id] = documents(init, duration, f.invoked%2 == 0)
	if f.document != nil {
		if d := f.document(f.invoked); d != nil {
			f.traces[id] = d
		}
	}
	w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(a.log+log)))
	if a.functionError != "" {
		w.Header().Set("X-Amz-Function-Error", a.functionError)
	}
	fmt.Fprint(w, a.payload)
}

// documents is a trace in either shape: 50 ms before Initialization, 1 after it.
func documents(init, duration float64, newer bool) []string {
	at := 1.7e9
	start, begin := at+0.05, at+0.05+init/1e3+0.001
	end := begin + duration/1e3
	name, rest := "Initialization", fmt.Sprintf(`,{"name":"Invocation","start_time":%f,"end_time":%f}`, begin, end)
	if newer {
		name, rest = "Init", ""
	}
	return []string{
		fmt.Sprintf(`{"id":"a","origin":"AWS::Lambda","start_time":%f,"end_time":%f}`, at, end+0.001),
		fmt.Sprintf(`{"id":"b","origin":"AWS::Lambda::Function","start_time":%f,"end_time":%f,"subsegments":[{"name":%q,"start_time":%f,"end_time":%f}%s]}`,
			begin, end, name, start, start+init/1e3, rest),
	}
}

func (f *fake) batch(w http.ResponseWriter, body []byte) {
	var in struct{ TraceIds []string }
	if err := json.Unmarshal(body, &in); err != nil {
		f.t.Error(err)
	}
	if n := len(in.TraceIds); n < 1 || n > 5 {
		f.t.Errorf("%d ids in a batch", n)
	}
	type doc struct{ ID, Document string }
	type trace struct {
		ID       string `json:"Id"`
		Segments []doc
	}
	var out struct {
		Traces              []trace
		UnprocessedTraceIds []string
	}
	for i, id := range in.TraceIds {
		f.asked[id]++
		switch asked := f.asked[id]; {
		case f.cloudLogs || asked <= f.late:
			continue
		case f.late > 0 && asked == f.late+1 && i%2 == 1:
			out.UnprocessedTraceIds = append(out.UnprocessedTraceIds, id)
			continue
		case f.late > 0 && asked == f.late+1: // in pieces
			out.Traces = append(out.Traces, trace{id, []doc{{"a", f.traces[id][0]}}})
			continue
		}
		t := trace{ID: id}
		for _, d := range f.traces[id] {
			t.Segments = append(t.Segments, doc{"s", d})
		}
		out.Traces = append(out.Traces, t)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (f *fake) destination(w http.ResponseWriter) {
	to := "XRay"
	if f.cloudLogs {
		to = "CloudWatchLogs"
	}
	fmt.Fprintf(w, `{"Destination": %q, "Status": "ACTIVE"}`, to)
}

func (f *fake) deleteLogs(w http.ResponseWriter, body []byte) {
	var in struct {
		Name string `json:"logGroupName"`
	}
	_ = json.Unmarshal(body, &in)
	if !f.logGroups[in.Name] {
		refuse(w, 400, "ResourceNotFoundException")
		return
	}
	delete(f.logGroups, in.Name)
	fmt.Fprint(w, "{}")
}

// left is all that a run did not clean up.
func (f *fake) left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := slices.Collect(maps.Keys(f.functions))
	for name, there := range f.objects {
		if there {
			out = append(out, name)
		}
	}
	return append(out, slices.Collect(maps.Keys(f.logGroups))...)
}

// quick are options for a place that has no time to lose.
func quick(arms ...Arm) Options {
	return Options{
		Arms: arms, MemoryMB: []int{128, 512}, Samples: 6, Seed: 3, Runtime: "python3.13", Handler: "app.handler",
		Role: "arn:aws:iam::123456789012:role/measure", Arch: "arm64", Poll: time.Millisecond, Patience: 300 * time.Millisecond, DeleteLogs: true,
	}
}
