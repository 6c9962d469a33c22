package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/bench"
)

// The room for the treemap of the largest package.
const treeHeight = 260.0

// smallest is the part of the largest package below which groups are added up:
// their boxes could not be seen.
const smallest = 0.004

// treeFigures has a treemap for each package. All are to one scale: what was cut is
// seen as area that is gone.
func treeFigures(r *bench.Result) (out []svgFigure) {
	largest := int64(1)
	for _, a := range r.Arms {
		if a.Package != nil {
			largest = max(largest, a.Package.Bytes)
		}
	}
	for i, name := range r.Names() {
		at := slices.IndexFunc(r.Arms, func(a bench.Arm) bool { return a.Name == name })
		if p := r.Arms[at].Package; p != nil {
			out = append(out, treeFigure(i, name, p, largest))
		}
	}
	return out
}

func treeFigure(i int, name string, p *bench.Package, largest int64) svgFigure {
	f := svgFigure{
		ID: fmt.Sprintf("bytes-%d", i), W: figureWidth, H: treeHeight,
		Title:   fmt.Sprintf("Where the bytes are: %s, %s", name, size(p.Bytes)),
		Desc:    "A box for each part of the unpacked package; areas are bytes, to the same scale for all packages.",
		Headers: []string{"part", "bytes"},
	}
	groups := coarse(p.Groups, int64(smallest*float64(largest)))
	share := math.Sqrt(float64(p.Bytes) / float64(largest))
	room := rect{X: 0, Y: 0, W: figureWidth * share, H: treeHeight * share}
	for j, box := range squarify(groups, room) {
		g := groups[j]
		box.Class, box.Name, box.Value = partClass(g.Name), g.Name, fmt.Sprint(g.Bytes)
		box.Tip = g.Name + ": " + size(g.Bytes)
		f.Rects = append(f.Rects, box)
		f.boxText(box, g)
		f.Rows = append(f.Rows, []string{g.Name, size(g.Bytes)})
	}
	return f
}

func (f *svgFigure) boxText(box rect, g bench.Group) {
	name := g.Name
	if i := strings.LastIndex(name, "data/"); i > 0 {
		name = name[i+len("data/"):]
	}
	room := int(box.W/6.6) - 1
	if room < 3 || box.H < 16 {
		return
	}
	f.text(box.X+4, box.Y+13, "start", "box", clip(name, room))
	if text := size(g.Bytes); box.H > 32 && len(text) <= room {
		f.text(box.X+4, box.Y+27, "start", "box", text)
	}
}

// partClass colours models, code of the boto family, and the rest.
func partClass(name string) string {
	switch {
	case strings.HasPrefix(name, "botocore/data"), strings.HasPrefix(name, "boto3/data"):
		return "t0"
	case name == "botocore" || name == "boto3" || name == "s3transfer":
		return "t1"
	}
	return "t2"
}

// coarse adds small groups up under the folder that they are in.
func coarse(groups []bench.Group, least int64) []bench.Group {
	sums := map[string]int64{}
	for _, g := range groups {
		name := g.Name
		if g.Bytes < least {
			name = "others"
			if strings.HasPrefix(g.Name, "botocore/data/") {
				name = "botocore/data/other services"
			}
		}
		sums[name] += g.Bytes
	}
	out := []bench.Group{}
	for name, n := range sums {
		if n > 0 {
			out = append(out, bench.Group{Name: name, Bytes: n})
		}
	}
	slices.SortFunc(out, func(a, b bench.Group) int {
		if a.Bytes != b.Bytes {
			return int(min(1, max(-1, b.Bytes-a.Bytes)))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// squarify fills a room with boxes whose areas are as the groups' bytes, as near to
// squares as a greedy search gets (Bruls, Huizing and van Wijk, 2000). The groups
// are sorted, largest first.
func squarify(groups []bench.Group, room rect) []rect {
	total := 0.0
	for _, g := range groups {
		total += float64(g.Bytes)
	}
	areas := make([]float64, len(groups))
	for i, g := range groups {
		areas[i] = float64(g.Bytes) / total * room.W * room.H
	}
	var out []rect
	for len(areas) > 0 {
		n := 1
		side := math.Min(room.W, room.H)
		for n < len(areas) && worst(areas[:n+1], side) <= worst(areas[:n], side) {
			n++
		}
		var row []rect
		row, room = layRow(areas[:n], room)
		out, areas = append(out, row...), areas[n:]
	}
	return out
}

// worst is the most that a box of a row along a side is longer than wide.
func worst(row []float64, side float64) float64 {
	sum := 0.0
	for _, a := range row {
		sum += a
	}
	high, low := row[0], row[len(row)-1]
	return math.Max(side*side*high/(sum*sum), sum*sum/(side*side*low))
}

// layRow puts a row along the shorter side and returns the room that is left.
func layRow(row []float64, room rect) ([]rect, rect) {
	sum := 0.0
	for _, a := range row {
		sum += a
	}
	var out []rect
	if room.W >= room.H {
		width, y := sum/room.H, room.Y
		for _, a := range row {
			out = append(out, rect{X: room.X, Y: y, W: width, H: a / width})
			y += a / width
		}
		return out, rect{X: room.X + width, Y: room.Y, W: room.W - width, H: room.H}
	}
	height, x := sum/room.W, room.X
	for _, a := range row {
		out = append(out, rect{X: x, Y: room.Y, W: a / height, H: height})
		x += a / height
	}
	return out, rect{X: room.X, Y: room.Y + height, W: room.W, H: room.H - height}
}
