package lambdasim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
)

// apiError is an error of the API, by the name that clients know it under.
type apiError struct {
	status  int
	code    string
	message string
	// more are members beside the message, as Reason of TooManyRequestsException.
	more map[string]any
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func refuse(status int, code, format string, args ...any) error {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "InvalidParameterValueException", format, args...)
}

func notFound(format string, args ...any) error {
	return refuse(http.StatusNotFound, "ResourceNotFoundException", format, args...)
}

func conflict(format string, args ...any) error {
	return refuse(http.StatusConflict, "ResourceConflictException", format, args...)
}

// maxRequest is the most that a request may hold, in bytes: a zip of 50 MB in
// base64, and what is around it. The text of the refusal is AWS's.
const maxRequest = 70_167_211

// call is one request to the API.
type call struct {
	*http.Request
	id        string
	region    string
	body      []byte
	operation string
}

// answer is what a call comes to. A nil body is an empty one.
type answer struct {
	status int
	body   any
}

// operation answers one call of the API.
type operation func(*Server, *call) (answer, error)

// operations maps the paths of AWS's REST APIs to what answers them, in the form
// of [http.ServeMux]. The paths are those of the service models in botocore.
var operations = map[string]struct {
	name string
	run  operation
}{
	"POST /2015-03-31/functions":                           {"CreateFunction", (*Server).createFunction},
	"GET /2015-03-31/functions":                            {"ListFunctions", (*Server).listFunctions},
	"GET /2015-03-31/functions/{name}":                     {"GetFunction", (*Server).getFunction},
	"DELETE /2015-03-31/functions/{name}":                  {"DeleteFunction", (*Server).deleteFunction},
	"GET /2015-03-31/functions/{name}/configuration":       {"GetFunctionConfiguration", (*Server).getConfiguration},
	"PUT /2015-03-31/functions/{name}/configuration":       {"UpdateFunctionConfiguration", (*Server).updateConfiguration},
	"PUT /2015-03-31/functions/{name}/code":                {"UpdateFunctionCode", (*Server).updateCode},
	"POST /2015-03-31/functions/{name}/versions":           {"PublishVersion", (*Server).publishVersion},
	"GET /2015-03-31/functions/{name}/versions":            {"ListVersionsByFunction", (*Server).listVersions},
	"POST /2015-03-31/functions/{name}/aliases":            {"CreateAlias", (*Server).createAlias},
	"GET /2015-03-31/functions/{name}/aliases":             {"ListAliases", (*Server).listAliases},
	"GET /2015-03-31/functions/{name}/aliases/{alias}":     {"GetAlias", (*Server).getAlias},
	"PUT /2015-03-31/functions/{name}/aliases/{alias}":     {"UpdateAlias", (*Server).updateAlias},
	"DELETE /2015-03-31/functions/{name}/aliases/{alias}":  {"DeleteAlias", (*Server).deleteAlias},
	"PUT /2017-10-31/functions/{name}/concurrency":         {"PutFunctionConcurrency", (*Server).putConcurrency},
	"GET /2019-09-30/functions/{name}/concurrency":         {"GetFunctionConcurrency", (*Server).getConcurrency},
	"DELETE /2017-10-31/functions/{name}/concurrency":      {"DeleteFunctionConcurrency", (*Server).deleteConcurrency},
	"GET /2016-08-19/account-settings":                     {"GetAccountSettings", (*Server).accountSettings},
	"GET /2017-03-31/tags/{arn}":                           {"ListTags", (*Server).listTags},
	"POST /2017-03-31/tags/{arn}":                          {"TagResource", (*Server).tagResource},
	"DELETE /2017-03-31/tags/{arn}":                        {"UntagResource", (*Server).untagResource},
	"POST /2018-10-31/layers/{layer}/versions":             {"PublishLayerVersion", (*Server).publishLayer},
	"GET /2018-10-31/layers/{layer}/versions":              {"ListLayerVersions", (*Server).listLayerVersions},
	"GET /2018-10-31/layers/{layer}/versions/{version}":    {"GetLayerVersion", (*Server).getLayer},
	"DELETE /2018-10-31/layers/{layer}/versions/{version}": {"DeleteLayerVersion", (*Server).deleteLayer},
	"GET /2018-10-31/layers":                               {"ListLayers", (*Server).listLayers},
	"POST /Traces":                                         {"BatchGetTraces", (*Server).batchGetTraces},
	"POST /TraceSegments":                                  {"PutTraceSegments", (*Server).putTraceSegments},
	"POST /TraceSummaries":                                 {"GetTraceSummaries", (*Server).traceSummaries},
	"POST /GetTraceSegmentDestination":                     {"GetTraceSegmentDestination", (*Server).traceDestination},
}

