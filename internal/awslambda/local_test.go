//go:build unix

package awslambda

import (
	"archive/zip"
	"bytes"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcut/coldcut/bench"
	"github.com/coldcut/coldcut/internal/lambdasim"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// localLambda serves one that a test's client talks to.
func localLambda(t *testing.T, opts lambdasim.Options) (*Client, string) {
	t.Helper()
	python := pyruntest.Need(t, "")
	opts.Work = t.TempDir()
	sim, err := lambdasim.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := Connect(t.Context(), Place{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c, "python" + python.Language()
}

func packageOf(t *testing.T, source string) *bench.Package {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("app.py")
	if err == nil {
		_, err = w.Write([]byte(source))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return &bench.Package{Zip: out.Bytes(), ZipBytes: int64(out.Len()), Bytes: int64(len(source))}
}

const (
	slow    = "import time\ntime.sleep(0.15)\ndef handler(event, context):\n    return event\n"
	quickly = "def handler(event, context):\n    return event\n"
)

func localOptions(t *testing.T, runtime string) Options {
	t.Helper()
	o := quick(Arm{Name: "fat", Package: packageOf(t, slow)}, Arm{Name: "slim", Package: packageOf(t, quickly)})
	o.Runtime, o.Arch, o.MemoryMB, o.Samples, o.Parallel = runtime, "x86_64", []int{256}, 4, 1
	o.Poll, o.Patience, o.DeleteLogs = 5*time.Millisecond, 20*time.Second, false
	return o
}

// nothingLeft holds a local Lambda to have no functions any more.
func nothingLeft(t *testing.T, c *Client) {
	t.Helper()
	out, err := c.lambda.ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
	if err != nil || len(out.Functions) > 0 {
		t.Errorf("%v, %d functions are left", err, len(out.Functions))
	}
}

// TestLocal runs against the local Lambda in both shapes of traces, and with all
// that can go wrong there.
func TestLocal(t *testing.T) {
	tests := map[string]lambdasim.Options{
		"well":       {},
		"updating":   {UpdateTime: 20 * time.Millisecond},
		"late":       {Faults: lambdasim.Faults{TraceDelay: 50 * time.Millisecond, SplitTraces: true, Unprocessed: 2}},
		"throttled":  {Faults: lambdasim.Faults{Throttle: 9}},
		"conflicts":  {Faults: lambdasim.Faults{Conflict: 3}},
		"proactive":  {Faults: lambdasim.Faults{Proactive: 4}},
		"everything": {UpdateTime: 5 * time.Millisecond, Faults: lambdasim.Faults{TraceDelay: 20 * time.Millisecond, SplitTraces: true, Unprocessed: 3, Proactive: 7, Throttle: 11, Conflict: 4}},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			c, runtime := localLambda(t, opts)
			r, err := c.Run(t.Context(), localOptions(t, runtime))
			if err != nil {
				t.Fatal(err)
			}
			nothingLeft(t, c)
			excluded := 0
			for _, a := range r.Arms {
				if a.Counted() != 4 || len(a.Values(bench.Total)) != 4 {
					t.Errorf("%s: %d count, %d traced of %d", a.Name, a.Counted(), len(a.Values(bench.Total)), len(a.Samples))
				}
				for _, s := range a.Samples {
					excluded += map[bool]int{true: 1}[s.Excluded]
					if !s.Excluded && (!s.Cold || *s.UntilInit < 0 || *s.Init <= 0 || *s.Total < *s.UntilInit+*s.Init || s.Unpack == nil) {
						t.Errorf("%+v", s)
					}
				}
			}
			if (excluded > 0) != (opts.Faults.Proactive > 0) {
				t.Errorf("%d samples are excluded", excluded)
			}
			if fat := r.Arms[0].Summary[bench.Init].Min; fat < 150 {
				t.Errorf("Initialization takes %.0f ms with a wait of 150", fat)
			}
		})
	}
}

func TestLocalTransactionSearch(t *testing.T) {
	c, runtime := localLambda(t, lambdasim.Options{Faults: lambdasim.Faults{TransactionSearch: true}})
	r, err := c.Run(t.Context(), localOptions(t, runtime))
	if err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, c)
	if r.Arms[0].Counted() != 4 || len(r.Arms[0].Values(bench.Init)) != 4 || len(r.Arms[0].Values(bench.Total)) != 0 || !strings.Contains(r.Notes[0], "Transaction Search") {
		t.Errorf("%q %+v", r.Notes, r.Arms[0])
	}
}

func TestLocalFailures(t *testing.T) {
	c, runtime := localLambda(t, lambdasim.Options{})
	for source, kind := range map[string]string{
		"import nothing_of_that_name\n": "Runtime.ImportModuleError", "x = 1\n": "Runtime.HandlerNotFound",
		"def handler(event, context):\n    raise KeyError('id')\n": "KeyError",
	} {
		o := localOptions(t, runtime)
		o.Arms = []Arm{{Name: "broken", Package: packageOf(t, source)}}
		_, err := c.Run(t.Context(), o)
		var failed *FunctionError
		if !errors.As(err, &failed) || failed.Type != kind || failed.Init == (kind == "KeyError") {
			t.Errorf("%v, want %s", err, kind)
		}
		nothingLeft(t, c)
	}
}

// TestLocalBorrowed measures functions that are there and looks whether they are as
// they were.
func TestLocalBorrowed(t *testing.T) {
	c, runtime := localLambda(t, lambdasim.Options{})
	s := &session{Client: c, opts: localOptions(t, runtime).withDefaults(), id: "there"}
	s.opts.Env = map[string]string{"TABLE": "notes"}
	var names []string
	for i, arm := range s.opts.Arms {
		f := &function{name: []string{"prod-fat", "prod-slim"}[i], env: s.opts.Env}
		if err := s.create(t.Context(), &cell{arm: arm, memory: 512, function: f}); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.name)
		// What it was made with is not the user's.
		if err := c.restore(t.Context(), &function{name: f.name, touched: true, memory: 512, env: s.opts.Env, borrowed: &lambda.GetFunctionConfigurationOutput{}}, time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	var before []*function
	for _, name := range names {
		f, err := c.borrow(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		before = append(before, f)
	}
	o := localOptions(t, runtime)
	o.Arms, o.MemoryMB = []Arm{{Name: names[0], Function: names[0]}, {Name: names[1], Function: names[1]}}, []int{128, 256}
	r, err := c.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Arms) != 4 || slices.ContainsFunc(r.Arms, func(a bench.Arm) bool { return a.Counted() != 4 }) {
		t.Errorf("%+v", r.Arms)
	}
	for i, name := range names {
		f, err := c.borrow(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if f.memory != before[i].memory || f.env["TABLE"] != "notes" || len(f.env) != 1 || f.tracing() != before[i].tracing() {
			t.Errorf("%s is not as it was: %+v", name, f)
		}
	}
}
