package lambdasim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// record is what happened in one invocation, for the log and the trace.
type record struct {
	id          string
	traceID     string
	lambdaID    string // of the segment AWS::Lambda
	functionID  string // of the segment AWS::Lambda::Function
	parentID    string
	sampled     bool
	cold        bool
	proactive   bool
	received    time.Time // the request was there
	initStart   time.Time
	initEnd     time.Time
	initFailed  bool // the first initialisation failed, and is part of the invocation
	start       time.Time
	handed      time.Time // the runtime was given the invocation
	responded   time.Time
	end         time.Time
	answered    time.Time
	memory      int64 // the most that was used, in bytes; 0 where that is unknown
	status      string
	errorType   string
	unpackStart time.Time
	unpackEnd   time.Time
}

// duration is what REPORT calls Duration.
func (r *record) duration() time.Duration { return r.end.Sub(r.start) }

// initDuration is what REPORT calls Init Duration; 0 where there was none.
func (r *record) initDuration() time.Duration {
	if !r.cold || r.initFailed {
		return 0
	}
	return r.initEnd.Sub(r.initStart)
}

// outcome is what the client gets.
type outcome struct {
	payload []byte
	failed  bool // X-Amz-Function-Error: Unhandled
}

// failure makes the answer that Lambda gives in a runtime's place.
func failure(kind, format string, args ...any) outcome {
	payload, err := json.Marshal(runtimeError{ErrorType: kind, ErrorMessage: fmt.Sprintf(format, args...)})
	if err != nil {
		payload = []byte("{}") // two strings can always be written
	}
	return outcome{payload, true}
}

// initialise starts the process and waits for its first /next, as long as Lambda
// does. It reports how that ended: "" is well.
func (e *environment) initialise(ctx context.Context, r *record) (status, kind string, err error) {
	if err := e.start(e.d.server.opts.InitCPU); err != nil {
		return "", "", err
	}
	r.unpackStart, r.unpackEnd = e.unpackStart, e.unpackEnd
	status, kind, _, err = e.awaitInit(ctx, e.d.server.opts.initLimit)
	r.initStart, r.initEnd = e.initStart, e.initEnd
	if status != "" {
		e.reportInit("init", status, kind)
		e.stop()
	}
	return status, kind, err
}

// awaitInit waits for the first /next. Where that does not come it says why, and what
// the runtime said of it.
func (e *environment) awaitInit(ctx context.Context, limit time.Duration) (status, kind string, payload []byte, err error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var failed *event
	for {
		select {
		case ev := <-e.api.events:
			switch ev.kind {
			case eventNext:
				e.initEnd, e.initialised = ev.at, true
				return "", "", nil, nil
			case eventInitError:
				failed = &ev // the process ends of itself
				e.initEnd = ev.at
			}
		case <-e.proc.done:
			if ev, ok := e.said(); ok && ev.kind == eventInitError {
				failed = &ev // it came with its end
			}
			e.initEnd = time.Now()
			if failed != nil {
				return "error", failed.failure.ErrorType, failed.payload, nil
			}
			return "error", e.exitType(), nil, nil
		case <-timer.C:
			e.initEnd = time.Now()
			return "timeout", "", nil, nil
		case <-ctx.Done():
			return "", "", nil, errClosed
		}
	}
}

// exitType is the type of the error of a process that ended.
func (e *environment) exitType() string {
	if e.limits.outOfMemory() {
		return "Runtime.OutOfMemory"
	}
	return "Runtime.ExitError"
}

// exitOutcome is what a client gets of a process that ended.
func (e *environment) exitOutcome(id string) (outcome, string) {
	kind := e.exitType()
	reason := "Runtime exited without providing a reason"
	if state := e.proc.state.Load(); state != nil && !state.Success() {
		reason = "Runtime exited with error: " + state.String()
	}
	return failure(kind, "RequestId: %s Error: %s", id, reason), kind
}

// invoke runs one invocation to its end. An error is ours, not the function's.
func (e *environment) invoke(ctx context.Context, inv *invocation, r *record) (outcome, error) {
	timeout := time.Duration(e.d.config.Timeout) * time.Second
	deadline := time.Now().Add(timeout)
	if r.cold && !r.proactive {
		done, out, err := e.coldInit(ctx, inv, r, &deadline)
		if done || err != nil {
			return out, err
		}
	}
	if !r.initFailed {
		e.log.sync()
		r.start = time.Now()
		deadline = r.start.Add(timeout)
		e.log.printf("START RequestId: %s Version: %s\n", inv.id, e.d.config.Version)
	}
	if err := e.limits.cpu(e.d.config.vcpus()); err != nil {
		return outcome{}, err
	}
	inv.deadline = deadline
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case e.api.work <- inv:
		r.handed = time.Now()
	case <-e.proc.done: // it ended while it waited
		return e.ended(inv, r), nil
	case <-timer.C:
		return e.timedOut(inv, r), nil
	case <-ctx.Done():
		return outcome{}, errClosed
	}
	return e.await(ctx, inv, r, timer)
}

