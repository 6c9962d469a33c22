package lambdasim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// TestImportsOfRuntime compares what is imported by the time that the function's own
// code is, under our runtime and under AWS's own: what ours had beside that, the
// function would get for nothing.
func TestImportsOfRuntime(t *testing.T) {
	const code = "import sys\nmodules = sorted(sys.modules)\ndef handler(event, context): return modules\n"
	for _, version := range []string{"3.10", "3.13"} {
		t.Run(version, func(t *testing.T) {
			python := pyruntest.Need(t, version)
			theirs := importedByAWS(t, python)
			b := serve(t, Options{})
			b.runtime = types.Runtime("python" + version)
			b.create("modules", code)
			var ours []string
			if err := json.Unmarshal([]byte(b.invoke("modules", "1").payload), &ours); err != nil {
				t.Fatal(err)
			}
			// Python imports site at every start; here it is asked not to, so that
			// ours can.
			known := append(theirs, "site", "_sitebuiltins", "__main__")
			for _, name := range ours {
				if !slices.Contains(known, name) {
					t.Errorf("%s is imported, and not by awslambdaric", name)
				}
			}
			if slices.Contains(ours, "_socket") || slices.Contains(ours, "ssl") || !slices.Contains(theirs, "awslambdaric.bootstrap") || len(ours) < 40 {
				t.Errorf("the lists make no sense:\n%v\n%v", ours, theirs)
			}
		})
	}
}

// importedByAWS runs AWS's runtime interface client up to the import of a handler.
func importedByAWS(t *testing.T, python *pyrun.Interpreter) []string {
	t.Helper()
	client := pyruntest.Install(t, python, "awslambdaric==3.1.1")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte("import sys\nprint(*sorted(sys.modules))\nsys.exit(0)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	start := "import sys; sys.path[:0] = " + quoteAll(dir, client) + "; from awslambdaric.__main__ import main; main(['', 'app.handler'])"
	out, _, err := python.Run(t.Context(), pyrun.Command{Isolated: true, NoSite: true, Env: []string{"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1"}, Args: []string{"-c", start}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

func quoteAll(names ...string) string {
	data, err := json.Marshal(names)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// TestPythons runs a handler under every Python that there is: what it gets and how
// it fails is the same in each.
func TestPythons(t *testing.T) {
	const code = `
import decimal, logging, sys
logging.getLogger().setLevel("INFO")
def handler(event, context):
    logging.info("hello")
    if event == "fail":
        raise ValueError("no")
    return {"version": "%d.%d" % sys.version_info[:2], "number": decimal.Decimal("0.10"), "name": context.function_name, "text": "ä"}
`
	b := serve(t, Options{})
	for _, python := range pyrun.All(t.Context()) {
		t.Run(python.Language(), func(t *testing.T) {
			name := "py" + strings.ReplaceAll(python.Language(), ".", "_")
			b.create(name, code, func(in *lambda.CreateFunctionInput) { in.Runtime = types.Runtime("python" + python.Language()) })
			got := b.invoke(name, "1")
			_, minor := python.Minor()
			text := `"ä"`
			if minor < 12 { // since 3.12 Lambda sends UTF-8 as it is
				text = `"\u00e4"`
			}
			want := `{"version": "` + python.Language() + `", "number": 0.10, "name": "` + name + `", "text": ` + text + `}`
			if got.payload != want || !strings.Contains(got.log, "\nhello\n") && !strings.Contains(got.log, "\thello\n") {
				t.Errorf("%s\n%s\nwant %s", got.payload, got.log, want)
			}
			failed := b.invoke(name, `"fail"`)
			if e := failed.failure(t); e.ErrorType != "ValueError" || e.ErrorMessage != "no" || len(e.StackTrace) != 1 || !strings.Contains(e.StackTrace[0], `/app.py", line 7, in handler`) {
				t.Errorf("%+v", e)
			}
		})
	}
}
