package scan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/scan"
)

// A fixture is a file testdata/NAME.py, or a folder testdata/NAME of modules. Its
// name begins with the family of idioms that it shows: values_ (how a service's name
// comes about), flow_ (the ways that names and clients go), modules_ (imports), boto3_
// (what boto3 offers), hard_ (what public code does and no analysis likes) and
// unknown_ (what happens when the scan cannot tell). Below each idiom stands what
// comes of it one step harder.
//
// In a fixture a comment says what the scan must find on its line:
//
//	# want service=s3
//	# want service=s3 op=GetObject
//	# want service=sqs certainty=possible; unresolved "part of the reason"
//
// The operation * is every one of the service.
// A service or an unresolved place that no comment wants is an error too, and so
// is a certain operation; operations that are possible by name alone are not.
func TestFixtures(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "fuzz" {
			continue
		}
		t.Run(strings.TrimSuffix(e.Name(), ".py"), func(t *testing.T) {
			t.Parallel()
			src := fixture(t, e)
			got, want := findings(scanDir(t, src)), wants(t, src)
			for _, w := range want {
				i := slices.IndexFunc(got, w.matches)
				if i < 0 {
					t.Errorf("missing   %s", w)
					continue
				}
				got = slices.Delete(got, i, i+1)
			}
			for _, g := range got {
				if !g.byName() {
					t.Errorf("unwanted  %s", g)
				}
			}
		})
	}
}

// TestHarder holds every fixture of an idiom to show what the scan says one step
// beyond it: an unresolved place, or a use that is no more than possible.
func TestHarder(t *testing.T) {
	families := []string{"values_", "flow_", "modules_", "boto3_", "hard_"}
	count := map[string]int{}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		i := slices.IndexFunc(families, func(f string) bool { return strings.HasPrefix(e.Name(), f) })
		if i < 0 {
			continue
		}
		count[families[i]]++
		honest := func(f finding) bool { return f.service == "" || f.certainty == string(scan.Possible) }
		if !slices.ContainsFunc(wants(t, filepath.Join("testdata", e.Name())), honest) {
			t.Errorf("%s shows only what is certain", e.Name())
		}
	}
	for _, f := range families {
		if count[f] < 5 {
			t.Errorf("only %d fixtures are named %s*", count[f], f)
		}
	}
}

// fixture copies one fixture into a directory of its own.
func fixture(t *testing.T, e os.DirEntry) string {
	t.Helper()
	dir := t.TempDir()
	from := filepath.Join("testdata", e.Name())
	if e.IsDir() {
		if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	src, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	artifacttest.Write(t, dir, map[string]string{e.Name(): string(src)})
	return dir
}

func scanDir(t testing.TB, dir string) *scan.Result {
	t.Helper()
	return scanWith(t, dir, scan.Options{})
}

func scanWith(t testing.TB, dir string, opts scan.Options) *scan.Result {
	t.Helper()
	r, err := scan.Scan(t.Context(), artifacttest.Open(t, dir), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// finding is one thing that the scan says, or is wanted to say, of a line.
type finding struct {
	file, service, op, certainty string
	line                         int
	reason                       string // of an unresolved place
}

func (f finding) String() string {
	at := fmt.Sprintf("%s:%d: ", f.file, f.line)
	if f.service == "" {
		return at + fmt.Sprintf("unresolved %q", f.reason)
	}
	return at + strings.TrimSuffix(fmt.Sprintf("service=%s op=%s certainty=%s", f.service, f.op, f.certainty), " ")
}

func (f finding) matches(got finding) bool {
	return f.file == got.file && f.line == got.line && f.service == got.service && f.op == got.op &&
		f.certainty == got.certainty && strings.Contains(got.reason, f.reason)
}

// byName reports whether the finding is an operation that only its name suggests.
func (f finding) byName() bool { return f.op != "" && f.certainty == string(scan.Possible) }

func findings(r *scan.Result) []finding {
	var all []finding
	for _, u := range r.Uses {
		all = append(all, finding{file: u.File, line: u.Line, service: u.Service, op: u.Operation, certainty: string(u.Certainty)})
	}
	for _, u := range r.Unresolved {
		all = append(all, finding{file: u.File, line: u.Line, reason: u.Reason})
	}
	return all
}

var wantTerm = regexp.MustCompile(`(\w+)(?:=(\S+)|\s+"([^"]*)")`)

// wants reads the comments of every file below dir.
func wants(t *testing.T, dir string) []finding {
	t.Helper()
	var all []finding
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if _, comment, ok := strings.Cut(line, "# want "); ok {
				for term := range strings.SplitSeq(comment, ";") {
					all = append(all, want(t, finding{file: filepath.ToSlash(rel), line: n, certainty: "certain"}, term))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func want(t *testing.T, f finding, term string) finding {
	t.Helper()
	for _, m := range wantTerm.FindAllStringSubmatch(term, -1) {
		switch m[1] {
		case "service":
			f.service = m[2]
		case "op":
			f.op = m[2]
		case "certainty":
			f.certainty = m[2]
		case "unresolved":
			f.reason, f.certainty = m[3], ""
		default:
			t.Fatalf("%s:%d: cannot read %q", f.file, f.line, term)
		}
	}
	return f
}