// coldInit initialises for an invocation. Where that fails Lambda tries once more,
// within the invocation and its time-out, at the function's share of the CPU.
func (e *environment) coldInit(ctx context.Context, inv *invocation, r *record, deadline *time.Time) (done bool, _ outcome, _ error) {
	e.log.printf("INIT_START Runtime Version: %s:%s.v%s\tRuntime Version ARN: %s\n", Backend, "python", e.python.Version, e.d.config.RuntimeVersionConfig.RuntimeVersionArn)
	status, _, err := e.initialise(ctx, r)
	if err != nil || status == "" {
		return false, outcome{}, err
	}
	r.initFailed = true
	if err := e.start(e.d.config.vcpus()); err != nil {
		return true, outcome{}, err
	}
	r.start = e.initStart
	*deadline = r.start.Add(time.Duration(e.d.config.Timeout) * time.Second)
	status, kind, payload, err := e.awaitInit(ctx, time.Until(*deadline))
	if err != nil {
		return true, outcome{}, err
	}
	if status != "" {
		e.reportInit("invoke", status, kind)
	}
	e.log.sync()
	e.log.printf("START RequestId: %s Version: %s\n", inv.id, e.d.config.Version)
	switch {
	case status == "":
		return false, outcome{}, nil
	case status == "timeout":
		return true, e.timedOut(inv, r), nil
	case payload == nil:
		return true, e.ended(inv, r), nil
	}
	r.responded, r.end, r.status, r.errorType = time.Now(), time.Now(), "error", kind
	e.initialised = false
	return true, outcome{withRequestID(payload, inv.id), true}, nil
}

// withRequestID names the request in an error that was made before there was one.
func withRequestID(payload []byte, id string) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(payload, &fields) != nil {
		return payload
	}
	fields["requestId"] = json.RawMessage(`"` + id + `"`)
	changed, err := json.Marshal(fields)
	if err != nil {
		return payload
	}
	return changed
}

// await waits for the answer, and then for the runtime to be ready again.
func (e *environment) await(ctx context.Context, inv *invocation, r *record, timer *time.Timer) (outcome, error) {
	var out *outcome
	for {
		select {
		case ev := <-e.api.events:
			switch ev.kind {
			case eventNext:
				r.end = ev.at
				if out == nil { // it asks for more and gave nothing
					bad := failure("Runtime.Unknown", "RequestId: %s Error: the runtime gave no response", inv.id)
					out, r.responded, r.status, r.errorType = &bad, ev.at, "error", "Runtime.Unknown"
				}
				return *out, nil
			default:
				got := answerOf(ev, r)
				out, r.responded = &got, ev.at
			}
		case <-e.proc.done:
			// It may have answered and ended at once; then the answer counts.
			if ev, ok := e.said(); ok && out == nil && ev.kind != eventNext {
				got := answerOf(ev, r)
				out, r.responded = &got, ev.at
			}
			if out == nil {
				return e.ended(inv, r), nil
			}
			r.end = time.Now()
			return *out, nil
		case <-timer.C:
			return e.timedOut(inv, r), nil
		case <-ctx.Done():
			return outcome{}, errClosed
		}
	}
}

// said is what the runtime did last, if that was not heard yet.
func (e *environment) said() (event, bool) {
	select {
	case ev := <-e.api.events:
		return ev, true
	default:
		return event{}, false
	}
}

// answerOf is what the client gets of what the runtime answered.
func answerOf(ev event, r *record) outcome {
	switch ev.kind {
	case eventResponse:
		return outcome{payload: ev.payload}
	case eventTooLarge:
		r.status, r.errorType = "error", "Function.ResponseSizeTooLarge"
		return failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse)
	}
	r.errorType = ev.failure.ErrorType
	return outcome{ev.payload, true}
}

// ended is the end of an invocation whose process ended first.
func (e *environment) ended(inv *invocation, r *record) outcome {
	<-e.proc.done
	out, kind := e.exitOutcome(inv.id)
	var said runtimeError
	_ = json.Unmarshal(out.payload, &said) // it was just written
	r.end = time.Now()
	r.responded, r.status, r.errorType = r.end, "error", kind
	e.log.sync()
	e.log.printf("%s\n%s\n", said.ErrorMessage, kind)
	e.initialised = false
	return out
}

// timedOut is the end of an invocation that takes too long. The process is killed.
func (e *environment) timedOut(inv *invocation, r *record) outcome {
	r.end = time.Now()
	r.responded, r.status, r.errorType = r.end, "timeout", "Sandbox.Timedout"
	text := fmt.Sprintf("Task timed out after %.2f seconds", float64(e.d.config.Timeout))
	e.log.sync()
	e.log.printf("%s %s %s\n\n", r.end.UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, text)
	e.initialised = false
	return failure("Sandbox.Timedout", "RequestId: %s Error: %s", inv.id, text)
}
