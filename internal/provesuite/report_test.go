package main

import (
	"slices"
	"strings"
	"testing"
)

const report = `<?xml version="1.0"?><testsuites><testsuite name="pytest">
<testcase classname="tests.a" name="one" time="0"/>
<testcase classname="tests.a" name="one" time="0"><failure message="boom">long</failure></testcase>
<testcase classname="tests.a" name="two"><skipped message="not here"/></testcase>
<testcase classname="tests.b" name="three[/packages/slim/a.py]"><error message="worse"/></testcase>
</testsuite></testsuites>`

func TestReport(t *testing.T) {
	got, err := readReport(strings.NewReader(report), "/packages/slim")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]outcome{
		"tests.a::one": {"passed", ""}, "tests.a::one#2": {"failed", "boom"},
		"tests.a::two": {"skipped", "not here"}, "tests.b::three[PACKAGE/a.py]": {"failed", "worse"},
	}
	if d := diff(want, got); len(got) != len(want) || len(d) > 0 {
		t.Errorf("read %v: %v", got, d)
	}
}

func TestDiff(t *testing.T) {
	whole := map[string]outcome{"a": {"passed", ""}, "b": {"failed", "x"}, "c": {"skipped", ""}, "d": {"passed", ""}}
	deferred := map[string]outcome{"a": {"failed", "late"}, "b": {"failed", "y"}, "c": {"skipped", ""}, "e": {"passed", ""}}
	want := []string{
		"a: passed, with imports deferred failed: late",
		"d: not run with imports deferred",
		"e: run with imports deferred alone",
	}
	if got := diff(whole, deferred); !slices.Equal(got, want) {
		t.Errorf("differ in %q, want %q", got, want)
	}
}
