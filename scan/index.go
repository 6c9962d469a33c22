package scan

import "math/bits"

// index finds the files in which a word stands. The words of all files lie in
// buckets by the first bits of their hashes, each bucket in the order of the files:
// to build that takes two passes, where sorting a million words would take longer
// than parsing the files did.
type index struct {
	shift  int
	starts []uint32 // of each bucket, and the end of the last
	hashes []uint64
	files  []uint32
}

// perBucket is how many words a bucket holds on average.
const perBucket = 4

func newIndex(files []*file) *index {
	total := 0
	for _, f := range files {
		total += len(f.words)
	}
	width := bits.Len(uint(total / perBucket))
	x := &index{
		shift: 64 - width, starts: make([]uint32, 1<<width+1),
		hashes: make([]uint64, total), files: make([]uint32, total),
	}
	for _, f := range files {
		for _, h := range f.words {
			x.starts[h>>x.shift+1]++
		}
	}
	for i := range 1 << width {
		x.starts[i+1] += x.starts[i]
	}
	next := make([]uint32, 1<<width)
	copy(next, x.starts)
	for i, f := range files {
		for _, h := range f.words {
			at := &next[h>>x.shift]
			x.hashes[*at], x.files[*at] = h, uint32(i)
			*at++
		}
	}
	return x
}

// with lists the places of the files that have the word, in their order.
func (x *index) with(h uint64) []uint32 {
	var out []uint32
	bucket := h >> x.shift
	for i := x.starts[bucket]; i < x.starts[bucket+1]; i++ {
		if x.hashes[i] == h {
			out = append(out, x.files[i])
		}
	}
	return out
}
