// Package importtime reads what `python -X importtime` says of a start, and makes one
// tree of several.
//
// CPython writes a line for each module when its import is done, so children come
// before their parents, two blanks deeper each
// (https://docs.python.org/3/using/cmdline.html#cmdoption-X). The times are those of
// the clock, with what the report itself costs in them: compare them with one another.
package importtime

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Module is an imported module and what it was the first to import.
type Module struct {
	Name string
	// Self is what the module took without those that it imported.
	Self time.Duration
	// Imports are in the order in which they were done.
	Imports []*Module
}

// Cumulative is what the module took with all that it was the first to import.
func (m *Module) Cumulative() time.Duration {
	sum := m.Self
	for _, i := range m.Imports {
		sum += i.Cumulative()
	}
	return sum
}

// mark begins the lines of the report.
const mark = "import time:"

// maxDepth bounds the depth that is believed of a line. Python itself ends at about
// a thousand frames, of which an import takes several.
const maxDepth = 1000

// Parse reads what Python wrote to its standard error. Lines that are no part of the
// report are passed over: the program writes there too, even into the same line.
// The error is that of the reader.
func Parse(r io.Reader) ([]*Module, error) {
	var open [][]*Module // by depth, what waits for the module that imported it
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if m, depth, ok := parseLine(line); ok {
			for len(open) <= depth+1 {
				open = append(open, nil)
			}
			// What is deeper than a child has lost the line of its parent.
			for len(open) > depth+2 {
				last := len(open) - 1
				open[last-1] = append(open[last-1], open[last]...)
				open = open[:last]
			}
			m.Imports, open[depth+1] = open[depth+1], nil
			open[depth] = append(open[depth], m)
		}
		if err == io.EOF {
			return slices.Concat(open...), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// parseLine reads a line such as "import time:       123 |        456 |   name".
func parseLine(line []byte) (m *Module, depth int, ok bool) {
	at := bytes.LastIndex(line, []byte(mark))
	if at < 0 {
		return nil, 0, false
	}
	cells := strings.SplitN(strings.TrimRight(string(line[at+len(mark):]), "\r\n"), "|", 3)
	if len(cells) != 3 {
		return nil, 0, false
	}
	self, err := strconv.ParseInt(strings.TrimSpace(cells[0]), 10, 40) // microseconds, of some days at most
	if err != nil || self < 0 {
		return nil, 0, false // the head of the columns
	}
	name := strings.TrimLeft(cells[2], " ")
	depth = (len(cells[2]) - len(name) - 1) / 2
	if name == "" || depth < 0 || depth > maxDepth {
		return nil, 0, false
	}
	return &Module{Name: name, Self: time.Duration(self) * time.Microsecond}, depth, true
}

// Merge makes one tree of those of several starts of the same program: each module
// stands where it stood in the first, with the median of its times. A module that only
// some starts had counts with theirs.
func Merge(runs [][]*Module) []*Module {
	if len(runs) == 0 {
		return nil
	}
	times := map[string][]time.Duration{}
	for _, run := range runs {
		Walk(run, func(m *Module, _ int) bool {
			times[m.Name] = append(times[m.Name], m.Self)
			return true
		})
	}
	return merged(runs[0], times)
}

func merged(modules []*Module, times map[string][]time.Duration) []*Module {
	var out []*Module
	for _, m := range modules {
		all := slices.Sorted(slices.Values(times[m.Name]))
		out = append(out, &Module{Name: m.Name, Self: all[len(all)/2], Imports: merged(m.Imports, times)})
	}
	return out
}

// Walk calls visit for each module of a tree, importers first, with its depth. What a
// module imported is left out if visit returns false.
func Walk(modules []*Module, visit func(m *Module, depth int) bool) { walk(modules, 0, visit) }

func walk(modules []*Module, depth int, visit func(*Module, int) bool) {
	for _, m := range modules {
		if visit(m, depth) {
			walk(m.Imports, depth+1, visit)
		}
	}
}

// Total is what all of a tree took.
func Total(modules []*Module) (sum time.Duration) {
	for _, m := range modules {
		sum += m.Cumulative()
	}
	return sum
}
