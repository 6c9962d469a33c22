package report

import (
	"cmp"
	"context"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/shake"
)

// Pass is what one pass took: files, their bytes, and their bytes in the zip.
type Pass struct {
	Name  string `json:"name"`
	Doc   string `json:"doc"`
	Files int    `json:"files"`
	// Changed counts the files that it wrote, or wrote anew.
	Changed  int   `json:"changed"`
	Bytes    int64 `json:"bytes"`
	ZipBytes int64 `json:"zip_bytes"`
	// SavesMS is what the function's start takes longer without the pass, in milliseconds
	// of CPU time, where that was measured.
	SavesMS *float64 `json:"saves_ms,omitempty"`
	// Proven says that every start without the pass took longer than any with it, or none.
	Proven bool `json:"saves_proven,omitempty"`
}

// passes adds up what each pass that ran took. What a pass adds counts against it. Where
// several changed a file, each has what became of it by its own hand.
func passes(ctx context.Context, fat *artifact.Artifact, p *plan.Plan, slim *shake.Result, before, after []artifact.Size) ([]Pass, error) {
	now, is := byPath(fat, before), byPath(slim.Artifact, after)
	var out []Pass
	for _, pass := range shake.Passes {
		if pass.Name != shake.RecordPass && !slices.Contains(p.Passes, pass.Name) {
			continue
		}
		sum := Pass{Name: pass.Name, Doc: pass.Doc}
		interim, err := interims(ctx, fat, slim.Interim[pass.Name])
		if err != nil {
			return nil, err
		}
		for path, size := range interim {
			sum.Changed++
			sum.add(now, path, path, size)
		}
		for _, c := range slim.Changes {
			if c.Pass != pass.Name {
				continue
			}
			size, stays := is[c.Path]
			if stays {
				sum.Changed++
			} else {
				sum.Files++
			}
			sum.add(now, cmp.Or(c.From, c.Path), c.Path, size)
		}
		out = append(out, sum)
	}
	return out, nil
}

// add counts what became of a file's size, and keeps what the next pass finds.
func (p *Pass) add(now map[string]artifact.Size, from, path string, size artifact.Size) {
	p.Bytes += now[from].Bytes - size.Bytes
	p.ZipBytes += now[from].ZipBytes - size.ZipBytes
	delete(now, from)
	now[path] = size
}

// interims are the sizes of files as a pass left them, where a later one changed them
// again.
func interims(ctx context.Context, fat *artifact.Artifact, files artifact.Edits) (map[string]artifact.Size, error) {
	if len(files) == 0 {
		return nil, nil
	}
	tree := fat.With(files)
	sizes, err := tree.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	all := byPath(tree, sizes)
	out := make(map[string]artifact.Size, len(files))
	for path := range files {
		out[path] = all[path]
	}
	return out, nil
}

// passHeads are the heads of the columns of passRows; what passes save at the start is
// there where it was measured.
func passHeads(measured bool) []string {
	heads := []string{"pass", "files", "changed", "bytes", "in the zip"}
	if measured {
		heads = append(heads, "saves at start")
	}
	return append(heads, "what it took")
}

func passRows(passes []Pass, measured bool) [][]string {
	var rows [][]string
	for _, p := range passes {
		row := []string{p.Name, humanize.Comma(int64(p.Files)), humanize.Comma(int64(p.Changed)), size(p.Bytes), size(p.ZipBytes)}
		if measured {
			row = append(row, p.saves())
		}
		rows = append(rows, append(row, p.Doc))
	}
	return rows
}

// passes prints what each pass took.
func (t *texter) passes(s *Slim) {
	right := []int{1, 2, 3, 4}
	if s.Start != nil {
		right = append(right, 5)
	}
	t.columns(passHeads(s.Start != nil), passRows(s.Passes, s.Start != nil), right)
	if s.Start != nil {
		t.printf("%s\n\n", s.Start.sentence())
	}
}
