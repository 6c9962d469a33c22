package lambdasim

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// runtimeAPI is the Runtime API of one environment, as
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html has it: what a
// runtime does becomes events, in the order in which it does it.
type runtimeAPI struct {
	address string
	events  chan event
	work    chan *invocation
	server  *http.Server

	mu      sync.Mutex
	current *invocation // delivered and not answered
}

// event is one thing that a runtime did.
type event struct {
	kind    eventKind
	at      time.Time
	payload []byte
	// failure is what a runtime says of an error.
	failure runtimeError
}

type eventKind int

const (
	eventNext eventKind = iota // the runtime asks for an invocation
	eventResponse
	eventTooLarge // a response past what Lambda passes on
	eventError
	eventInitError
)

// runtimeError is an error as runtimes report it and clients get it.
type runtimeError struct {
	ErrorMessage string   `json:"errorMessage"`
	ErrorType    string   `json:"errorType"`
	RequestID    string   `json:"requestId,omitempty"`
	StackTrace   []string `json:"stackTrace,omitempty"`
}

// invocation is one event on its way to a handler.
type invocation struct {
	id            string
	payload       []byte
	deadline      time.Time
	arn           string
	trace         string
	clientContext string
}

func newRuntimeAPI() (*runtimeAPI, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{
		address: l.Addr().String(),
		// An event is sent only in answer to work or once at the start, so a few
		// places are enough to never block a runtime that behaves.
		events: make(chan event, 16), work: make(chan *invocation),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", api.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", api.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", api.failed)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", api.initFailed)
	api.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = api.server.Serve(l) }() // it ends with close
	return api, nil
}

func (a *runtimeAPI) close() { _ = a.server.Close() }

// send passes an event on. A runtime that does more than it may is not waited for.
func (a *runtimeAPI) send(e event) bool {
	select {
	case a.events <- e:
		return true
	default:
		return false
	}
}

func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.current = nil
	a.mu.Unlock()
	if !a.send(event{kind: eventNext, at: time.Now()}) {
		refuseRuntime(w, http.StatusForbidden, "InvalidStateTransition", "the runtime asks for invocations and does none")
		return
	}
	select {
	case inv := <-a.work:
		a.mu.Lock()
		a.current = inv
		a.mu.Unlock()
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", inv.arn)
		h.Set("Lambda-Runtime-Trace-Id", inv.trace)
		if inv.clientContext != "" {
			h.Set("Lambda-Runtime-Client-Context", inv.clientContext)
		}
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(inv.payload)))
		_, _ = w.Write(inv.payload) // a runtime that is gone shows as a process that ended
	case <-r.Context().Done():
	}
}

// take ends the current invocation, if it has this id.
func (a *runtimeAPI) take(w http.ResponseWriter, id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == nil || a.current.id != id {
		refuseRuntime(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return false
	}
	a.current = nil
	return true
}

func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	at := time.Now()
	large := len(payload) > maxResponse
	if err == nil && large { // the rest is read, so that the connection lasts
		_, err = io.Copy(io.Discard, r.Body)
	}
	if err != nil {
		return // the process is gone
	}
	if !a.take(w, r.PathValue("id")) {
		return
	}
	if large {
		a.send(event{kind: eventTooLarge, at: at})
		refuseRuntime(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponse))
		return
	}
	a.send(event{kind: eventResponse, at: at, payload: payload})
	accept(w)
}

func (a *runtimeAPI) failed(w http.ResponseWriter, r *http.Request) {
	e, ok := readFailure(w, r)
	if !ok || !a.take(w, r.PathValue("id")) {
		return
	}
	e.kind = eventError
	a.send(e)
	accept(w)
}

func (a *runtimeAPI) initFailed(w http.ResponseWriter, r *http.Request) {
	e, ok := readFailure(w, r)
	if !ok {
		return
	}
	e.kind = eventInitError
	a.send(e)
	accept(w)
}

// readFailure reads what a runtime says of an error. What it sends is what the
// client gets, so it is kept as it stands.
func readFailure(w http.ResponseWriter, r *http.Request) (event, bool) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		return event{}, false
	}
	e := event{at: time.Now(), payload: payload}
	if json.Unmarshal(payload, &e.failure) != nil || e.failure.ErrorType == "" {
		e.failure.ErrorType = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	return e, true
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n") // a runtime that is gone shows as a process that ended
}

func refuseRuntime(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(runtimeError{ErrorMessage: message, ErrorType: kind})
}
