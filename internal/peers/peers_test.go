package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	get, put := use{"s3", "GetObject"}, use{"dynamodb", "PutItem"}
	doubt := regexp.MustCompile("not sure")
	for _, c := range []struct {
		name, output string
		uses         []use
		want         verdict
	}{
		{"a policy's action", `"s3:GetObject"`, []use{get}, finds},
		{"a method", "s3: get_object", []use{get}, finds},
		{"as the command line has it", `"s3api:GetObject"`, []use{get}, finds},
		{"as people write it", "Amazon S3\nDynamoDB get_object put_item", []use{get, put}, finds},
		{"all operations", "s3:*", []use{get}, finds},
		{"any operation is wanted", "s3", []use{{"s3", "*"}}, finds},
		{"the service alone", "s3:ListBucket", []use{get}, serviceOnly},
		{"part of a word", "s3control get_object_acl", []use{get}, misses},
		{"one of two services", "s3:GetObject", []use{get, put}, misses},
		{"the operation alone", "get_object", []use{get}, misses},
		{"doubt", "not sure", []use{get}, cannotTell},
		{"doubt beside what is found", "not sure, s3:GetObject", []use{get}, finds},
		{"doubt where nothing can be known", "not sure", nil, cannotTell},
		{"silence where nothing can be known", "", nil, misses},
		{"a wrong guess where nothing can be known", "s3:GetObject", nil, misses},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judge(c.output, c.uses, doubt); got != c.want {
				t.Errorf("%q is judged %q, want %q", c.output, got, c.want)
			}
		})
	}
}

func TestMethod(t *testing.T) {
	for operation, want := range map[string]string{"GetObject": "get_object", "Publish": "publish", "BatchWriteItem": "batch_write_item"} {
		if got := method(operation); got != want {
			t.Errorf("method(%q) = %q, want %q", operation, got, want)
		}
	}
}

func TestRender(t *testing.T) {
	tools := []tool{{name: "a", version: "1", purpose: "p", command: "c"}, {name: "b"}}
	programs := []program{{title: "one"}, {title: "two"}}
	var out strings.Builder
	render(&out, tools, programs, map[string][]verdict{"a": {finds, misses}, "b": {cannotTell, fails}})
	for _, line := range []string{
		"| a | 1 | p | c | 1 | 0 | 0 | 0 | 1 |",
		"| b |  |  |  | 0 | 0 | 1 | 1 | 0 |",
		"| idiom | a | b |",
		"| one | finds | cannot tell |",
		"| two | – | fails |",
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("%q is not in\n%s", line, out.String())
		}
	}
}

// Each program has a title of its own, and says what it uses or that this cannot be
// known; coldcut finds it or says so.
func TestPrograms(t *testing.T) {
	programs, err := load("idioms")
	if err != nil {
		t.Fatal(err)
	}
	if len(programs) < 60 {
		t.Errorf("only %d programs", len(programs))
	}
	titles := map[string]bool{}
	for _, p := range programs {
		if p.title == "" || titles[p.title] {
			t.Errorf("%s: its title %q is not its own", p.dir, p.title)
		}
		titles[p.title] = true
		v, err := coldcut.ask(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if v != finds && v != cannotTell || len(p.uses) == 0 && v != cannotTell {
			t.Errorf("%s: coldcut %s", p.dir, v)
		}
	}
}
