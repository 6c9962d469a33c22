package python

import (
	"fmt"
	"sort"
)

// SyntaxError says where a source stops being Python. Line and Column are
// counted as File.Position counts them.
type SyntaxError struct {
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Position returns the line and the column of an offset into Text. Both begin
// at 1; a column counts bytes of UTF-8, and is CPython's col_offset plus one.
func (f *File) Position(offset uint32) (line, column int) {
	f.linesOnce.Do(func() { f.lines = lineStarts(f.Text) })
	line = sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset })
	return line, int(offset-f.lines[line-1]) + 1
}

// lineStarts returns the offset of every line of text, whose lines may end in
// \n, \r or \r\n.
func lineStarts(text []byte) []uint32 {
	starts := []uint32{0}
	for i, b := range text {
		if b == '\n' || b == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			starts = append(starts, uint32(i+1))
		}
	}
	return starts
}
