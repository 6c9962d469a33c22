package lambdasim

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// maxTraceIDs is how many ids BatchGetTraces takes:
// https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html.
const maxTraceIDs = 5

// maxTraces bounds what is kept in memory; the oldest go first.
const maxTraces = 20_000

// segmentDocument is a segment or a subsegment in X-Ray's form:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html.
// Documents that clients put are kept as they came.
type segmentDocument struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Start       seconds           `json:"start_time"`
	TraceID     string            `json:"trace_id,omitempty"`
	End         seconds           `json:"end_time"`
	ParentID    string            `json:"parent_id,omitempty"`
	Fault       bool              `json:"fault,omitempty"`
	HTTP        any               `json:"http,omitempty"`
	AWS         map[string]any    `json:"aws,omitempty"`
	Annotations map[string]any    `json:"annotations,omitempty"`
	Origin      string            `json:"origin,omitempty"`
	ResourceARN string            `json:"resource_arn,omitempty"`
	Subsegments []segmentDocument `json:"subsegments,omitempty"`
}

// seconds are a time as X-Ray writes it: seconds since 1970, to the microsecond.
type seconds time.Time

// MarshalJSON writes a number.
func (s seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(s).UnixMicro())/1e6, 'f', 6, 64), nil
}

// segments are the documents that Lambda sends X-Ray of an invocation: one of the
// service and one of the function. Which has what, and how it is called, is as in
// traces of AWS that are public; what is local alone says so.
func (r *record) segments(d *deployment, shape TraceShape, failed bool) []segmentDocument {
	name, arn := d.config.FunctionName, d.config.FunctionArn
	annotations := map[string]any{"coldcut_backend": Backend}
	lambda := segmentDocument{
		ID: r.lambdaID, Name: name, Start: seconds(r.received), TraceID: r.traceID, End: seconds(r.answered), ParentID: r.parentID,
		Fault: failed, HTTP: map[string]any{"response": map[string]int{"status": http.StatusOK}},
		AWS: map[string]any{"request_id": r.id}, Origin: "AWS::Lambda", ResourceARN: arn, Annotations: annotations,
	}
	if r.cold {
		lambda.Subsegments = []segmentDocument{{
			ID: randomHex(8), Name: "Unpack (local)", Start: seconds(r.unpackStart), End: seconds(r.unpackEnd),
		}}
	}
	function := segmentDocument{
		ID: r.functionID, Name: name, Start: seconds(r.start), TraceID: r.traceID, End: seconds(r.end), ParentID: r.lambdaID, Fault: failed,
		AWS: map[string]any{
			"account_id": Account, "function_arn": arn, "resource_names": []string{name},
			"cloudwatch_logs": []map[string]string{{"log_group": d.config.LoggingConfig.LogGroup}},
		},
		Origin: "AWS::Lambda::Function", Annotations: annotations, Subsegments: r.phases(arn, shape, failed),
	}
	return []segmentDocument{lambda, function}
}

// phases are the subsegments of the function's segment.
func (r *record) phases(arn string, shape TraceShape, failed bool) []segmentDocument {
	phase := func(name string, from, to time.Time) segmentDocument {
		return segmentDocument{ID: randomHex(8), Name: name, Start: seconds(from), End: seconds(to), AWS: map[string]any{"function_arn": arn}}
	}
	var all []segmentDocument
	if r.cold {
		name := "Initialization"
		if shape == ShapeInit {
			name = "Init"
		}
		init := phase(name, r.initStart, r.initEnd)
		init.Fault = r.initFailed
		all = append(all, init)
	}
	if shape == ShapeClassic && !r.handed.IsZero() {
		invocation := phase("Invocation", r.handed, r.responded)
		invocation.Fault = failed
		all = append(all, invocation)
	}
	if r.end.After(r.responded) {
		all = append(all, phase("Overhead", r.responded, r.end))
	}
	return all
}

// trace is what is known of one trace.
type trace struct {
	id       string
	segments []segment
	seen     time.Time // when the first of it came
	shown    int       // how often it was given
}

// segment is a document with what X-Ray reads of it.
type segment struct {
	ID, Document string
	start, end   float64
	fault, error bool
	throttle     bool
}

// traceStore keeps traces as X-Ray does, but in memory alone.
type traceStore struct {
	mu    sync.Mutex
	byID  map[string]*trace
	order []string
}

func newTraceStore() *traceStore { return &traceStore{byID: map[string]*trace{}} }

func (t *traceStore) add(now time.Time, documents []segmentDocument) {
	for _, d := range documents {
		data, err := json.Marshal(d)
		if err != nil {
			continue // they are ours, and can be written
		}
		t.put(now, string(data))
	}
}

