package boto

import (
	archive "archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// initializer is as much of botocore/__init__.py as is read.
const initializer = `
__version__ = '1.99.0'
_special_case_transform = re.compile('[A-Z]{2,}s$')
_xform_cache = {
    ('ListHITs', '_'): 'list_hits',
    ('ListHITs', '-'): 'list-hits',
}
`

// base is a small botocore with boto3; the names end in their suffix because
// the content of a .gz is compressed by write.
func base() map[string]string {
	return map[string]string{
		"botocore/__init__.py":         initializer,
		"botocore/utils.py":            "x = 1\nSERVICE_NAME_ALIASES = {'runtime.shop': 'shop-runtime'}\n",
		"botocore/data/_retry.json":    "{}",
		"botocore/data/endpoints.json": "{}",

		"botocore/data/shop/2019-01-01/service-2.json":               `{"operations":{"OldOnly":{}}}`,
		"botocore/data/shop/2020-01-01/service-2.json.gz":            `{"version":"2.0","operations":{"ListHITs":{"name":"x"},"GetARNs":{"endpointoperation":true}},"shapes":{"operations":{"A":1}}}`,
		"botocore/data/shop/2020-01-01/paginators-1.json":            `{"pagination":{"ListHITs":{}}}`,
		"botocore/data/shop/2020-01-01/paginators-1.sdk-extras.json": `{"version":1.0,"merge":{"pagination":{"GetARNs":{}}}}`,
		"botocore/data/shop/2019-01-01/waiters-2.json":               `{"waiters":{"HitExists":{"delay":1,"operation":"OldOnly"}}}`,
		"botocore/data/shop/2019-01-01/endpoint-rule-set-1.json":     `{}`,
		"botocore/data/shop/2018-01-01/examples-1.json":              `{}`,
		"botocore/data/husk/2020-01-01/paginators-1.json":            `{}`,

		"boto3/__init__.py": "__version__ = \"1.98.0\"\n",
		"boto3/data/shop/2019-01-01/resources-1.json": `{
			"service": {
				"actions": {"GetHit": {"request": {"operation": "GetARNs"}}},
				"hasMany": {"Hits": {"request": {"operation": "ListHITs"}}}
			},
			"resources": {"Hit": {
				"identifiers": [{"name": "Id"}],
				"load": {"request": {"operation": "GetARNs"}},
				"actions": {"Id": {"request": {"operation": "OldOnly"}}, "Drop": {"request": {"operation": "DropIt"}}},
				"has": {
					"Drop": {"resource": {"identifiers": [{"source": "data"}]}},
					"Hits": {"resource": {"identifiers": [{"source": "input"}]}}
				},
				"hasMany": {"Drop": {"request": {"operation": "ListHITs"}}},
				"batchActions": {"Drop": {"request": {"operation": "DropAll"}}},
				"waiters": {"Exists": {"waiterName": "HitExists"}, "Gone": {"waiterName": "Unknown"}}
			}}}`,
	}
}

// write puts files below a new folder and opens it.
func write(t testing.TB, root string, files map[string]string) *artifact.Artifact {
	t.Helper()
	dir, all := t.TempDir(), maps.Clone(files)
	for name, content := range all {
		if strings.HasSuffix(name, ".gz") {
			all[name] = string(zip(t, []byte(content)))
		}
	}
	artifacttest.Write(t, filepath.Join(dir, filepath.FromSlash(root)), all)
	return artifacttest.Open(t, dir)
}

func zip(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// only returns the one installation in a.
func only(t testing.TB, a *artifact.Artifact) *Installation {
	t.Helper()
	found, err := Find(a)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("found %d installations", len(found))
	}
	return found[0]
}

func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func TestFind(t *testing.T) {
	for _, root := range []string{"", "python", "python/lib/python3.12/site-packages"} {
		a := write(t, root, base())
		in := only(t, a)
		equal(t, "root", in.Root, root)
		equal(t, "versions", in.Botocore+" "+in.Boto3, "1.99.0 1.98.0")
		equal(t, "services", in.Services(), []string{"shop"})
		equal(t, "aliases", in.Aliases(), map[string]string{"runtime.shop": "shop-runtime"})
		if _, err := in.Service("shop"); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(in.Source(), "botocore 1.99.0 in "+a.Path()) || !strings.HasSuffix(in.Source(), root) {
			t.Error(in.Source())
		}
	}
}

func TestFindInZip(t *testing.T) {
	file := filepath.Join(t.TempDir(), "layer.zip")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := archive.NewWriter(f)
	for name, content := range base() {
		data := []byte(content)
		if strings.HasSuffix(name, ".gz") {
			data = zip(t, data)
		}
		entry, err := w.Create("python/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	in := only(t, artifacttest.Open(t, file))
	s, err := in.Service("shop")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "root", in.Root, "python")
	equal(t, "operations", len(s.Operations), 3)
	equal(t, "source", in.Source(), "botocore 1.99.0 in "+file+"/python")
}

// A boto3 that lies elsewhere still calls its operations.
func TestResourceWithoutBoto3(t *testing.T) {
	files := base()
	without(files, "boto3/")
	files["botocore/data/dynamodb/2012-08-10/service-2.json"] = `{"operations":{"DescribeTable":{}}}`
	in := only(t, write(t, "", files))
	for name, want := range map[string][]string{"dynamodb": {"DescribeTable"}, "shop": nil} {
		s, err := in.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if s.Resource != nil {
			got = s.Resource.Load
		}
		equal(t, name, got, want)
	}
}

func TestFindVariants(t *testing.T) {
	for name, c := range map[string]struct {
		change func(files map[string]string)
		want   []string // root, botocore, boto3
	}{
		"several": {func(f map[string]string) {
			f["awscli/botocore/__init__.py"] = strings.ReplaceAll(initializer, "1.99.0", "2.0.0")
			f["awscli/botocore/data/s3/2006-03-01/service-2.json"] = "{}"
		}, []string{": 1.99.0 1.98.0", "awscli: 2.0.0 "}},
		"boto3 alone": {func(f map[string]string) {
			without(f, "botocore/")
		}, []string{":  1.98.0"}},
		"botocore alone": {func(f map[string]string) {
			without(f, "boto3/")
		}, []string{": 1.99.0 "}},
		"no data": {func(f map[string]string) {
			without(f, "botocore/data/")
			without(f, "boto3/")
		}, nil},
		"data alone": {func(f map[string]string) {
			delete(f, "botocore/__init__.py")
			without(f, "boto3/")
		}, nil},
		"version from dist-info": {func(f map[string]string) {
			f["botocore/__init__.py"] = strings.ReplaceAll(initializer, "__version__", "version")
			f["botocore-1.97.0.dist-info/METADATA"] = ""
			f["boto3/__init__.py"] = ""
		}, []string{": 1.97.0 unknown"}},
		"bytecode only": {func(f map[string]string) {
			delete(f, "botocore/__init__.py")
			f["botocore/__init__.pyc"] = "\x00"
			f["botocore-1.96.0.dist-info/METADATA"] = ""
		}, []string{": 1.96.0 1.98.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := base()
			c.change(files)
			found, err := Find(write(t, "", files))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, in := range found {
				got = append(got, in.Root+": "+in.Botocore+" "+in.Boto3)
			}
			equal(t, "found", got, c.want)
		})
	}
}

// without removes the files whose path begins with prefix.
func without(files map[string]string, prefix string) {
	for name := range files {
		if strings.HasPrefix(name, prefix) {
			delete(files, name)
		}
	}
}

func TestLayout(t *testing.T) {
	in := only(t, write(t, "python", base()))
	equal(t, "versions", in.Versions("shop"), []string{"2018-01-01", "2019-01-01", "2020-01-01"})
	equal(t, "resource versions", in.ResourceVersions("shop"), []string{"2019-01-01"})
	equal(t, "reachable", in.ReachableVersions("shop", true), []string{"2018-01-01", "2019-01-01", "2020-01-01"})
	for typeName, want := range map[string]string{
		TypeService: "2020-01-01", TypePaginators: "2020-01-01", TypeWaiters: "2019-01-01",
		TypeEndpoints: "2019-01-01", TypeResources: "2019-01-01", "waiters-1": "",
	} {
		equal(t, typeName, in.Newest("shop", typeName), want)
	}
	models := in.Models("shop")
	var dirs []string
	for _, m := range models {
		dirs = append(dirs, m.Dir)
	}
	equal(t, "models", dirs, []string{
		"python/botocore/data/shop/2018-01-01", "python/botocore/data/shop/2019-01-01",
		"python/botocore/data/shop/2020-01-01", "python/boto3/data/shop/2019-01-01",
	})
	equal(t, "types", models[2].Types(), []string{"paginators-1", "service-2"})
	equal(t, "files", len(models[2].Files), 3)
	equal(t, "of a service that is not there", len(in.Models("none")), 0)
}

func TestService(t *testing.T) {
	in := only(t, write(t, "", base()))
	s, err := in.Service("shop")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "operations", s.Operations, []Operation{{"GetARNs", "get_arns"}, {"ListHITs", "list_hits"}, {"OldOnly", "old_only"}})
	equal(t, "paginators", s.Paginators, []string{"GetARNs", "ListHITs"})
	equal(t, "discovery", s.Discovery, []string{"GetARNs"})
	equal(t, "waiters", s.Waiters, []Waiter{{"HitExists", "hit_exists", "OldOnly"}})
	equal(t, "resource", *s.Resource, Resource{
		Names: map[string][]string{
			"load": {"GetARNs"}, "reload": {"GetARNs"}, "get_hit": {"GetARNs"}, "hits": {"ListHITs"},
			"id_action": {"OldOnly"}, "drop": {"DropAll", "DropIt"}, "drop_collection": {"ListHITs"},
			"wait_until_exists": {"OldOnly"},
		},
		Load: []string{"GetARNs"},
	})
	operation, ok := s.Method("get_arns")
	equal(t, "method", operation, Operation{"GetARNs", "get_arns"})
	equal(t, "known", []bool{ok, s.Has("GetARNs"), s.Has("get_arns")}, []bool{true, true, false})
	if _, ok := s.Method("GetARNs"); ok {
		t.Error("an API name is not a method")
	}
	again, _ := in.Service("shop")
	if again != s {
		t.Error("a service is read twice")
	}
	for _, name := range []string{"none", "husk", ""} {
		if _, err := in.Service(name); err == nil {
			t.Errorf("service %q exists", name)
		}
	}
}

// A plain model hides a compressed one, as in JSONFileLoader.
func TestPlainBeforeCompressed(t *testing.T) {
	files := base()
	files["botocore/data/shop/2020-01-01/service-2.json"] = `{"operations":{"Plain":{}}}`
	s, err := only(t, write(t, "", files)).Service("shop")
	if err != nil {
		t.Fatal(err)
	}
	if !s.Has("Plain") || s.Has("GetARNs") {
		t.Error(s.Operations)
	}
}

func TestExtraChangesWaiter(t *testing.T) {
	files := base()
	files["botocore/data/shop/2019-01-01/waiters-2.sdk-extras.json"] = `{"merge":{"waiters":{"HitExists":{"operation":"GetARNs"}}}}`
	s, err := only(t, write(t, "", files)).Service("shop")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "waiters", s.Waiters, []Waiter{{"HitExists", "hit_exists", "GetARNs"}})
}

