package report

import (
	"fmt"
	"strings"

	"github.com/coldcut/coldcut/scan"
)

// subject names what an explanation is about.
func subject(e *scan.Explanation) string {
	if e.Operation == "" {
		return e.Service
	}
	return e.Service + ":" + e.Operation
}

// verdict says in a sentence whether it is kept.
func verdict(d *Document) string {
	e := d.Explanation
	switch {
	case e.Kept && e.Uses > len(e.Chains):
		return fmt.Sprintf("%s is kept, by %s; these come first:", subject(e), plural(e.Uses, "use"))
	case e.Kept:
		return fmt.Sprintf("%s is kept, by %s:", subject(e), plural(e.Uses, "use"))
	case len(d.Unresolved) > 0:
		return fmt.Sprintf("Nothing reaches %s, but %s could: nothing is cut before they are declared.", subject(e), plural(len(d.Unresolved), "unresolved place"))
	}
	return fmt.Sprintf("Nothing reaches %s: it is not kept.", subject(e))
}

// credentials says that botocore asks a service by itself.
func credentials(e *scan.Explanation) string {
	return fmt.Sprintf("botocore asks %s for credentials by itself, %s: it is kept with --credentials chain", e.Service, e.Credentials)
}

// shape says in sentences whether a shape stays, and what else would keep it.
func shape(e *scan.Explanation) (verdict, others string) {
	w := e.Shape
	name := e.Service + ":" + w.Shape
	switch {
	case len(w.Way) > 0:
		return name + " is a shape that is kept, since this leads to it:", ""
	case w.Kept:
		return name + " is a shape that is kept: all shapes of the service are.", ""
	case len(w.Operations) == 0:
		return name + " is a shape that is not kept.", "No operation leads to it."
	}
	return name + " is a shape that is not kept.", "What would keep it: " + strings.Join(w.Operations, ", ")
}

// shapeAlone reports whether all has been said with the shape.
func shapeAlone(e *scan.Explanation) bool {
	return e.Shape != nil && e.Operation == "" && !e.Shape.Kept
}

func (t *texter) shape(e *scan.Explanation) {
	verdict, others := shape(e)
	t.printf("%s\n\n", t.bold.Render(verdict))
	var rows [][]string
	for _, s := range e.Shape.Way {
		rows = append(rows, []string{s.Kind, s.Name})
	}
	if t.columns(nil, rows, nil); len(rows) > 0 {
		t.printf("\n")
	}
	if others != "" {
		t.printf("%s\n", others)
	}
}

func (t *texter) explain(d *Document) {
	e := d.Explanation
	if e.Shape != nil {
		t.shape(e)
	}
	if shapeAlone(e) {
		t.unresolved(d.Unresolved)
		return
	}
	t.printf("%s\n", t.bold.Render(verdict(d)))
	for _, c := range e.Chains {
		t.printf("\n")
		t.steps(c.Reached)
		if len(c.Made) > 0 {
			t.printf("  %s\n", t.faint.Render(from(e, c)))
			t.steps(c.Made)
		}
	}
	if len(e.Considered) > 0 {
		t.printf("\n")
		t.steps(e.Considered)
	}
	if !e.Kept {
		t.unresolved(d.Unresolved)
	}
	if e.Credentials != nil {
		t.printf("\n%s\n", credentials(e))
	}
}

// from heads the steps to where what a use rests on was made.
func from(e *scan.Explanation, c scan.Chain) string {
	switch {
	case e.Operation == "":
		return "where the service's name comes from:"
	case c.Certainty == scan.Possible:
		return "a client that it could be asked of:"
	}
	return "where the client that is asked comes from:"
}

func (t *texter) steps(steps []scan.Step) {
	var rows [][]string
	for _, s := range steps {
		rows = append(rows, []string{s.Pos.String(), s.Text})
	}
	t.columns(nil, rows, nil)
}

func (m *markdown) shape(e *scan.Explanation) {
	verdict, others := shape(e)
	m.line("%s", verdict)
	m.line("")
	for i, s := range e.Shape.Way {
		m.line("%d. %s `%s`", i+1, s.Kind, s.Name)
	}
	if others != "" {
		m.line("%s", others)
	}
	m.line("")
}

func (m *markdown) explain(d *Document) {
	e := d.Explanation
	if e.Shape != nil {
		m.shape(e)
	}
	if shapeAlone(e) {
		m.places("unresolved place", d.Unresolved)
		return
	}
	m.line("%s", verdict(d))
	m.line("")
	for _, c := range e.Chains {
		for i, s := range append(c.Reached, c.Made...) {
			m.line("%d. `%s` %s", i+1, s.Pos, s.Text)
		}
		m.line("")
	}
	for _, s := range e.Considered {
		m.line("- `%s` %s", s.Pos, s.Text)
	}
	if !e.Kept {
		m.places("unresolved place", d.Unresolved)
	}
	if e.Credentials != nil {
		m.line("%s", credentials(e))
	}
}