// put adds a document, or says why it is none.
func (t *traceStore) put(now time.Time, document string) (id string, problem string) {
	var d struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		TraceID  string   `json:"trace_id"`
		Start    float64  `json:"start_time"`
		End      *float64 `json:"end_time"`
		Fault    bool     `json:"fault"`
		Error    bool     `json:"error"`
		Throttle bool     `json:"throttle"`
	}
	switch err := json.Unmarshal([]byte(document), &d); {
	case err != nil:
		return "", "ParseError"
	case d.ID == "" || d.Name == "" || d.Start == 0:
		return d.ID, "MissingField"
	case !traceRoot().MatchString(d.TraceID):
		return d.ID, "InvalidTraceId"
	}
	s := segment{ID: d.ID, Document: document, start: d.Start, end: d.Start, fault: d.Fault, error: d.Error, throttle: d.Throttle}
	if d.End != nil {
		s.end = *d.End
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.byID[d.TraceID]
	if known == nil {
		known = &trace{id: d.TraceID, seen: now}
		t.byID[d.TraceID] = known
		t.order = append(t.order, d.TraceID)
		if len(t.order) > maxTraces {
			delete(t.byID, t.order[0])
			t.order = t.order[1:]
		}
	}
	known.segments = slices.DeleteFunc(known.segments, func(old segment) bool { return old.ID == s.ID })
	known.segments = append(known.segments, s)
	return d.ID, ""
}

// times are the first start and the last end of a trace.
func (t *trace) times() (start, end float64) {
	start = math.Inf(1)
	for _, s := range t.segments {
		start, end = min(start, s.start), max(end, s.end)
	}
	return start, end
}

func (s *Server) putTraceSegments(c *call) (answer, error) {
	var req struct{ TraceSegmentDocuments []string }
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	unprocessed := []map[string]string{}
	for _, document := range req.TraceSegmentDocuments {
		if id, problem := s.traces.put(time.Now(), document); problem != "" {
			unprocessed = append(unprocessed, map[string]string{"Id": id, "ErrorCode": problem, "Message": "the segment document was refused: " + problem})
		}
	}
	return answer{http.StatusOK, map[string]any{"UnprocessedTraceSegments": unprocessed}}, nil
}

func (s *Server) batchGetTraces(c *call) (answer, error) {
	var req struct {
		TraceIds []string
	}
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	if len(req.TraceIds) > maxTraceIDs {
		return answer{}, refuse(http.StatusBadRequest, "InvalidRequestException", "You can retrieve at most %d traces at a time", maxTraceIDs)
	}
	traces, unprocessed := []any{}, []string{}
	for _, id := range req.TraceIds {
		if !traceRoot().MatchString(id) {
			return answer{}, refuse(http.StatusBadRequest, "InvalidRequestException", "Invalid trace id: %s", id)
		}
		if s.faults.hit("unprocessed", s.faults.Unprocessed) {
			unprocessed = append(unprocessed, id)
			continue
		}
		if t := s.shown(id); t != nil {
			traces = append(traces, t)
		}
	}
	return answer{http.StatusOK, map[string]any{"Traces": traces, "UnprocessedTraceIds": unprocessed}}, nil
}

// shown is a trace as BatchGetTraces gives it, or nil where it is not known (yet).
func (s *Server) shown(id string) any {
	s.traces.mu.Lock()
	defer s.traces.mu.Unlock()
	t := s.traces.byID[id]
	if t == nil || s.faults.TransactionSearch || time.Since(t.seen) < s.faults.TraceDelay {
		return nil
	}
	segments := t.segments
	if t.shown++; s.faults.SplitTraces && t.shown == 1 {
		segments = segments[:1]
	}
	start, end := t.times()
	list := []map[string]string{}
	for _, segment := range segments {
		list = append(list, map[string]string{"Id": segment.ID, "Document": segment.Document})
	}
	return map[string]any{"Id": id, "Duration": math.Round((end-start)*1000) / 1000, "LimitExceeded": false, "Segments": list}
}

func (s *Server) traceSummaries(c *call) (answer, error) {
	var req struct {
		StartTime, EndTime float64
		FilterExpression   string
	}
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	if req.FilterExpression != "" {
		return answer{}, refuse(http.StatusBadRequest, "InvalidRequestException", "this local X-Ray has no filter expressions")
	}
	s.traces.mu.Lock()
	defer s.traces.mu.Unlock()
	list := []map[string]any{}
	for _, id := range s.traces.order {
		t := s.traces.byID[id]
		start, end := t.times()
		if s.faults.TransactionSearch || time.Since(t.seen) < s.faults.TraceDelay || end < req.StartTime || start > req.EndTime {
			continue
		}
		list = append(list, t.summary())
	}
	return answer{http.StatusOK, map[string]any{
		"TraceSummaries": list, "ApproximateTime": float64(time.Now().Unix()), "TracesProcessedCount": len(list),
	}}, nil
}

func (t *trace) summary() map[string]any {
	start, end := t.times()
	var fault, failed, throttle bool
	for _, s := range t.segments {
		fault, failed, throttle = fault || s.fault, failed || s.error, throttle || s.throttle
	}
	return map[string]any{
		"Id": t.id, "StartTime": math.Floor(start), "Duration": end - start, "ResponseTime": end - start,
		"HasFault": fault, "HasError": failed, "HasThrottle": throttle, "IsPartial": false,
		"Annotations": map[string]any{"coldcut_backend": []any{map[string]any{"AnnotationValue": map[string]string{"StringValue": Backend}}}},
	}
}

func (s *Server) traceDestination(*call) (answer, error) {
	destination := "XRay"
	if s.faults.TransactionSearch {
		destination = "CloudWatchLogs"
	}
	return answer{http.StatusOK, map[string]string{"Destination": destination, "Status": "ACTIVE"}}, nil
}
