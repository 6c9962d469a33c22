package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestOnce(t *testing.T) {
	dir := t.TempDir()
	did := 0
	do := func() error { did++; return nil }
	killed := errors.New("killed")
	steps := []struct {
		name   string
		inputs key
		do     func() error
		did    int
		err    error
	}{
		{"first", "a", do, 1, nil},
		{"done already", "a", do, 1, nil},
		{"other inputs", "b", do, 2, nil},
		{"the first inputs again", "a", do, 3, nil},
		{"ends in the middle", "c", func() error { return killed }, 3, killed},
		{"what was there is gone", "a", do, 4, nil},
	}
	for _, step := range steps {
		if err := once(dir, "step", step.inputs, step.do); !errors.Is(err, step.err) {
			t.Errorf("%s: error %v, want %v", step.name, err, step.err)
		}
		if did != step.did {
			t.Errorf("%s: done %d times, want %d", step.name, did, step.did)
		}
	}
}

// TestOnceTorn takes a key that was not written to its end for none.
func TestOnceTorn(t *testing.T) {
	dir := t.TempDir()
	inputs := keyOf("input")
	if err := os.WriteFile(filepath.Join(dir, "step.key"), []byte(inputs[:10]), 0o644); err != nil {
		t.Fatal(err)
	}
	did := false
	if err := once(dir, "step", inputs, func() error { did = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if !did {
		t.Error("a step with a torn key counts as done")
	}
}

func TestKeyOf(t *testing.T) {
	same := []string{"a", "b"}
	if keyOf(same) != keyOf([]string{"a", "b"}) {
		t.Error("equal inputs have different keys")
	}
	for name, other := range map[string]key{
		"moved boundary": keyOf("ab", ""), "order": keyOf("b", "a"), "a list": keyOf([]string{"a", "b"}), "less": keyOf("a"),
	} {
		if other == keyOf("a", "b") {
			t.Errorf("%s: different inputs have one key", name)
		}
	}
}

func TestShard(t *testing.T) {
	for text, want := range map[string]shard{"1/1": {1, 1}, "2/3": {2, 3}} {
		var s shard
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%q is %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "1", "0/2", "3/2", "1/2/3", "1/2x", "a/b", "-1/2"} {
		var s shard
		if err := s.Set(text); err == nil {
			t.Errorf("%q passes as %v", text, s)
		}
	}
}

// TestShards holds the parts to be the whole, each program once.
func TestShards(t *testing.T) {
	for count := 1; count <= len(programs)+1; count++ {
		seen := map[string]int{}
		for index := 1; index <= count; index++ {
			part := shard{index, count}
			for _, p := range part.of(programs) {
				seen[p.name]++
			}
		}
		for _, p := range programs {
			if seen[p.name] != 1 {
				t.Errorf("in %d parts %s is taken %d times", count, p.name, seen[p.name])
			}
		}
	}
}

func TestChoose(t *testing.T) {
	all, err := choose(programs, shard{}, nil)
	if err != nil || len(all) != len(programs) {
		t.Errorf("without names %d of %d are chosen, %v", len(all), len(programs), err)
	}
	one, err := choose(programs, shard{}, []string{"zappa"})
	if err != nil || len(one) != 1 || one[0].name != "zappa" {
		t.Errorf("zappa chooses %v, %v", one, err)
	}
	if _, err := choose(programs, shard{}, []string{"zapper"}); err == nil {
		t.Error("a program that does not exist is chosen")
	}
}
