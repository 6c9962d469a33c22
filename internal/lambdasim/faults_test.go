package lambdasim

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/xray"
)

func TestParseFaults(t *testing.T) {
	got, err := ParseFaults("trace-delay=2s, split-traces,unprocessed=2,proactive=3,throttle=4,conflict=5,transaction-search")
	want := Faults{2 * time.Second, true, 2, 3, 4, 5, true}
	if got != want || err != nil {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := ParseFaults(""); got != (Faults{}) || err != nil {
		t.Errorf("none: %+v %v", got, err)
	}
	for text, part := range map[string]string{
		"slow": "there are conflict, proactive, split-traces", "trace-delay=x": "duration", "trace-delay": "duration", "trace-delay=-1s": "duration",
		"throttle": "every how many", "throttle=0": "every how many", "split-traces=1": "takes no value",
	} {
		if _, err := ParseFaults(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestFaultNames holds the list that users see to what is understood.
func TestFaultNames(t *testing.T) {
	var all []string
	for _, f := range FaultNames {
		name := strings.NewReplacer("DURATION", "1s", "N", "2").Replace(f.Name)
		if _, err := ParseFaults(name); err != nil || f.Doc == "" {
			t.Errorf("%s: %v", f.Name, err)
		}
		all = append(all, name)
	}
	if _, err := ParseFaults(strings.Join(all, ",")); err != nil {
		t.Error(err)
	}
}

// TestTraceFaults has traces come late, in parts, or not at once.
func TestTraceFaults(t *testing.T) {
	b := serve(t, Options{Faults: Faults{TraceDelay: time.Second, SplitTraces: true, Unprocessed: 2}})
	b.create("echo", echo)
	id := b.invoke("echo", "1").echoed(t).traceID
	get := func() (segments, unprocessed int) {
		t.Helper()
		out, err := b.xray.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range out.Traces {
			segments += len(trace.Segments)
		}
		return segments, len(out.UnprocessedTraceIds)
	}
	if s, u := get(); s != 0 || u != 0 {
		t.Errorf("at once there are %d segments, %d unprocessed", s, u)
	}
	if s, u := get(); s != 0 || u != 1 {
		t.Errorf("the second time there are %d segments, %d unprocessed", s, u)
	}
	b.server.traces.mu.Lock()
	b.server.traces.byID[id].seen = time.Now().Add(-time.Minute)
	b.server.traces.mu.Unlock()
	for i, want := range [][2]int{{1, 0}, {0, 1}, {2, 0}} {
		if s, u := get(); s != want[0] || u != want[1] {
			t.Errorf("%d: %d segments, %d unprocessed, want %v", i, s, u, want)
		}
	}
}

// TestTransactionSearch has X-Ray send spans elsewhere.
func TestTransactionSearch(t *testing.T) {
	b := serve(t, Options{Faults: Faults{TransactionSearch: true}})
	b.create("echo", echo)
	id := b.invoke("echo", "1").echoed(t).traceID
	out, err := b.xray.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{id}})
	if err != nil || len(out.Traces) != 0 {
		t.Errorf("%+v %v", out, err)
	}
	where, err := b.xray.GetTraceSegmentDestination(t.Context(), &xray.GetTraceSegmentDestinationInput{})
	if err != nil || where.Destination != "CloudWatchLogs" {
		t.Errorf("%+v %v", where, err)
	}
}

// TestProactive has every second environment be there before it is needed.
func TestProactive(t *testing.T) {
	b := serve(t, Options{Faults: Faults{Proactive: 2}})
	for i, name := range []string{"one", "two"} {
		b.create(name, echo)
		r := b.invoke(name, "1")
		trace := b.fetch(r.echoed(t).traceID)
		init := trace["AWS::Lambda::Function"].phases()["Initialization"]
		if !r.cold() || (init.Start < trace["AWS::Lambda"].Start) != (i == 1) {
			t.Errorf("%s: initialised at %f, asked for at %f", name, init.Start, trace["AWS::Lambda"].Start)
		}
	}
}

// TestRequestFaults has requests and updates be refused, and others not.
func TestRequestFaults(t *testing.T) {
	b := serve(t, Options{Faults: Faults{Throttle: 3, Conflict: 2}})
	b.create("echo", echo)
	update := func() string {
		_, err := b.lambda.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("echo")})
		return errorCode(err)
	}
	var got []string
	for range 6 { // requests 2 to 7
		got = append(got, update())
	}
	want := []string{"", "TooManyRequestsException", "ResourceConflictException", "", "TooManyRequestsException", "ResourceConflictException"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q, want %q", got, want)
	}
}
