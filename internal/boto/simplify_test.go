package boto

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// shorthand writes rules as their conditions, and what they give. A rule is a list of
// conditions and then a text, which is the endpoint, or a list of rules.
func shorthand(t *testing.T, text string) []byte {
	t.Helper()
	e, err := parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return longhand(e)
}

func longhand(list *element) []byte {
	out := []byte{'['}
	for i, r := range list.items {
		out = append(separated(out, i), `{"conditions":[`...)
		last := len(r.items) - 1
		for j, c := range r.items[:last] {
			out = call(separated(out, j), c)
		}
		if given := r.items[last]; given.kind == '[' {
			out = append(append(append(out, `],"rules":`...), longhand(given)...), `,"type":"tree"}`...)
		} else {
			out = append(given.append(append(out, `],"endpoint":{"url":`...)), `},"type":"endpoint"}`...)
		}
	}
	return append(out, ']')
}

// call writes a condition: its function, names and literals apart by blanks; "!" is
// not, and a name behind "=>" is assigned.
func call(out []byte, e *element) []byte {
	text, _ := e.text()
	text, assign, assigned := strings.Cut(text, "=>")
	text, negated := strings.CutPrefix(text, "!")
	if negated {
		out = append(out, `{"fn":"not","argv":[`...)
	}
	words := strings.Fields(text)
	out = append(out, `{"fn":"`+words[0]+`","argv":[`...)
	for i, w := range words[1:] {
		if out = separated(out, i); strings.Contains("true false", w) || w[0] == '\'' {
			out = append(out, strings.ReplaceAll(w, "'", `"`)...)
		} else {
			out = append(out, `{"ref":"`+w+`"}`...)
		}
	}
	out = append(out, ']')
	if assigned {
		out = append(out, `,"assign":"`+assign+`"`...)
	}
	out = append(out, '}')
	if negated {
		out = append(out, "]}"...)
	}
	return out
}