// routes is the mux of operations. Clients write some paths with a slash at the end.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, op := range operations {
		h := s.handler(op.name, op.run)
		mux.Handle(pattern, h)
		mux.Handle(pattern+"/{$}", h)
	}
	mux.Handle("POST /2015-03-31/functions/{name}/invocations", s.invokeHandler())
	mux.HandleFunc("GET "+codePath+"{sum}", s.sendCode)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		id := newUUID()
		s.logf("%s %s is no operation known here", r.Method, r.URL.Path)
		writeError(w, id, refuse(http.StatusNotFound, "UnknownOperationException",
			"%s %s is no operation that this local Lambda knows", r.Method, r.URL.Path))
	})
	return mux
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := fromHere(r); err != nil {
		writeError(w, newUUID(), err)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) handler(name string, run operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := s.begin(w, r, name, maxRequest)
		var a answer
		if err == nil {
			a, err = run(s, c)
		}
		if err != nil {
			s.logf("%s %s: %v", name, r.URL.Path, err)
			writeError(w, c.id, err)
			return
		}
		s.logf("%s %s: %d", name, r.URL.Path, a.status)
		writeJSON(w, c.id, a.status, a.body)
	})
}

// begin reads a request and refuses what nobody may ask for. The call is there
// even if it was refused.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, name string, most int64) (*call, error) {
	c := &call{Request: r, id: newUUID(), operation: name}
	region, err := signedFor(r)
	if err != nil {
		return c, err
	}
	c.region = region
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return c, refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			"Request must be smaller than %d bytes for the %s operation", most, wireName(name))
	}
	if err != nil {
		return c, refuse(http.StatusBadRequest, "InvalidRequestContentException", "the request cannot be read: %v", err)
	}
	c.body = body
	if s.faults.hit("throttle", s.faults.Throttle) {
		return c, throttled("Rate exceeded", "CallerRateLimitExceeded")
	}
	return c, nil
}

// wireName is what AWS calls an operation in the text of its refusals.
func wireName(name string) string {
	if name == "Invoke" {
		return "InvokeFunction"
	}
	return name
}

func throttled(message, reason string) error {
	return &apiError{
		status: http.StatusTooManyRequests, code: "TooManyRequestsException", message: message,
		more: map[string]any{"Reason": reason, "Type": "User", "retryAfterSeconds": "1"},
	}
}

// credential is the form of a signature, version 4: the date, the region and the
// service of its scope.
var credential = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/[a-z0-9-]+/aws4_request,\s*SignedHeaders=[^,\s]+,\s*Signature=[0-9a-f]+$`)
})

// signedFor returns the region that a request is signed for. Whoever signed it
// may: there are no secrets here to check it with.
func signedFor(r *http.Request) (string, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", refuse(http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	m := credential().FindStringSubmatch(header)
	if m == nil {
		return "", refuse(http.StatusForbidden, "IncompleteSignatureException",
			"the Authorization header is no signature of version 4: %.60q", header)
	}
	return m[1], nil
}

// decode reads the JSON that a call brings.
func (c *call) decode(into any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return refuse(http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json: %v", err)
	}
	return nil
}

func writeJSON(w http.ResponseWriter, id string, status int, body any) {
	stamp(w, id)
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, err := json.Marshal(body)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"Message":"the answer cannot be written"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // whoever asked may be gone
}

func writeError(w http.ResponseWriter, id string, err error) {
	e := asAPIError(err)
	body := map[string]any{"Type": "User", "Message": e.message, "message": e.message}
	for name, value := range e.more {
		body[name] = value
	}
	w.Header().Set("X-Amzn-ErrorType", e.code)
	writeJSON(w, id, e.status, body)
}

// asAPIError gives an error its name: a package that cannot be read is the
// client's, all else ours.
func asAPIError(err error) *apiError {
	var e *apiError
	var refused *artifact.RefusedError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &refused):
		return &apiError{status: http.StatusBadRequest, code: "InvalidParameterValueException", message: "Could not unzip uploaded file: " + refused.Reason}
	}
	return &apiError{status: http.StatusInternalServerError, code: "ServiceException", message: err.Error()}
}

func stamp(w http.ResponseWriter, id string) {
	w.Header().Set(BackendHeader, Backend)
	w.Header().Set("X-Amzn-Requestid", id)
}

func (s *Server) logf(format string, args ...any) {
	if s.opts.Log != nil {
		s.opts.Log(strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
	}
}
