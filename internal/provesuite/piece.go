package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// piece is a part of a suite that is run at a time: whole files, or the tests of one
// large file from one place to another.
type piece struct {
	files []string
	first int
	last  int // 0 is the end
}

// pieces divides a suite by the number of tests in each file. However a file is divided,
// its last piece has no end: tests that only the other side has are run as well.
func pieces(counts map[string]int, most int) []piece {
	var all []piece
	var small piece
	size := 0
	flush := func() {
		if len(small.files) > 0 {
			all = append(all, small)
		}
		small, size = piece{}, 0
	}
	for _, file := range slices.Sorted(maps.Keys(counts)) {
		n := counts[file]
		if n > most {
			for first := 0; first < n; first += most {
				p := piece{files: []string{file}, first: first, last: first + most}
				if p.last >= n {
					p.last = 0
				}
				all = append(all, p)
			}
			continue
		}
		if size+n > most {
			flush()
		}
		small.files = append(small.files, file)
		size += n
	}
	flush()
	return all
}

// places tells the plugin which tests of the files are meant.
func (p piece) places() string {
	if p.last == 0 {
		return fmt.Sprintf("%d:", p.first)
	}
	return fmt.Sprintf("%d:%d", p.first, p.last)
}

// name is a name of a file that no other piece has.
func (p piece) name() string {
	sum := sha256.Sum256([]byte(strings.Join(p.files, "\n") + "\n" + p.places()))
	return hex.EncodeToString(sum[:])[:16]
}