func TestSimplify(t *testing.T) {
	params := ruleParameters{"F": {boolean: true, always: true}, "D": {boolean: true, always: true}, "B": {boolean: true}, "S": {}}
	for name, test := range map[string]struct{ rules, want string }{
		"nothing to do":            {`[["isSet S","a"],["b"]]`, `[["isSet S","a"],["b"]]`},
		"behind the end":           {`[["a"],["isSet S","b"]]`, `[["a"]]`},
		"behind a tree that ends":  {`[["isSet S",[["isSet B","a"],["b"]]],["isSet S","c"],["d"]]`, `[["isSet S",[["isSet B","a"],["b"]]],["d"]]`},
		"too short to group":       {`[["isSet S",[["isSet B","a"],["isSet F","b"]]],["isSet S","c"]]`, `[["isSet S",[["isSet B","a"],["isSet F","b"]]],["isSet S","c"]]`},
		"decided above":            {`[["isSet S",[["isSet S","isSet B","a"],["b"]]]]`, `[["isSet S",[["isSet B","a"],["b"]]]]`},
		"contrary above":           {`[["booleanEquals F true",[["booleanEquals F false","a"],["isSet S","b"],["c"]]]]`, `[["booleanEquals F true",[["isSet S","b"],["c"]]]]`},
		"the other of two":         {`[["booleanEquals F true","a"],["booleanEquals F false","b"],["c"]]`, `[["booleanEquals F true","a"],["b"]]`},
		"not sure to be one":       {`[["booleanEquals B true","a"],["booleanEquals B false","b"],["c"]]`, `[["booleanEquals B true","a"],["booleanEquals B false","b"],["c"]]`},
		"another text":             {`[["stringEquals S 'x'",[["stringEquals S 'y'","a"],["isSet B","b"],["c"]]]]`, `[["stringEquals S 'x'",[["isSet B","b"],["c"]]]]`},
		"a template":               {`[["stringEquals S '{N}'",[["stringEquals S '{N}'","a"],["isSet B","b"]]]]`, `[["stringEquals S '{N}'",[["stringEquals S '{N}'","a"],["isSet B","b"]]]]`},
		"an error before":          {`[["isSet S","c"],["stringEquals S 'x'","isSet S","a"],["b"]]`, `[["isSet S","c"],["stringEquals S 'x'",[]],["b"]]`},
		"no error before":          {`[["isSet S","c"],["booleanEquals F true","isSet S","a"],["b"]]`, `[["isSet S","c"],["b"]]`},
		"an error, if set":         {`[["isSet S","c"],["isSet B","booleanEquals B true","isSet S","a"],["b"]]`, `[["isSet S","c"],["b"]]`},
		"an error, if not":         {`[["isSet S","c"],["booleanEquals B true","isSet S","a"],["b"]]`, `[["isSet S","c"],["booleanEquals B true",[]],["b"]]`},
		"assigned":                 {`[["isSet x",[["isSet S","a"],["f S=>x","isSet x","b"]]]]`, `[["isSet x",[["isSet S","a"],["f S=>x","isSet x","b"]]]]`},
		"set by then":              {`[["isSet N","c"],["f S=>N","isSet N","a"]]`, `[["isSet N","c"],["f S=>N","isSet N","a"]]`},
		"not yes or no":            {`[["f S",[["f S","isSet B","a"],["isSet F","b"]]]]`, `[["f S",[["f S","isSet B","a"],["isSet F","b"]]]]`},
		"an only rule":             {`[["isSet S",[["isSet B",[["isSet F","a"]]]]]]`, `[["isSet S","isSet B","isSet F","a"]]`},
		"no conditions":            {`[[[["isSet S","a"],["isSet B","b"]]]]`, `[["isSet S","a"],["isSet B","b"]]`},
		"the same beginning":       {`[["isSet S","f S=>x","isSet B","a"],["isSet S","f S=>x","isSet F","b"]]`, `[["isSet S","f S=>x",[["isSet B","a"],["isSet F","b"]]]]`},
		"not neighbours":           {`[["isSet S","isSet B","a"],["f F","b"],["isSet S","isSet F","c"]]`, `[["isSet S","isSet B","a"],["f F","b"],["isSet S","isSet F","c"]]`},
		"four ways":                {`[["booleanEquals F true","booleanEquals D true","a"],["booleanEquals F true","booleanEquals D false","b"],["booleanEquals F false","booleanEquals D true","c"],["booleanEquals F false","booleanEquals D false","d"],["e"]]`, `[["booleanEquals F true",[["booleanEquals D true","a"],["b"]]],["booleanEquals D true","c"],["d"]]`},
		"an empty tree with risks": {`[["isSet B","c"],["f S",[["isSet B","a"]]],["b"]]`, `[["isSet B","c"],["f S",[]],["b"]]`},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := parse(shorthand(t, test.rules))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := simplify(rules, params)
			if want := shorthand(t, test.want); !ok || !bytes.Equal(got, want) {
				t.Fatalf("%v\n%s\nwant\n%s", ok, got, want)
			}
			checkStable(t, got, params)
		})
	}
}

