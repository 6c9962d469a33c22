package main

import (
	"maps"
	"testing"
)

// TestPieces holds that each test of each file is in one piece, that none is too large,
// and that the last one of a file has no end.
func TestPieces(t *testing.T) {
	counts := map[string]int{"a": 3, "b": 4, "c": 25, "d": 10, "e": 1, "f": 0}
	const most = 10
	seen := map[string]int{}
	ends := map[string]int{}
	names := map[string]bool{}
	for _, p := range pieces(counts, most) {
		names[p.name()] = true
		size := 0
		for _, file := range p.files {
			last := p.last
			if last == 0 {
				last = counts[file]
				ends[file]++
			}
			if len(p.files) > 1 && (p.first != 0 || p.last != 0) {
				t.Errorf("%v are cut", p)
			}
			if seen[file] != p.first {
				t.Errorf("%s goes on at %d, where %d were seen", file, p.first, seen[file])
			}
			seen[file] = last
			size += last - p.first
		}
		if size > most {
			t.Errorf("%v has %d tests", p, size)
		}
	}
	if !maps.Equal(seen, counts) {
		t.Errorf("saw %v of %v", seen, counts)
	}
	if len(names) != len(pieces(counts, most)) {
		t.Errorf("%d names", len(names))
	}
	for file := range counts {
		if ends[file] != 1 {
			t.Errorf("%s has %d ends", file, ends[file])
		}
	}
	if got := (piece{files: []string{"a"}, first: 3, last: 6}).places(); got != "3:6" {
		t.Error(got)
	}
}
