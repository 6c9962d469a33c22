package shake_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// instruments are programs of testdata/instruments, each with what it needs. What
// they print must be what they print with the imports as they were, and hold a word
// that shows that they did something.
var instruments = []struct {
	program, word string
	python        string
	requirements  []string
}{
	{"xray.py", "('dynamodb', 'aws', 'GetItem', 't')", "3.13", []string{"boto3", "aws-xray-sdk"}},
	{"otel.py", "DynamoDB.GetItem", "3.13", []string{"boto3", "opentelemetry-instrumentation-botocore", "opentelemetry-sdk"}},
	{"datadog.py", "dynamodb.command", "3.13", []string{"boto3", "ddtrace"}},
	{"moto_.py", "NoSuchKey", "3.13", []string{"boto3", "moto[s3,dynamodb]"}},
	{"xray.py", "('dynamodb', 'aws', 'GetItem', 't')", "3.15", []string{"boto3", "aws-xray-sdk"}},
	{"vcr_.py", "['t'] 1 1", "3.13", []string{"boto3", "vcrpy"}},
	{"hammer.py", "16 [] []", "3.13", []string{"boto3"}},
	{"hammer.py", "16 [] []", "3.7", []string{"boto3==1.9.233"}},
	{"hammer.py", "16 [] []", "3.15", []string{"boto3"}},
	{"interpreters.py", "ran", "3.13", []string{"boto3"}},
	{"interpreters.py", "ran", "3.15", []string{"boto3"}},
	{"pickles.py", "TransferManager", "3.13", []string{"boto3"}},
	{"pickles.py", "TransferManager", "3.7", []string{"boto3==1.9.233"}},
	{"pickles.py", "TransferManager", "3.15", []string{"boto3"}},
	{"aio.py", "NoSuchKey", "3.13", []string{"aiobotocore"}},
	{"aio.py aioboto3", "down b'content'", "3.13", []string{"aioboto3"}},
}