// TestSimplifyDoesNotKnow holds that what it does not know stays as it is.
func TestSimplifyDoesNotKnow(t *testing.T) {
	for _, text := range []string{
		`{}`, `[1]`, `[{}]`, `[{"conditions":[],"endpoint":{}}]`, `[{"conditions":[],"endpoint":{},"type":"other"}]`,
		`[{"conditions":[],"endpoint":{},"type":"endpoint","more":1}]`, `[{"conditions":{},"endpoint":{},"type":"endpoint"}]`,
		`[{"conditions":[{"fn":"isSet"}],"endpoint":{},"type":"endpoint"}]`, `[{"conditions":[{"fn":"f","argv":[],"more":1}],"endpoint":{},"type":"endpoint"}]`,
		`[{"conditions":[{"fn":"f","argv":[{"fn":"g","argv":[],"assign":"x"}]}],"endpoint":{},"type":"endpoint"}]`,
		`[{"conditions":[],"rules":1,"type":"tree"}]`, `[{"conditions":[],"conditions":[],"error":"x"}]`,
	} {
		e, err := parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := simplify(e, ruleParameters{}); ok {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func checkStable(t *testing.T, text []byte, params ruleParameters) {
	t.Helper()
	e, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, ok := simplify(e, params); !ok || !bytes.Equal(again, text) {
		t.Errorf("simplified again: %v\n%s\nwas\n%s", ok, again, text)
	}
}

// FuzzSimplify holds that rules that were simplified stay as they are, and are JSON.
func FuzzSimplify(f *testing.F) {
	f.Add([]byte(`[{"conditions":[{"fn":"isSet","argv":[{"ref":"N"}]}],"endpoint":{"url":"a"},"type":"endpoint"},{"conditions":[],"error":"b","type":"error"}]`))
	f.Add([]byte(`[{"conditions":[{"fn":"not","argv":[{"fn":"booleanEquals","argv":[{"ref":"F"},true]}]}],"rules":[{"conditions":[{"fn":"g","argv":[],"assign":"x"}],"error":"b","type":"error"}],"type":"tree"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := parse(data)
		if err != nil {
			return
		}
		if got := e.append(nil); !json.Valid(got) {
			t.Fatalf("%q became %q", data, got)
		}
		params := ruleParameters{"F": {boolean: true, always: true}}
		if got, ok := simplify(e, params); ok {
			checkStable(t, got, params)
		}
	})
}

// ruleCase is a line for testdata/rules.py.
type ruleCase struct {
	Service string          `json:"service"`
	Dir     string          `json:"dir"`
	Rules   json.RawMessage `json:"rules"`
}

// TestSimplifyAgainstPython has botocore answer by the rules of every service, whole
// and simplified.
func TestSimplifyAgainstPython(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	for _, release := range releases[2:] {
		t.Run(release.requirements[1], func(t *testing.T) {
			t.Parallel()
			python := pyruntest.Optional
			if release.needed {
				python = pyruntest.Need
			}
			p := python(t, release.python)
			dir := pyruntest.Install(t, p, append([]string{"--no-compile"}, release.requirements...)...)
			in := only(t, artifacttest.Open(t, dir))
			if known, err := in.readsRules(); !known || err != nil {
				t.Fatalf("its sources are not known: %v", err)
			}
			file := filepath.Join(t.TempDir(), "rules")
			before, after := writeRules(t, in, file)
			stdout, stderr, err := p.Run(t.Context(), pyrun.Command{Args: []string{filepath.Join("testdata", "rules.py"), dir, file, strconv.Itoa(60)}, Isolated: true})
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr)
			}
			var told struct {
				Asked, Endpoints int
				Different        [][]string
			}
			if err := json.Unmarshal(stdout, &told); err != nil {
				t.Fatal(err)
			}
			for _, d := range told.Different {
				t.Errorf("%s with %s\ngives %s\nwas   %s", d[0], d[1], d[3], d[2])
			}
			if told.Asked < 5000 || told.Endpoints*4 < told.Asked {
				t.Errorf("only %d endpoints of %d answers", told.Endpoints, told.Asked)
			}
			t.Logf("%d answers, %d of them endpoints; rules have %d bytes, simplified %d", told.Asked, told.Endpoints, before, after)
		})
	}
}

// writeRules writes each service's rules, simplified.
func writeRules(t *testing.T, in *Installation, file string) (before, after int) {
	t.Helper()
	var lines bytes.Buffer
	for _, service := range in.Services() {
		dir := path.Join(in.DataDir(), service, in.Newest(service, TypeEndpoints))
		_, data, err := in.model(path.Join(dir, TypeEndpoints))
		if err != nil {
			t.Fatal(err)
		}
		if data == nil {
			continue
		}
		if data, err = trim(data, ruleSetForm); err != nil {
			t.Fatal(err)
		}
		set, err := parse(data)
		if err != nil {
			t.Fatal(err)
		}
		params := parameters(set.member("parameters"))
		text, ok := simplify(set.member("rules"), params)
		if !ok {
			t.Errorf("%s: its rules are not known", service)
			continue
		}
		checkStable(t, text, params)
		line, err := json.Marshal(ruleCase{Service: service, Dir: dir, Rules: text})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
		before, after = before+len(set.member("rules").append(nil)), after+len(text)
	}
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return before, after
}
