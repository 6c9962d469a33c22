package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/internal/audit"
)

//go:embed audit.html
var auditText string

// auditPage is what the template of an audit shows.
type auditPage struct {
	Title, Version, Place  string
	Facts                  []string
	Tiles                  []tile
	Figures                []svgFigure
	Tables                 []table
	Lines, Model           []string
	ModelTitle, ModelDoubt string
}

// tile is one figure in large letters.
type tile struct{ Class, What, Figure, More string }

// AuditPage is an audit as one file for a browser, without scripts and without
// anything from elsewhere.
func (d *Document) AuditPage() ([]byte, error) {
	r := d.printable().Audit
	p := auditPage{
		Title: "boto3 in Lambda functions", Version: d.Coldcut, Place: auditPlace(r), Facts: auditFacts(r),
		Tiles: auditTiles(r), Lines: auditLines(r),
	}
	if r.Account != "" {
		p.Title += ": account " + r.Account
	}
	for _, f := range []svgFigure{
		auditFigure(r, "bytes", "What a cut takes from the zip", "mebibytes", func(f *audit.Function) (float64, string) {
			return float64(f.Takes.ZipBytes) / (1 << 20), size(f.Takes.ZipBytes)
		}),
		auditFigure(r, "start", "What a cut takes from the start, at least, by the estimate", "milliseconds", func(f *audit.Function) (float64, string) {
			if f.Start == nil {
				return 0, "?"
			}
			return f.Start.LowMS, startCell(f.Start)
		}),
	} {
		if len(f.Rects) > 0 {
			p.Figures = append(p.Figures, f)
		}
	}
	for i := range auditGroups {
		g := &auditGroups[i]
		if rows, _ := g.rows(r, 0); len(rows) > 0 {
			p.Tables = append(p.Tables, table{fmt.Sprintf("%s: %s", plural(len(rows), "function"), g.Title), g.Headers, rows})
		}
	}
	if rows := layerRows(r); len(rows) > 0 {
		p.Tables = append(p.Tables, table{"Layers with a boto3: one cut serves all functions that run with it", layerHeads, rows})
	}
	if rows := noteRows(r); len(rows) > 0 {
		p.Tables = append(p.Tables, table{"Notes", []string{"function", "note"}, rows})
	}
	if hasStart(r) {
		p.ModelTitle, p.ModelDoubt, p.Model = modelTitle, modelDoubt, modelLines(r)
	}
	var out bytes.Buffer
	if err := pageTemplate().ExecuteTemplate(&out, "audit", p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return out.Bytes(), nil
}

func auditFacts(r *audit.Result) []string {
	facts := []string{strings.Join(r.Regions, ", "), plural(len(r.Functions), "function") + " of Python"}
	if r.Shard != nil {
		facts = append(facts, "part "+r.Shard.String())
	}
	if !r.Started.IsZero() {
		facts = append(facts, r.Started.Format("2006-01-02 15:04 UTC"))
	}
	return facts
}

func auditTiles(r *audit.Result) (tiles []tile) {
	t := r.Sum()
	if n := t.Verdicts[audit.Slims]; n > 0 {
		tiles = append(tiles, tile{"better", "can be cut", humanize.Comma(int64(n)), "functions ship a boto3, and the services that they use are known"})
	}
	if t.Takes.Of.Bytes > 0 {
		tiles = append(tiles,
			tile{"better", "less in zips", size(t.Takes.ZipBytes), "of " + size(t.Takes.Of.ZipBytes) + ", without layers"},
			tile{"better", "less on disk", size(t.Takes.Bytes), "of " + size(t.Takes.Of.Bytes)})
	}
	if n := t.Verdicts[audit.Unused]; n > 0 {
		tiles = append(tiles, tile{"better", "not used", humanize.Comma(int64(n)), "functions ship a boto3 of which no use was found"})
	}
	if n := t.Verdicts[audit.CannotTell] + t.Verdicts[audit.NotRead] + t.Verdicts[audit.Image]; n > 0 {
		tiles = append(tiles, tile{"worse", "cannot be told", humanize.Comma(int64(n)), "functions, listed below with the reason"})
	}
	return tiles
}

// bars is how many functions a picture has.
const bars = 25

// auditFigure has a bar for each of the functions of which there is most to take.
func auditFigure(r *audit.Result, id, title, unit string, of func(*audit.Function) (float64, string)) svgFigure {
	f := svgFigure{ID: id, Title: title, W: figureWidth, Headers: []string{"function", title}}
	var chosen []*audit.Function
	most := 0.0
	for i := range r.Functions {
		if fn := &r.Functions[i]; fn.Verdict == audit.Slims && len(chosen) < bars {
			v, _ := of(fn)
			most = max(most, v)
			chosen = append(chosen, fn)
		}
	}
	if most == 0 {
		return f
	}
	const left = 190.0
	s := scaleFor(most, left, figureWidth-rightMargin-90)
	y := 8.0
	for _, fn := range chosen {
		v, text := of(fn)
		f.text(left-6, y+12, "end", "arm", clip(fn.Name, 28))
		f.Rects = append(f.Rects, rect{X: left, Y: y, W: max(s.at(max(v, 0))-left, 0.5), H: 16, Class: "p1", Tip: auditName(fn) + ": " + text, Name: auditName(fn), Value: exact(v)})
		f.text(s.at(max(v, 0))+4, y+12, "start", "value", text)
		f.Rows = append(f.Rows, []string{auditName(fn), text})
		y += 20
	}
	for _, v := range s.ticks() {
		f.line(s.at(v), 4, s.at(v), y, "grid")
		f.text(s.at(v), y+14, "middle", "tick", tickText(v))
	}
	f.text(s.to, y+28, "end", "axis", unit)
	f.H = y + axisHeight
	f.Desc = fmt.Sprintf("A bar for each of the %d functions that come first in the table.", len(chosen))
	return f
}

func noteRows(r *audit.Result) (rows [][]string) {
	for i := range r.Functions {
		for _, note := range r.Functions[i].Notes {
			rows = append(rows, []string{auditName(&r.Functions[i]), note})
		}
	}
	return rows
}
