package lambdasim

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// invokeHandler answers Invoke, whose body is the function's and whose parameters
// are headers.
func (s *Server) invokeHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received := time.Now()
		c, err := s.begin(w, r, "Invoke", maxPayload)
		if err == nil {
			err = s.invoke(w, c, received)
		}
		if err != nil {
			s.logf("Invoke %s: %v", r.URL.Path, err)
			writeError(w, c.id, err)
		}
	})
}

// invoke answers one Invoke, unless it returns an error.
func (s *Server) invoke(w http.ResponseWriter, c *call, received time.Time) error {
	if len(c.body) > 0 && !json.Valid(c.body) {
		return refuse(http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json: the payload is not JSON")
	}
	if len(c.body) == 0 {
		c.body = []byte("{}") // what a handler gets of no payload
	}
	d, reserved, err := s.serving(c)
	if err != nil {
		return err
	}
	switch kind := c.Header.Get("X-Amz-Invocation-Type"); kind {
	case "DryRun":
		stamp(w, c.id)
		w.WriteHeader(http.StatusNoContent)
		return nil
	case "Event":
		return s.invokeLater(w, c, d, reserved)
	case "", "RequestResponse":
		if err := s.environment.enter(d.config.FunctionName, reserved); err != nil {
			return err
		}
		defer s.environment.leave(d.config.FunctionName)
		done, err := s.run(d, c, received)
		if err != nil {
			return err
		}
		done.write(w, c)
		return nil
	default:
		return invalid("Value '%s' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]", kind)
	}
}

// serving returns what an invocation is to run, and the function's own limit.
func (s *Server) serving(c *call) (*deployment, *int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, refuse(http.StatusServiceUnavailable, "ServiceException", "%v", errClosed)
	}
	f, qualifier, err := s.find(c)
	if err != nil {
		return nil, nil, err
	}
	d, err := f.version(qualifier)
	if err != nil {
		return nil, nil, err
	}
	if d == f.latest {
		d = f.serving
	}
	if d == nil {
		return nil, nil, conflict("The operation cannot be performed at this time. The function is currently in the following state: %s", f.latest.config.State)
	}
	return d, f.concurrency, nil
}

// asyncRetries is how often Lambda tries an asynchronous invocation again. It waits
// minutes before it does; here nobody waits.
const asyncRetries = 2

// invokeLater accepts an asynchronous invocation and runs it in its own time.
func (s *Server) invokeLater(w http.ResponseWriter, c *call, d *deployment, reserved *int) error {
	if len(c.body) > maxAsyncPayload {
		return refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "%d byte payload is too large for the Event invocation type (limit %d bytes)", len(c.body), maxAsyncPayload)
	}
	s.background(func() {
		for try := 0; try <= asyncRetries && s.ctx.Err() == nil; {
			if s.environment.enter(d.config.FunctionName, reserved) != nil {
				time.Sleep(50 * time.Millisecond) // throttled events wait in Lambda's queue
				continue
			}
			done, err := s.run(d, c, time.Now())
			s.environment.leave(d.config.FunctionName)
			if err == nil && !done.failed {
				return
			}
			try++
		}
	})
	stamp(w, c.id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// invoked is an invocation that is over.
type invoked struct {
	outcome
	version string
	tail    []byte
}

func (i *invoked) write(w http.ResponseWriter, c *call) {
	stamp(w, c.id)
	h := w.Header()
	h.Set("X-Amz-Executed-Version", i.version)
	h.Set("Content-Type", "application/json")
	if i.failed {
		h.Set("X-Amz-Function-Error", "Unhandled")
	}
	if strings.EqualFold(c.Header.Get("X-Amz-Log-Type"), "Tail") {
		h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(i.tail))
	}
	h.Set("Content-Length", strconv.Itoa(len(i.payload)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(i.payload) // whoever asked may be gone
}

// run gives an invocation to an environment that waits, or to a new one. It goes on
// if the client does not wait for it, as on AWS.
func (s *Server) run(d *deployment, c *call, received time.Time) (*invoked, error) {
	ctx := s.ctx
	r := newRecord(c, d, received)
	e := d.take()
	if e != nil && !e.alive() { // it died of itself
		e.close()
		e = nil
	}
	if e == nil {
		var err error
		if e, err = s.cold(ctx, d, r); err != nil {
			return nil, err
		}
	}
	inv := &invocation{
		id: r.id, payload: c.body, arn: invokedARN(c, d), trace: r.header(),
		clientContext: clientContext(c.Header.Get("X-Amz-Client-Context")),
	}
	out, err := e.invoke(ctx, inv, r)
	if err != nil {
		e.close()
		return nil, err
	}
	r.memory = e.peak()
	e.report(r)
	done := &invoked{out, d.config.Version, e.log.tail()}
	r.answered = time.Now()
	d.give(e)
	if r.sampled {
		s.traces.add(r.answered, r.segments(d, s.opts.Shape, out.failed))
	}
	return done, nil
}

// cold makes an environment for an invocation.
func (s *Server) cold(ctx context.Context, d *deployment, r *record) (*environment, error) {
	e, err := newEnvironment(ctx, d)
	if err != nil {
		return nil, err
	}
	r.cold = true
	if !s.faults.hit("proactive", s.faults.Proactive) {
		return e, nil
	}
	status, _, err := e.initialise(ctx, r)
	if err != nil {
		e.close()
		return nil, err
	}
	if status == "" { // else it is as any other
		r.proactive = true
		r.received = time.Now() // only now
	}
	return e, nil
}

func invokedARN(c *call, d *deployment) string {
	arn := functionARN(c.region, d.config.FunctionName)
	_, qualifier, err := splitName(c.PathValue("name"))
	if q := c.URL.Query().Get("Qualifier"); q != "" {
		qualifier = q
	}
	if err == nil && qualifier != "" {
		arn += ":" + qualifier
	}
	return arn
}

// clientContext is JSON in base64 on its way to Lambda, and plain on to a runtime.
func clientContext(header string) string {
	decoded, err := base64.StdEncoding.DecodeString(header)
	if err != nil {
		return ""
	}
	return string(decoded)
}

var traceRoot = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^1-[0-9a-f]{8}-[0-9a-f]{24}$`) })

// newRecord reads the trace that an invocation belongs to. Where nobody decided
// whether it is sampled, a function that is traced is, always: AWS would take one
// in twenty past the first of a second.
func newRecord(c *call, d *deployment, received time.Time) *record {
	r := &record{id: c.id, received: received, lambdaID: randomHex(8), functionID: randomHex(8)}
	active := d.config.TracingConfig.Mode == "Active"
	r.sampled = active
	for field := range strings.SplitSeq(c.Header.Get("X-Amzn-Trace-Id"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch {
		case name == "Root" && traceRoot().MatchString(value):
			r.traceID = value
		case name == "Parent":
			r.parentID = value
		case name == "Sampled":
			r.sampled = active && value == "1"
		}
	}
	if r.traceID == "" {
		r.traceID = newTraceID(received)
	}
	return r
}

// header is the trace header that a handler finds in _X_AMZN_TRACE_ID.
func (r *record) header() string {
	sampled := "0"
	if r.sampled {
		sampled = "1"
	}
	return "Root=" + r.traceID + ";Parent=" + r.functionID + ";Sampled=" + sampled
}