func TestMalformed(t *testing.T) {
	for name, c := range map[string]struct{ file, content, want string }{
		"cut off":         {"botocore/data/shop/2020-01-01/service-2.json", `{"operations":{"A":{}}`, "service-2.json: byte 22: unexpected end"},
		"cut after it":    {"botocore/data/shop/2020-01-01/service-2.json", `{"operations":{"A":{}},"shapes":{`, "unexpected end"},
		"not an object":   {"botocore/data/shop/2020-01-01/service-2.json", `[]`, "service-2.json: byte 0: not an object"},
		"operations list": {"botocore/data/shop/2020-01-01/service-2.json", `{"operations":[]}`, "not an object"},
		"two documents":   {"botocore/data/shop/2020-01-01/service-2.json", `{}{}`, "text after the end"},
		"old version":     {"botocore/data/shop/2019-01-01/service-2.json", `{`, "2019-01-01/service-2.json"},
		"not UTF-8":       {"botocore/data/shop/2020-01-01/paginators-1.json", "{\"\xff\":1}", "paginators-1.json: not UTF-8"},
		"waiter":          {"botocore/data/shop/2019-01-01/waiters-2.json", `{"waiters":{"A":{"operation":1}}}`, "waiters-2.json"},
		"extra":           {"botocore/data/shop/2020-01-01/paginators-1.sdk-extras.json", `{"merge":null}`, "sdk-extras.json"},
		"resource":        {"boto3/data/shop/2019-01-01/resources-1.json", `{"resources":[]}`, "boto3/data/shop/2019-01-01/resources-1.json"},
	} {
		t.Run(name, func(t *testing.T) {
			files := base()
			files[c.file] = c.content
			_, err := only(t, write(t, "", files)).Service("shop")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestMalformedGzip(t *testing.T) {
	const file = "botocore/data/shop/2020-01-01/service-2.json.gz"
	whole := zip(t, []byte(`{"operations":{"A":{}}}`))
	for _, data := range [][]byte{{}, whole[:5], whole[:len(whole)-3], []byte("{}")} {
		a := write(t, "", base()).With(artifact.Edits{file: data})
		_, err := only(t, a).Service("shop")
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: got %v", data, err)
		}
	}
}

func TestMalformedSources(t *testing.T) {
	for file, content := range map[string]string{
		"botocore/__init__.py": strings.Replace(initializer, "[A-Z]{2,}s$", "[A-Z]+s$", 1),
		"botocore/utils.py":    "SERVICE_NAME_ALIASES = {'a': f()}\n",
	} {
		files := base()
		files[file] = content
		_, err := Find(write(t, "python", files))
		if err == nil || !strings.HasPrefix(err.Error(), "python/"+file+": ") {
			t.Errorf("got %v", err)
		}
	}
}

func TestFamily(t *testing.T) {
	files := base()
	files["awscli/botocore/__init__.py"] = initializer
	files["awscli/botocore/data/s3/2006-03-01/service-2.json"] = "{}"
	found, err := Find(write(t, "", files))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"botocore/client.py": "botocore", "boto3/s3/inject.py": "boto3", "s3transfer/manager.py": "s3transfer",
		"aiobotocore/client.py": "aiobotocore", "awscli/botocore/client.py": "botocore",
		"app.py": "", "boto3.py": "", "lib/boto3/session.py": "", "awscli/clidriver.py": "", "botocore-1.99.0.dist-info/METADATA": "",
	} {
		equal(t, file, Family(found, file), want)
	}
	layer, err := Find(write(t, "python", base()))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "below the root", Family(layer, "python/botocore/client.py"), "botocore")
	equal(t, "beside the root", Family(layer, "botocore/client.py"), "")
}

func TestDict(t *testing.T) {
	for source, want := range map[string][]entry{
		"":                          nil,
		"X = {}":                    nil,
		" X = {'a': 'b'}":           nil, // not at the start of a line
		"X = {'a': 'b'}":            {{[]string{"a"}, "b"}},
		"X={\"a\" :\n'b' , # c}\n}": {{[]string{"a"}, "b"}},
		"Y = 1\nX = {\n  ('a', 'b',): ('c'),\n  ('d',\n 'e'): 'f'}": {{[]string{"a", "b"}, "c"}, {[]string{"d", "e"}, "f"}},
	} {
		got, err := dict([]byte(source), "X")
		if err != nil {
			t.Errorf("%s: %v", source, err)
		}
		equal(t, source, got, want)
	}
	for _, source := range []string{
		"X = {", "X = {'a'", "X = {'a':", "X = {'a': 'b'", "X = {'a': 'b' 'c'}", "X = {'a': b}", "X = {**Y}",
		"X = {'a\\x': 'b'}", "X = {'a': '''b'''}", "X = {('a' 'b'): 'c'}", "X = {(a): 'b'}", "X = {'a': ('b', 'c')}", "X = {'a\n': 'b'}", "X = {('",
	} {
		if got, err := dict([]byte(source), "X"); err == nil {
			t.Errorf("%s: read as %v", source, got)
		}
	}
	_, err := dict([]byte("\n\nX = {\n1}"), "X")
	if err == nil || !strings.HasPrefix(err.Error(), "line 4: ") {
		t.Error(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	in := only(t, write(t, "", base()))
	services := make(chan *Service)
	for range 8 {
		go func() {
			s, _ := in.Service("shop")
			services <- s
		}()
	}
	var all []*Service
	for range 8 {
		all = append(all, <-services)
	}
	if slices.Contains(all, nil) || len(slices.Compact(all)) != 1 {
		t.Error("not one service")
	}
}

// TestCatalogOf joins two copies of botocore that differ in one service.
func TestCatalogOf(t *testing.T) {
	files := map[string]string{}
	for root, operations := range map[string]string{"a/": `{"GetItem":{},"Zap":{}}`, "b/": `{"AddItem":{"endpointoperation":true},"GetItem":{}}`} {
		files[root+"botocore/__init__.py"] = initializer
		files[root+"botocore/data/shop/2020-01-01/service-2.json"] = `{"operations":` + operations + `}`
	}
	found, err := Find(write(t, "", files))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "copies", len(found), 2)
	catalog := CatalogOf(found)
	s, err := catalog.Service("shop")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "operations", s.Operations, []Operation{{"AddItem", "add_item"}, {"GetItem", "get_item"}, {"Zap", "zap"}})
	equal(t, "discovery", s.Discovery, []string{"AddItem"})
	for name, want := range map[string]string{
		"shop": "shop,", "shop:zap": "shop,Zap", "shop:GetItem": "shop,GetItem", "shop:*": "shop,*",
	} {
		service, operation, err := Resolve(catalog, name)
		if err != nil {
			t.Error(err)
		}
		equal(t, name, service+","+operation, want)
	}
	for name, want := range map[string]string{"shoop": `no service "shoop" in `, "shop:drop": `shop has no operation "drop" in `} {
		if _, _, err := Resolve(catalog, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}

// TestNamingDeferred reads the rules from a line that the pass imports has written.
func TestNamingDeferred(t *testing.T) {
	for _, line := range []string{
		`_special_case_transform = re.compile('[A-Z]{2,}s$')`,
		`_coldcut = __import__("_coldcut_imports").Names(globals()); _coldcut_2 = _coldcut.value("_coldcut_2", "_special_case_transform", lambda: ( re.compile('[A-Z]{2,}s$')))`,
		`_coldcut_2 = _coldcut.value("_coldcut_2", "_special_case_transform", lambda: ( (_coldcut_names[1]() or re if _coldcut_1 is not None else re).compile('[A-Z]{2,}s$')))`,
	} {
		if _, err := readNaming([]byte("import re\n" + line + "\n_xform_cache = {\n}\n")); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
