package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// inLayers packs what pip installed as two layers, boto's own packages and what they
// require, and writes a function beside them.
func (r *reality) inLayers(t *testing.T, dir string) (function, boto, rest string) {
	t.Helper()
	files, err := contents(r.installed)
	if err != nil {
		t.Fatal(err)
	}
	layers := map[bool][]content{}
	for _, f := range files {
		first, _, _ := strings.Cut(f.name, "/")
		name, _, _ := strings.Cut(first, "-")
		own := name == "boto3" || name == "botocore"
		f.name = "python/" + f.name
		layers[own] = append(layers[own], f)
	}
	function, boto, rest = filepath.Join(dir, "task"), filepath.Join(dir, "boto.zip"), filepath.Join(dir, "rest.zip")
	write(t, filepath.Join(function, "app.py"), queueHandler)
	for name, files := range map[string][]content{boto: layers[true], rest: layers[false]} {
		if err := writeZip(name, files); err != nil {
			t.Fatal(err)
		}
	}
	return function, boto, rest
}

// TestStack cuts a layer that needs another one to be imported, and holds the stack of
// both with the function to the stack as it was.
func TestStack(t *testing.T) {
	slowly(t)
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	function, boto, rest := r.inLayers(t, dir)
	slim := filepath.Join(dir, "slim.zip")
	args := []string{"slim", boto, "-o", slim, "--sources", function, "--python", r.python.Language(), "--lock=" + filepath.Join(dir, "coldcut.lock")}
	if _, stderr, code := coldcut(t, args...); code != exitFailed || !strings.Contains(stderr, "cannot verify what was cut") {
		t.Errorf("without the other layer nothing can be imported, and the exit code is %d: %s", code, stderr)
	}
	if text := cut(t, append(args, "--layer", rest)...); !strings.Contains(text, " cases the same, 0 different") {
		t.Errorf("not proven: %s", text)
	}
	before, after := []string{"--fat-layer", boto, "--fat-layer", rest}, []string{"--slim-layer", slim, "--slim-layer", rest}
	text := cut(t, append(append([]string{"verify", function, function, "--services", "sqs", "--format", "json"}, before...), after...)...)
	var doc struct {
		Same, Differs int
		Services      map[string][]string
		Fat           []string `json:"fat_layers"`
		Slim          []string `json:"slim_layers"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Same == 0 || doc.Differs != 0 || len(doc.Services["sqs"]) != 1 || !slices.Equal(doc.Fat, []string{boto, rest}) || !slices.Equal(doc.Slim, []string{slim, rest}) {
		t.Errorf("%+v", doc)
	}

	// The layers alone are a stack as well.
	cut(t, "verify", boto, slim, "--layer", rest, "--services", "sqs")

	// What is damaged in a layer below shows.
	damaged := filepath.Join(dir, "damaged")
	unzip(t, rest, damaged)
	write(t, filepath.Join(damaged, "python", "jmespath", "__init__.py"), "def compile(expression, options=None): raise ValueError(expression)\ndef search(expression, data, options=None): raise ValueError(expression)\n")
	stdout, _, code := coldcut(t, "verify", function, function, "--services", "sqs", "--fat-layer", boto, "--fat-layer", rest, "--slim-layer", slim, "--slim-layer", damaged)
	if code != exitGate || !strings.Contains(stdout, "--fat-layer "+boto+" --fat-layer "+rest+" --slim-layer "+slim+" --slim-layer "+damaged) {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// TestStackShadows compares a function that brings a boto of its own before that of its
// layer: it is the one that runs, and this is said.
func TestStackShadows(t *testing.T) {
	slowly(t)
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	function, boto, rest := r.inLayers(t, dir)
	own := filepath.Join(dir, "own")
	r.pack(t, own)
	write(t, filepath.Join(own, "app.py"), queueHandler)
	text := cut(t, "verify", own, own, "--services", "sqs", "--layer", rest, "--fat-layer", boto)
	if !strings.Contains(text, "is never imported: ") || !strings.Contains(text, "comes first, in /var/task") {
		t.Errorf("nothing is said of the layer's own: %s", text)
	}
	// Cut, the function's layer is compared by itself.
	slim := filepath.Join(dir, "slim.zip")
	text = cut(t, "slim", boto, "-o", slim, "--sources", function, "--layer", rest, "--layer", own, "--python", r.python.Language())
	if !strings.Contains(text, " cases the same, 0 different") {
		t.Errorf("not proven: %s", text)
	}
}

// TestStackPath holds what Lambda's Python looks into, in its order.
func TestStackPath(t *testing.T) {
	// open makes a package of files, of which those that end in a slash are folders with a
	// boto in them.
	open := func(files ...string) *artifact.Artifact {
		dir := t.TempDir()
		for _, name := range files {
			if at := filepath.Join(dir, filepath.FromSlash(name)); !strings.HasSuffix(name, "/") {
				write(t, at, "")
			} else if err := installTiny(at); err != nil {
				t.Fatal(err)
			}
		}
		return artifacttest.Open(t, dir)
	}
	const twelve, thirteen = "python/lib/python3.12/site-packages/", "python/lib/python3.13/site-packages/"
	tests := []struct {
		name     string
		pkg      []string
		layers   [][]string
		python   string
		path     string // empty if it cannot be told
		botocore string
	}{
		{"a function with a layer", []string{"app.py"}, [][]string{{"python/"}}, "", "var/task opt/python", "opt/python"},
		{"a function that has its own", []string{"app.py", "/"}, [][]string{{"python/"}}, "", "var/task opt/python", "var/task"},
		{"a folder of one Python", []string{"app.py"}, [][]string{{twelve}, {"python/"}}, "", "var/task opt/" + twelve + " opt/python", "opt/" + twelve},
		{"a folder of another Python", []string{"app.py"}, [][]string{{twelve}, {"python/"}}, "3.13", "var/task opt/python", "opt/python"},
		{"folders of two", []string{"app.py"}, [][]string{{twelve}, {thirteen}}, "3.13", "var/task opt/" + thirteen + " opt/python", "opt/" + thirteen},
		{"folders of two, and neither is named", []string{"app.py"}, [][]string{{twelve}, {thirteen}}, "", "", ""},
		{"layers alone", []string{"python/helper.py"}, [][]string{{"python/"}}, "", "var/task opt/python", "opt/python"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var layers []*artifact.Artifact
			for _, files := range test.layers {
				layers = append(layers, open(files...))
			}
			s, err := stackOf(open(test.pkg...), layers, artifact.Options{})
			if err != nil {
				t.Fatal(err)
			}
			path, err := s.path(test.python)
			if test.path == "" {
				if err == nil {
					t.Errorf("it is %v", path)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.ReplaceAll(test.path, "/ ", " "); strings.Join(path, " ") != want {
				t.Errorf("the path is %v, not %s", path, want)
			}
			botocore, err := s.botocore(path)
			if want := strings.TrimSuffix(test.botocore, "/"); err != nil || botocore != want {
				t.Errorf("botocore is imported from %s, not from %s (%v)", botocore, want, err)
			}
			if test.name == "layers alone" {
				if _, there := s.tree.Lookup("opt/python/helper.py"); !there {
					t.Error("the first layer was taken for the function")
				}
			}
		})
	}
}