func TestInstruments(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it installs much")
	}
	for _, in := range instruments {
		t.Run(in.program+" "+in.python, func(t *testing.T) {
			need := pyruntest.Need
			if in.python == "3.15" { // with lazy imports of its own; few have it
				need = pyruntest.Optional
			}
			p := need(t, in.python)
			fat := pyruntest.Install(t, p, append([]string{"--no-compile"}, in.requirements...)...)
			want := instrument(t, p, fat, in.program)
			if !strings.Contains(want, in.word) {
				t.Fatalf("prints %q without deferral", want)
			}
			if got := instrument(t, p, deferred(t, fat, in.python, plan.ImportsPass), in.program); got != want {
				t.Errorf("prints\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestTunedIsDeferred holds that what the pass tune adds to a module keeps nothing from
// being deferred: to name vars is enough, or to call at a module's top what is not known.
func TestTunedIsDeferred(t *testing.T) {
	const program = "import sys; sys.path.insert(0, sys.argv[1]); import boto3; boto3.Session(); print(*sorted(sys.modules))"
	for _, of := range []struct{ boto3, python string }{{"boto3", "3.13"}, {"boto3==1.9.233", "3.7"}} {
		t.Run(of.boto3, func(t *testing.T) {
			p := pyruntest.Need(t, of.python)
			fat := pyruntest.Install(t, p, "--no-compile", of.boto3)
			loaded := func(dir string) string {
				out, _, err := p.Run(t.Context(), pyrun.Command{Args: []string{"-c", program, dir}, Isolated: true, NoSite: true})
				if err != nil {
					t.Fatal(err)
				}
				return string(out)
			}
			whole, plain, tuned := loaded(fat), loaded(deferred(t, fat, of.python, plan.ImportsPass)), loaded(deferred(t, fat, of.python, plan.TunePass, plan.ImportsPass))
			for _, module := range strings.Fields(tuned) {
				if !slices.Contains(strings.Fields(plain), module) {
					t.Errorf("tuned, a session loads %s, and otherwise not", module)
				}
			}
			if strings.Count(plain, " ") >= strings.Count(whole, " ") {
				t.Errorf("deferred, it loads %d modules of %d", strings.Count(plain, " "), strings.Count(whole, " "))
			}
		})
	}
}

// reachable prints the modules that boto3's import has loaded, and of which of them code
// gets hold by their packages alone.
const reachable = `
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import boto3
from functools import reduce
for name in sys.argv[2:] or sorted(n for n in set(sys.modules) - before if "." in n):
    top, *rest = name.split(".")
    try:
        found = reduce(getattr, rest, __import__(top))
    except AttributeError:
        continue
    if found is sys.modules.get(name):
        print(name)
`

// TestReachable holds that code which reaches a module by its package, since boto3's
// import has loaded it, goes on doing so: a module of the family always, one of the
// standard library where nobody has seen the code.
func TestReachable(t *testing.T) {
	for _, of := range []struct{ boto3, python string }{{"boto3", "3.13"}, {"boto3==1.9.233", "3.7"}} {
		t.Run(of.boto3, func(t *testing.T) {
			p := pyruntest.Need(t, of.python)
			fat := pyruntest.Install(t, p, "--no-compile", of.boto3)
			modules := func(dir string, names ...string) []string {
				out, _, err := p.Run(t.Context(), pyrun.Command{Args: append([]string{"-c", reachable, dir}, names...), Isolated: true, NoSite: true})
				if err != nil {
					t.Fatal(err)
				}
				return strings.Fields(string(out))
			}
			want := modules(fat)
			if !slices.Contains(want, "botocore.auth") || !slices.Contains(want, "urllib.request") {
				t.Fatalf("as it is, %q are reached", want)
			}
			lost := func(dir string, names []string) []string {
				got := modules(dir, names...)
				return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(got, name) })
			}
			if names := lost(reshaped(t, fat, of.python, shake.Options{}, plan.ImportsPass), want); len(names) > 0 {
				t.Errorf("code that was not seen does not reach %q any more", names)
			}
			family := slices.DeleteFunc(slices.Clone(want), func(name string) bool {
				top, _, _ := strings.Cut(name, ".")
				return !slices.Contains(plan.Family, top)
			})
			if names := lost(deferred(t, fat, of.python, plan.ImportsPass), family); len(names) > 0 {
				t.Errorf("of the family, %q are not reached any more", names)
			}
		})
	}
}

// deferred is a package with nothing changed but by some passes, which defer imports as
// far as they can.
func deferred(t *testing.T, fat, python string, passes ...string) string {
	t.Helper()
	return reshaped(t, fat, python, shake.Options{Closed: true}, passes...)
}

func reshaped(t *testing.T, fat, python string, o shake.Options, passes ...string) string {
	t.Helper()
	pkg, err := artifact.Open(fat, artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pkg.Close() })
	p, err := plan.New(pkg, &scan.Result{}, plan.Options{Only: passes, Keep: []string{"s3"}, Pythons: []string{python}})
	if err != nil {
		t.Fatal(err)
	}
	slim, err := o.Apply(t.Context(), pkg, p)
	if err != nil {
		t.Fatal(err)
	}
	if len(slim.Changes) < 50 {
		t.Errorf("only %d files change", len(slim.Changes))
	}
	out := filepath.Join(t.TempDir(), "deferred")
	staged, err := artifact.Stage(context.Background(), slim.Artifact, out, artifact.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	return out
}

func instrument(t *testing.T, p *pyrun.Interpreter, pkg, program string) string {
	t.Helper()
	programs, err := filepath.Abs("testdata/instruments")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(program)
	name, args := words[0], words[1:]
	out, errors, err := p.Run(t.Context(), pyrun.Command{
		Args: append([]string{"-s", filepath.Join(programs, name)}, args...),
		Env: []string{
			"PYTHONPATH=" + pkg, "PYTHONDONTWRITEBYTECODE=1", "HOME=" + t.TempDir(),
			"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_DEFAULT_REGION=us-east-1",
		},
	})
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errors)
	}
	return string(bytes.ReplaceAll(out, []byte(pkg), []byte("PACKAGE")))
}
