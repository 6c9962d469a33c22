package boto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTrim(t *testing.T) {
	no := func(names ...string) func(string) bool {
		return func(key string) bool { return slices.Contains(names, key) }
	}
	all := &form{}
	all.other, all.items, all.drops = all, all, no("documentation")
	tests := []struct {
		name, text, want string
		form             *form
	}{
		{"white space", " { \"b\" : [ 1 , 2 ] ,\n\"a\" : { } } \n", `{"b":[1,2],"a":{}}`, nil},
		{"spelling", `{"a":1.0,"b":1e5,"c":-0,"d":"\u00e9\/é","e":1E+2}`, `{"a":1.0,"b":1e5,"c":-0,"d":"\u00e9\/é","e":1E+2}`, nil},
		{"no object", ` [true, null] `, `[true,null]`, nil},
		{"first, middle, last", `{"x":1,"a":2,"x":{"y":[]},"b":3,"x":4}`, `{"a":2,"b":3}`, &form{drops: no("x")}},
		{"all", `{"x":1}`, `{}`, &form{drops: no("x")}},
		{"escaped key", `{"\u0078":1,"y":2}`, `{"y":2}`, &form{drops: no("x")}},
		{"at its place alone", `{"x":{"x":1},"a":{"x":2,"y":[{"x":3}]}}`, `{"x":{"x":1},"a":{"y":[{"x":3}]}}`, under("a", &form{drops: no("x")})},
		{"everywhere", `{"documentation":"","a":[{"documentation":{}},["documentation"]]}`, `{"a":[{},["documentation"]]}`, all},
		{"another kind of value", `{"a":["x"]}`, `{"a":["x"]}`, under("a", &form{drops: no("x")})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := trim([]byte(test.text), test.form)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
	for _, bad := range []string{"", "{", `{"a":1}}`, `{"a":tru}`, "\"\xff\"", `[1,]`} {
		if got, err := trim([]byte(bad), nil); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

// FuzzTrim holds the copier to encoding/json: what it leaves is what is left when
// the same members are taken from a tree.
func FuzzTrim(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Add([]byte(model))
	f.Fuzz(func(t *testing.T, data []byte) {
		kept := map[string]bool{"A": true, "a": true}
		rules := serviceForm(notIn(kept), notIn(kept), map[string]*form{"b": nil})
		got, err := trim(data, rules)
		valid := utf8.Valid(data) && json.Valid(data)
		if valid != (err == nil) {
			t.Fatalf("%q: error %v, but valid: %v", data, err, valid)
		}
		if !valid {
			return
		}
		if want := lessOf(treeOf(t, data), rules); fmt.Sprint(treeOf(t, got)) != fmt.Sprint(want) {
			t.Fatalf("%q became %q", data, got)
		}
		if again, err := trim(got, rules); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q became %q, then %q, %v", data, got, again, err)
		}
	})
}

// node is a JSON value in which order and spelling count: an object's members
// have keys.
type node struct {
	kind   json.Delim // zero for what is neither object nor array
	scalar string
	keys   []string
	nodes  []node
}

func treeOf(t *testing.T, data []byte) node {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("%q: %v", data, err)
	}
	return n
}

func readNode(d *json.Decoder) (node, error) {
	token, err := d.Token()
	kind, ok := token.(json.Delim)
	if err != nil || !ok {
		return node{scalar: fmt.Sprintf("%T %q", token, fmt.Sprint(token))}, err
	}
	n := node{kind: kind}
	for d.More() {
		if kind == '{' {
			key, err := d.Token()
			if err != nil {
				return n, err
			}
			n.keys = append(n.keys, key.(string))
		}
		child, err := readNode(d)
		if err != nil {
			return n, err
		}
		n.nodes = append(n.nodes, child)
	}
	_, err = d.Token()
	return n, err
}

// lessOf takes from a tree what the form does not keep.
func lessOf(n node, f *form) node {
	out := node{kind: n.kind, scalar: n.scalar}
	for i, child := range n.nodes {
		if n.kind == '[' {
			out.nodes = append(out.nodes, lessOf(child, f.item()))
		} else if !f.dropsMember(n.keys[i]) {
			out.keys = append(out.keys, n.keys[i])
			out.nodes = append(out.nodes, lessOf(child, f.member(n.keys[i])))
		}
	}
	return out
}

// model has everything by which a shape can be reached, and what can be taken for
// documentation and is none.
const model = `{
 "version": "2.0", "documentation": "<p>gone</p>",
 "metadata": {"endpointPrefix": "a.b", "documentation": "stays"},
 "clientContextParams": {"X": {"type": "string", "documentation": "stays"}},
 "operations": {
  "A": {"name": "A", "documentation": "gone", "input": {"shape": "In"}, "output": {"shape": "Out", "documentation": "gone"},
   "errors": [{"shape": "Declared", "documentation": "gone"}], "endpointdiscovery": {}},
  "B": {"name": "B", "input": {"shape": "OnlyB"}},
  "Find": {"name": "Find", "endpointoperation": true, "output": {"shape": "Found"}}
 },
 "shapes": {
  "In": {"type": "structure", "required": ["documentation"], "documentation": "gone", "members": {
   "documentation": {"shape": "Text", "documentation": "gone"}, "z": {"shape": "Map"}, "edited": {"shape": "Text", "documentation": "stays"}}},
  "Text": {"type": "string", "max": 1.0, "pattern": "documentation"},
  "Map": {"type": "map", "key": {"shape": "Key"}, "value": {"shape": "List", "documentation": "gone"}},
  "Key": {"type": "string"},
  "List": {"type": "list", "member": {"shape": "In", "documentation": "gone"}},
  "Out": {"type": "structure", "members": {"stream": {"shape": "Events"}}, "payload": "stream"},
  "Events": {"type": "structure", "eventstream": true, "members": {"event": {"shape": "Event"}}},
  "Event": {"type": "structure", "event": true, "members": {}},
  "Declared": {"type": "structure", "exception": true, "members": {}},
  "Undeclared": {"type": "structure", "exception": true, "members": {"m": {"shape": "OfError"}}},
  "OfError": {"type": "string"},
  "OnlyB": {"type": "structure", "members": {"shape": {"shape": "Deep"}}},
  "Deep": {"type": "string"},
  "Found": {"type": "structure", "members": {}},
  "Row": {"type": "structure", "members": {"c": {"shape": "Column"}}},
  "Column": {"type": "string"},
  "Extra": {"type": "string"}
 }
}`

const trimmed = `{"version":"2.0",` +
	`"metadata":{"endpointPrefix":"a.b","documentation":"stays"},` +
	`"clientContextParams":{"X":{"type":"string","documentation":"stays"}},` +
	`"operations":{` +
	`"A":{"name":"A","input":{"shape":"In"},"output":{"shape":"Out"},` +
	`"errors":[{"shape":"Declared"}],"endpointdiscovery":{}},` +
	`"Find":{"name":"Find","endpointoperation":true,"output":{"shape":"Found"}}` +
	`},` +
	`"shapes":{` +
	`"In":{"type":"structure","required":["documentation"],"members":{` +
	`"documentation":{"shape":"Text"},"z":{"shape":"Map"},"edited":{"shape":"Text","documentation":"stays"}}},` +
	`"Text":{"type":"string","max":1.0,"pattern":"documentation"},` +
	`"Map":{"type":"map","key":{"shape":"Key"},"value":{"shape":"List"}},` +
	`"Key":{"type":"string"},` +
	`"List":{"type":"list","member":{"shape":"In"}},` +
	`"Out":{"type":"structure","members":{"stream":{"shape":"Events"}},"payload":"stream"},` +
	`"Events":{"type":"structure","eventstream":true,"members":{"event":{"shape":"Event"}}},` +
	`"Event":{"type":"structure","event":true,"members":{}},` +
	`"Declared":{"type":"structure","exception":true,"members":{}},` +
	`"Undeclared":{"type":"structure","exception":true,"members":{"m":{"shape":"OfError"}}},` +
	`"OfError":{"type":"string"},` +
	`"Found":{"type":"structure","members":{}},` +
	`"Row":{"type":"structure","members":{"c":{"shape":"Column"}}},` +
	`"Column":{"type":"string"},` +
	`"Extra":{"type":"string"}` +
	`}}`

// modelled is a botocore with that model in a service called x.
var modelled = map[string]string{
	"boto3/__init__.py":                              "__version__ = '1.99.0'\n",
	"boto3/data/x/1/resources-1.json":                `{"resources":{"R":{"shape":"Row"}}}`,
	"botocore/__init__.py":                           initializer,
	"botocore/client.py":                             "resolver.construct_endpoint(\n    's3', region)\nresolver.construct_endpoint(name)\n",
	"botocore/handlers.py":                           "('docs.*.x.*', AutoPopulatedParam(\n    'edited').document)\n",
	"botocore/data/x/1/service-2.json.gz":            model,
	"botocore/data/x/1/service-2.sdk-extras.json":    `{"version": 1.0, "merge": {"operations": {"A": {"output": {"shape": "Extra"}}, "B": {"name": "b"}}, "shapes": {"In": {"x": 1}, "OnlyB": {"x": 1}}}}`,
	"botocore/data/x/1/paginators-1.json":            `{"pagination":{"A":{"result_key":"documentation"},"B":{}}}`,
	"botocore/data/x/1/paginators-1.sdk-extras.json": `{"merge":{"pagination":{"B":{"x":1},"A":{"x":2}}}}`,
	"botocore/data/x/1/waiters-2.json":               `{"version":2,"waiters":{"Done":{"operation":"A"},"Gone":{"operation":"B"},"Odd":{}}}`,
	"botocore/data/x/1/endpoint-rule-set-1.json":     `{"parameters":{"documentation":{"documentation":"p","type":"String"}},"rules":[{"documentation":"r","rules":[{"documentation":"r","error":"documentation"}]}]}`,
	"botocore/data/y/1/service-2.json":               `{"metadata":{"endpointPrefix":"why"},"operations":{},"shapes":{}}`,
	"botocore/data/endpoints.json":                   `{"partitions":[{"partition":"aws","regions":{"r":{}},"services":{"a.b":{"endpoints":{}},"why":{},"x":{"a":1.50},"s3":{},"other":{}}},{"services":{"why":{}}}],"version":3}`,
}

func newModelled(t *testing.T, edit func(files map[string]string)) *Installation {
	t.Helper()
	files := map[string]string{}
	for name, content := range modelled {
		files[name] = content
	}
	if edit != nil {
		edit(files)
	}
	installed, err := Find(write(t, "", files))
	if err != nil {
		t.Fatal(err)
	}
	return installed[0]
}

func TestTrimModel(t *testing.T) {
	in := newModelled(t, nil)
	got, err := in.Trim("x", "botocore/data/x/1", Kept{Operations: []string{"A", "NoSuch"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"service-2.json":               trimmed,
		"service-2.sdk-extras.json":    `{"version":1.0,"merge":{"operations":{"A":{"output":{"shape":"Extra"}}},"shapes":{"In":{"x":1}}}}`,
		"paginators-1.json":            `{"pagination":{"A":{"result_key":"documentation"}}}`,
		"paginators-1.sdk-extras.json": `{"merge":{"pagination":{"A":{"x":2}}}}`,
		"waiters-2.json":               `{"version":2,"waiters":{"Done":{"operation":"A"},"Odd":{}}}`,
		"endpoint-rule-set-1.json":     `{"parameters":{"documentation":{"type":"String"}},"rules":[{"rules":[{"error":"documentation"}]}]}`,
	}
	for _, r := range got {
		name := strings.TrimPrefix(r.Path, "botocore/data/x/1/")
		if string(r.Data) != want[name] {
			t.Errorf("%s is\n%s\nwant\n%s", name, r.Data, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is not rewritten", name)
	}
	if got[0].From != "botocore/data/x/1/service-2.json.gz" {
		t.Errorf("the service model comes from %s", got[0].From)
	}
}

// TestTrimKeeps holds that what cannot be told is kept.
func TestTrimKeeps(t *testing.T) {
	tests := []struct {
		name       string
		operations []string
		edit       func(files map[string]string)
		want, not  string
	}{
		{"all operations", []string{AllOperations}, nil, `"Deep":{`, `gone`},
		{"no boto3's resources", []string{"A"}, func(files map[string]string) { delete(files, "boto3/data/x/1/resources-1.json") }, `"OfError"`, `"Row"`},
		{"no sources", []string{"A"}, func(files map[string]string) { delete(files, "botocore/handlers.py") }, `"documentation":"gone"`, `"Deep"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := newModelled(t, test.edit).Trim("x", "botocore/data/x/1", Kept{Operations: test.operations})
			if err != nil {
				t.Fatal(err)
			}
			if text := string(got[0].Data); !strings.Contains(text, test.want) || strings.Contains(text, test.not) {
				t.Errorf("%s", text)
			}
		})
	}
}

// TestTrimForClients holds that what only resources read goes where none is made.
func TestTrimForClients(t *testing.T) {
	got, err := newModelled(t, nil).Trim("x", "botocore/data/x/1", Kept{Operations: []string{"A"}, ClientsOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(got[0].Data); strings.Contains(text, `"Row"`) || strings.Contains(text, `"Column"`) || !strings.Contains(text, `"OfError"`) {
		t.Errorf("%s", text)
	}
}

// TestTrimWithoutBoto3 cuts a botocore whose boto3 lies elsewhere: what resources
// that one builds is not known, but for which services it has any.
func TestTrimWithoutBoto3(t *testing.T) {
	for service, kept := range map[string]bool{"sqs": true, "sts": false} {
		in := newModelled(t, func(files map[string]string) {
			for name, content := range files {
				if strings.HasPrefix(name, "boto3/") {
					delete(files, name)
				} else if rest, ok := strings.CutPrefix(name, "botocore/data/x/"); ok {
					files["botocore/data/"+service+"/"+rest] = content
				}
			}
		})
		got, err := in.Trim(service, "botocore/data/"+service+"/1", Kept{Operations: []string{"A"}})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got[0].Data), `"Column"`) != kept {
			t.Errorf("%s: %s", service, got[0].Data)
		}
	}
}

func TestTrimEndpoints(t *testing.T) {
	got, err := newModelled(t, nil).TrimEndpoints([]string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"partitions":[{"partition":"aws","regions":{"r":{}},"services":{"a.b":{"endpoints":{}},"x":{"a":1.50},"s3":{}}},{"services":{}}],"version":3}`
	if got == nil || string(got.Data) != want || got.Path != "botocore/data/endpoints.json" {
		t.Errorf("got %+v", got)
	}
	whole := newModelled(t, func(files map[string]string) { delete(files, "botocore/client.py") })
	if got, err := whole.TrimEndpoints([]string{"x"}); got != nil || err != nil {
		t.Errorf("without sources: %v, %v", got, err)
	}
}

// TestTrimTwice holds that what was trimmed stays as it is, in either form.
func TestTrimTwice(t *testing.T) {
	large := strings.Replace(model, `"Text": {`, `"Text": {"enum": ["`+strings.Repeat("x", plainLimit)+`"],`, 1)
	for _, text := range []string{model, large} {
		var again map[string]string
		for range 3 {
			in := newModelled(t, func(files map[string]string) {
				files["botocore/data/x/1/service-2.json.gz"] = text
				for name, content := range again {
					delete(files, name+".gz")
					files[name] = content
				}
			})
			got, err := in.Trim("x", "botocore/data/x/1", Kept{Operations: []string{"A"}})
			if err != nil {
				t.Fatal(err)
			}
			if again != nil && len(got) > 0 {
				t.Errorf("%s is rewritten again", got[0].Path)
			}
			if again == nil {
				again = map[string]string{}
			}
			for _, r := range got {
				again[r.Path] = plain(t, r)
			}
		}
		_, zipped := again["botocore/data/x/1/service-2.json.gz"]
		if large := len(text) > plainLimit; zipped != large {
			t.Errorf("of %d bytes: compressed is %v", len(text), zipped)
		}
	}
}

func plain(t *testing.T, r Rewritten) string {
	t.Helper()
	if !strings.HasSuffix(r.Path, ".gz") {
		return string(r.Data)
	}
	data, err := unzip(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTrimReportsTheFile(t *testing.T) {
	for _, file := range []string{"service-2.json.gz", "waiters-2.json", "paginators-1.sdk-extras.json", "endpoint-rule-set-1.json"} {
		in := newModelled(t, func(files map[string]string) { files["botocore/data/x/1/"+file] = "{" })
		if _, err := in.Trim("x", "botocore/data/x/1", Kept{Operations: []string{"A"}}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
