package fleet

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Trouble stands before a local Lambda and has functions of some names go wrong, as it
// happens in accounts. The functions themselves are ordinary ones.
type Trouble struct {
	Lambda http.Handler
	// Denied may be listed, and not be read. Image is a container image, and Node runs
	// on another language. Broken has a zip that is none. Torn is cut off the first two
	// times that it is downloaded. Secret has an environment that cannot be read.
	Denied, Image, Node, Broken, Torn, Secret string
	// DeniedLayer is the name of a layer that may not be read.
	DeniedLayer string
	// Throttle is how often GetFunction is refused with 429: every so many times; 0 never.
	Throttle int

	mu    sync.Mutex
	calls map[string]int
}

// broken is what Broken's zip holds.
var broken = []byte("PK\x03\x04 this is no zip")

// Calls returns how often each thing was asked for: "ListFunctions", "GetFunction",
// "GetLayerVersionByArn", "download", and everything else by its method and path.
func (t *Trouble) Calls() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]int{}
	for name, n := range t.calls {
		out[name] = n
	}
	return out
}

func (t *Trouble) count(name string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls == nil {
		t.calls = map[string]int{}
	}
	t.calls[name]++
	return t.calls[name]
}

// ServeHTTP implements [http.Handler].
func (t *Trouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const functions = "/2015-03-31/functions"
	switch path := strings.TrimSuffix(r.URL.Path, "/"); {
	case r.Method == http.MethodGet && path == functions:
		t.count("ListFunctions")
		t.changed(w, r, t.list)
	case r.Method == http.MethodGet && strings.HasPrefix(path, functions+"/"):
		if n := t.count("GetFunction"); t.Throttle > 0 && n%t.Throttle == 0 {
			w.Header().Set("X-Amzn-ErrorType", "TooManyRequestsException")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"message":"Rate exceeded"}`) // whoever asked may be gone
			return
		}
		name := path[strings.LastIndexAny(path, "/:")+1:]
		if name == t.Denied {
			deny(w, "lambda:GetFunction")
			return
		}
		t.changed(w, r, func(answer map[string]any) { t.get(r, name, answer) })
	case r.Method == http.MethodGet && path == "/2018-10-31/layers":
		t.count("GetLayerVersionByArn")
		if t.DeniedLayer != "" && strings.Contains(r.URL.Query().Get("Arn"), ":layer:"+t.DeniedLayer+":") {
			deny(w, "lambda:GetLayerVersion")
			return
		}
		t.Lambda.ServeHTTP(w, r)
	case strings.HasPrefix(path, "/trouble/"):
		t.trouble(w, r, strings.TrimPrefix(path, "/trouble/"))
	default:
		if strings.HasPrefix(path, "/coldcut/code/") {
			t.count("download")
		} else {
			t.count(r.Method + " " + path)
		}
		t.Lambda.ServeHTTP(w, r)
	}
}

func deny(w http.ResponseWriter, action string) {
	w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `{"Message":"User: local is not authorized to perform: `+action+`"}`) // whoever asked may be gone
}

// changed answers with what the Lambda says, changed.
func (t *Trouble) changed(w http.ResponseWriter, r *http.Request, change func(map[string]any)) {
	rec := &recorder{header: http.Header{}, code: http.StatusOK}
	t.Lambda.ServeHTTP(rec, r)
	body := rec.body.Bytes()
	var answer map[string]any
	if rec.code == http.StatusOK && json.Unmarshal(body, &answer) == nil {
		change(answer)
		body, _ = json.Marshal(answer) // it came from JSON
	}
	for name, values := range rec.header {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.code)
	_, _ = w.Write(body) // whoever asked may be gone
}

func (t *Trouble) list(answer map[string]any) {
	all, _ := answer["Functions"].([]any)
	for _, one := range all {
		if f, ok := one.(map[string]any); ok {
			t.configuration(f)
		}
	}
}

// configuration changes what Lambda says of a function.
func (t *Trouble) configuration(f map[string]any) {
	switch f["FunctionName"] {
	case t.Image:
		f["PackageType"] = "Image"
		delete(f, "Runtime")
		delete(f, "Handler")
	case t.Node:
		f["Runtime"] = "nodejs22.x"
	case t.Broken:
		sum := sha256.Sum256(broken)
		f["CodeSha256"], f["CodeSize"] = base64.StdEncoding.EncodeToString(sum[:]), len(broken)
	case t.Secret:
		f["Environment"] = map[string]any{"Error": map[string]any{"ErrorCode": "AccessDeniedException", "Message": "not authorized to perform: kms:Decrypt"}}
	}
}

func (t *Trouble) get(r *http.Request, name string, answer map[string]any) {
	f, _ := answer["Configuration"].(map[string]any)
	t.configuration(f)
	if code, _ := answer["Code"].(map[string]any); name != "" && (name == t.Broken || name == t.Torn) {
		was, _ := code["Location"].(string)
		code["Location"] = "http://" + r.Host + "/trouble/" + name + "?sum=" + was[strings.LastIndex(was, "/")+1:]
	}
}

// trouble answers for downloads that go wrong.
func (t *Trouble) trouble(w http.ResponseWriter, r *http.Request, name string) {
	n := t.count("download of " + name)
	if name == t.Broken {
		_, _ = w.Write(broken) // whoever asked may be gone
		return
	}
	rec := &recorder{header: http.Header{}, code: http.StatusOK}
	again := r.Clone(r.Context())
	again.URL.Path, again.URL.RawQuery = "/coldcut/code/"+r.URL.Query().Get("sum"), ""
	t.Lambda.ServeHTTP(rec, again)
	body := rec.body.Bytes()
	if n <= 2 {
		body = bytes.Clone(body[:len(body)/2])
	}
	w.WriteHeader(rec.code)
	_, _ = w.Write(body) // whoever asked may be gone
}

// recorder keeps an answer. That of net/http/httptest brings a flag into programs.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
