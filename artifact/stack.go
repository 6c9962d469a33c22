package artifact

import (
	"io"
	"maps"
	"slices"
)

// Part is a package in a folder of a stack.
type Part struct {
	At      string
	Package *Artifact
}

// Stack lays packages over one another, as Lambda unpacks a function and its layers: of
// files at one path the last counts. The parts stay the caller's, who closes them after
// the stack; the stack itself need not be closed. What the parts make together is held
// to the same rules as any package. Messages name it by the first part's path.
func Stack(parts []Part, opts Options) (*Artifact, error) {
	type ref struct{ part, index int }
	last := map[string]ref{}
	for p, part := range parts {
		for i, f := range part.Package.files {
			at := join(part.At, f.Path)
			if _, known := last[at]; known && f.Mode.IsDir() {
				continue // a folder takes nothing away
			}
			last[at] = ref{p, i}
		}
	}
	src := &stackSource{}
	var files []File
	for _, at := range slices.Sorted(maps.Keys(last)) {
		r := last[at]
		f := parts[r.part].Package.files[r.index]
		f.Path = at
		files = append(files, f)
		src.places = append(src.places, stackPlace{parts[r.part].Package, r.index})
	}
	a, err := build(parts[0].Package.path, Directory, files, src, opts.maxSize())
	if err != nil {
		return nil, err
	}
	a.edited = true // nothing like it lies at its path
	return a, nil
}

// stackSource reads the files of several packages.
type stackSource struct{ places []stackPlace }

type stackPlace struct {
	from  *Artifact
	index int
}

func (s *stackSource) open(_ File, index int) (io.ReadCloser, error) {
	p := s.places[index]
	return p.from.open(p.index)
}

// Close leaves the parts to those who opened them.
func (s *stackSource) Close() error { return nil }
