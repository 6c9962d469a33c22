package report

import (
	"fmt"
	"math"
	"strconv"
)

// A figure is a picture and, for whoever does not see it, a title, a description
// and a table of what it shows. Its shapes are in units of about a pixel; colours
// are classes of the page's style: a0, a1 and so on for arms, p0 and so on for
// phases and parts.
type svgFigure struct {
	ID, Title, Desc string
	W, H            float64
	Rects           []rect
	Lines           []line2
	Paths           []curve
	Dots            []dot
	Texts           []label
	Headers         []string
	Rows            [][]string
}

type rect struct {
	X, Y, W, H  float64
	Class, Tip  string
	Value, Name string // for tests and scripts: what it stands for
}

type line2 struct {
	X1, Y1, X2, Y2 float64
	Class          string
}

type curve struct{ D, Class, Tip string }

// dot is a sample. Arms differ by shape too, since colours do not always.
type dot struct {
	X, Y              float64
	Class, Shape, Tip string
	Value             string // the sample's figure in milliseconds
	Order             int
}

type label struct {
	X, Y                float64
	Text, Anchor, Class string
}

func (f *svgFigure) text(x, y float64, anchor, class, text string) {
	f.Texts = append(f.Texts, label{x, y, text, anchor, class})
}

func (f *svgFigure) line(x1, y1, x2, y2 float64, class string) {
	f.Lines = append(f.Lines, line2{x1, y1, x2, y2, class})
}

// shapes of dots, arm by arm.
var shapes = []string{"circle", "square", "triangle", "diamond"}

func (f *svgFigure) dot(x, y float64, arm int, outlier bool, value float64, order int, tip string) {
	class := armClass(arm)
	if outlier {
		class += " outlier"
	}
	f.Dots = append(f.Dots, dot{x, y, class, shapes[arm%len(shapes)], tip, exact(value), order})
}

// Mark draws the dot around 0,0.
func (d dot) Mark() string {
	switch d.Shape {
	case "square":
		return "M-3,-3H3V3H-3Z"
	case "triangle":
		return "M0,-4L4,3H-4Z"
	case "diamond":
		return "M0,-4.3L4.3,0L0,4.3L-4.3,0Z"
	}
	return "M-3.3,0A3.3,3.3 0 1 0 3.3,0A3.3,3.3 0 1 0 -3.3,0Z"
}

const armColours = 8

func armClass(i int) string { return "a" + strconv.Itoa(i%armColours) }

// exact writes a figure so that it can be read back.
func exact(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// scale maps figures to places.
type scale struct{ from, to, low, high float64 }

func (s scale) at(v float64) float64 {
	if s.high == s.low {
		return s.from
	}
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}

// scaleFor makes a scale from 0 that ends at a round figure.
func scaleFor(most, from, to float64) scale {
	step := stepFor(most)
	return scale{from, to, 0, math.Max(step, math.Ceil(most/step)*step)}
}

// stepFor is a round step that divides 0 to most into about five.
func stepFor(most float64) float64 {
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/5)))
	for _, m := range []float64{1, 2, 5, 10} {
		if most/(m*power) <= 6 {
			return m * power
		}
	}
	return 10 * power
}

// ticks are the round figures on a scale.
func (s scale) ticks() (out []float64) {
	step := stepFor(s.high)
	for v := 0.0; v <= s.high*1.0001; v += step {
		out = append(out, v)
	}
	return out
}

// bottom draws a horizontal axis of milliseconds.
func (f *svgFigure) bottom(s scale, top, y float64) {
	for _, v := range s.ticks() {
		f.line(s.at(v), top, s.at(v), y, "grid")
		f.text(s.at(v), y+14, "middle", "tick", tickText(v))
	}
	f.text(s.to, y+28, "end", "axis", "milliseconds")
}

// left draws a vertical axis of milliseconds.
func (f *svgFigure) left(s scale, x, right float64) {
	for _, v := range s.ticks() {
		f.line(x, s.at(v), right, s.at(v), "grid")
		f.text(x-5, s.at(v)+4, "end", "tick", tickText(v))
	}
}

func tickText(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// plain is a figure for a person: 1234.5.
func plain(v float64) string { return fmt.Sprintf("%.1f", v) }
