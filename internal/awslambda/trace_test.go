package awslambda

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Segments in the shapes of the Lambda developer guide ("Visualize Lambda function
// invocations using AWS X-Ray"): the older one, in which Initialization and
// Invocation are subsegments of the function's, and the newer one.
const (
	service = `{"id":"1a","name":"fn","origin":"AWS::Lambda","start_time":1700000000.100,"end_time":1700000000.561,"http":{"response":{"status":200}},"resource_arn":"arn"}`
	older   = `{"id":"2b","name":"fn","origin":"AWS::Lambda::Function","start_time":1700000000.524,"end_time":1700000000.560,"parent_id":"1a","subsegments":[` +
		`{"id":"3c","name":"Initialization","start_time":1700000000.2403,"end_time":1700000000.5229},` +
		`{"id":"4d","name":"Invocation","start_time":1700000000.525,"end_time":1700000000.555,"subsegments":[{"id":"6f","name":"DynamoDB","start_time":1700000000.53,"end_time":1700000000.54}]},` +
		`{"id":"5e","name":"Overhead","start_time":1700000000.555,"end_time":1700000000.560}]}`
	newer = `{"id":"2b","name":"fn","origin":"AWS::Lambda::Function","start_time":1700000000.524,"end_time":1700000000.560,"subsegments":[` +
		`{"id":"5e","name":"Overhead","start_time":1700000000.555,"end_time":1700000000.560}]}`
	newerService = `{"id":"1a","name":"fn","origin":"AWS::Lambda","start_time":1700000000.100,"end_time":1700000000.561,"subsegments":[` +
		`{"id":"3c","name":"Init","start_time":1700000000.2403,"end_time":1700000000.5229}]}`
	newerInFunction = `{"id":"2b","name":"fn","origin":"AWS::Lambda::Function","start_time":1700000000.524,"end_time":1700000000.560,"subsegments":[` +
		`{"id":"3c","name":"Init","start_time":1700000000.2403,"end_time":1700000000.5229},` +
		`{"id":"5e","name":"Overhead","start_time":1700000000.555,"end_time":1700000000.560}]}`
	running = `{"id":"1a","name":"fn","origin":"AWS::Lambda","start_time":1700000000.100,"in_progress":true}`
	warm    = `{"id":"2b","name":"fn","origin":"AWS::Lambda::Function","start_time":1700000000.524,"end_time":1700000000.560,"subsegments":[{"id":"4d","name":"Invocation","start_time":1700000000.525,"end_time":1700000000.555}]}`
	ahead   = `{"id":"2b","name":"fn","origin":"AWS::Lambda::Function","start_time":1700000000.524,"end_time":1700000000.560,"subsegments":[{"id":"3c","name":"Init","start_time":1699999990.0,"end_time":1699999990.3}]}`
	gap     = `{"id":"2b","name":"fn","origin":"AWS::Lambda::Function","start_time":1700000003.0,"end_time":1700000003.1,"subsegments":[{"id":"3c","name":"Init","start_time":1700000000.2,"end_time":1700000000.5}]}`
)

func TestReadTrace(t *testing.T) {
	// The article's whole boto3: 140.3, 282.6 and 461 ms.
	want := figures{untilInit: 140.3, init: 282.6, total: 461, handler: 30}
	newerWant := want
	newerWant.handler = 31 // without the overhead
	tests := []struct {
		name      string
		documents []string
		want      figures
		whole     bool
	}{
		{"older shape", []string{service, older}, want, true},
		{"in any order", []string{older, service}, want, true},
		{"a segment that came twice, first unfinished", []string{running, older, service}, want, true},
		{"a segment that came twice, last unfinished", []string{service, older, running}, want, true},
		{"newer shape", []string{newerService, newer}, newerWant, true},
		{"newer shape, Init in the function", []string{service, newerInFunction}, newerWant, true},
		{"beside segments of other services", []string{`{"origin":"AWS::DynamoDB::Table","start_time":1,"end_time":2}`, service, older}, want, true},
		{"without the function", []string{service}, figures{}, false},
		{"without the service", []string{older}, figures{}, false},
		{"unfinished", []string{running, older}, figures{}, false},
		{"without Initialization", []string{service, warm}, figures{}, false},
		{"damaged", []string{service, older[:60]}, figures{}, false},
		{"nothing", nil, figures{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, whole := readTrace(test.documents)
			if whole != test.whole || got != test.want {
				t.Errorf("%+v, %v", got, whole)
			}
		})
	}
}

func TestProactive(t *testing.T) {
	for name, documents := range map[string][]string{"negative": {service, ahead}, "gap": {service, gap}} {
		f, whole := readTrace(documents)
		if !whole || f.proactive == "" {
			t.Errorf("%s: %+v, %v", name, f, whole)
		}
	}
}

// TestReadTraceShuffled holds random traces, in pieces and in any order, to the
// times that they were made from.
func TestReadTraceShuffled(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		at := 1.7e9 + random.Float64()*1e6
		until, init, handler := float64(random.IntN(5000))/10, 1+float64(random.IntN(90000))/10, float64(random.IntN(9000))/10
		start := at + until/1e3
		begin := start + init/1e3 + 0.001
		end := begin + handler/1e3
		name := []string{"Init", "Initialization"}[random.IntN(2)]
		documents := []string{
			fmt.Sprintf(`{"id":"a","origin":"AWS::Lambda","start_time":%f,"in_progress":true}`, at),
			fmt.Sprintf(`{"id":"a","origin":"AWS::Lambda","start_time":%f,"end_time":%f}`, at, end+0.002),
			fmt.Sprintf(`{"id":"b","origin":"AWS::Lambda::Function","start_time":%f,"end_time":%f,"subsegments":[{"name":%q,"start_time":%f,"end_time":%f}]}`,
				begin, end, name, start, start+init/1e3),
		}
		random.Shuffle(len(documents), func(i, j int) { documents[i], documents[j] = documents[j], documents[i] })
		f, whole := readTrace(documents)
		near := func(got, want float64) bool { return got > want-0.01 && got < want+0.01 }
		if !whole || !near(f.untilInit, until) || !near(f.init, init) || !near(f.handler, handler) || f.proactive != "" {
			t.Fatalf("%+v, %v of until %v, init %v, handler %v", f, whole, until, init, handler)
		}
	}
}

func FuzzReadTrace(f *testing.F) {
	for _, documents := range [][]string{{service, older}, {newerService, newer}, {service, ahead}} {
		f.Add(documents[0], documents[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		got, whole := readTrace([]string{a, b})
		if whole && (got.init < 0 || got.total < 0) {
			t.Errorf("negative: %+v of %s and %s", got, a, b)
		}
		if whole && !slices.ContainsFunc([]string{a, b}, func(s string) bool { return json.Valid([]byte(s)) }) {
			t.Errorf("%+v of what is no JSON", got)
		}
	})
}
