package scan

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// Declaration says what the sources do not tell: the services that a place can
// ask for. It stands in a comment of the function's own code,
//
//	queue = boto3.client(kind)  # coldcut: keep sqs, sns:Publish -- kind is ours
//
// or in the configuration, for every unresolved place of a file or function.
type Declaration struct {
	// Pos is where it is written.
	Pos
	// Place is FILE or FILE:FUNCTION, a pattern as path.Match has it; empty for a
	// comment, which speaks for the statement that it stands in or above.
	Place string `json:"place,omitempty"`
	// Keep lists SERVICE or SERVICE:OPERATION.
	Keep []string `json:"keep"`
	// Settles counts the unresolved places that it speaks for.
	Settles int `json:"settles"`
}

// DeclarationError is a declaration that says nothing that can be followed.
type DeclarationError struct {
	Pos
	Err error
}

func (e *DeclarationError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Err) }
func (e *DeclarationError) Unwrap() error { return e.Err }

// declared is a declaration while it is matched.
type declared struct {
	Declaration
	unit *unit
	// first and last are the lines that a comment speaks for.
	first, last int
}

// settle takes the unresolved places for which something is declared out of the
// result's doubts and keeps what is declared.
func (f *finder) settle(configured []Declaration) error {
	all, err := f.comments()
	if err != nil {
		return err
	}
	for _, d := range configured {
		all = append(all, &declared{Declaration: d})
	}
	f.result.Unresolved = slices.DeleteFunc(f.result.Unresolved, func(u Unresolved) bool {
		settled := false
		for _, d := range all {
			if d.speaksFor(u) {
				d.Settles++
				settled = true
			}
		}
		if settled {
			f.result.Settled = append(f.result.Settled, u)
		}
		return settled
	})
	for _, d := range all {
		if err := f.keep(d); err != nil {
			return err
		}
		f.result.Declarations = append(f.result.Declarations, d.Declaration)
	}
	return nil
}

func (d *declared) speaksFor(u Unresolved) bool {
	if d.unit != nil {
		return u.File == d.File && d.first <= u.Line && u.Line <= d.last
	}
	file, function, within := cutPlace(d.Place)
	if ok, err := path.Match(file, u.File); err != nil || !ok {
		return false
	}
	return !within || u.Within == function || strings.HasPrefix(u.Within, function+".")
}

// cutPlace splits FILE:FUNCTION.
func cutPlace(place string) (file, function string, within bool) {
	if i := strings.LastIndexByte(place, ':'); i > 0 {
		return place[:i], place[i+1:], true
	}
	return place, "", false
}

// keep adds what is declared to the uses, and a note where it settles nothing.
func (f *finder) keep(d *declared) error {
	if len(d.Keep) == 0 {
		return &DeclarationError{d.Pos, errors.New("the declaration names no service: write # coldcut: keep SERVICE")}
	}
	for _, k := range d.Keep {
		service, operation, err := boto.Resolve(f.catalog, k)
		if err != nil {
			return &DeclarationError{d.Pos, err}
		}
		f.declare(service, "", d.Pos, "declared: keep "+k)
		if operation != "" {
			f.declare(service, operation, d.Pos, "declared: keep "+k)
		}
	}
	if d.Settles == 0 {
		f.note(d.Pos, "the declaration %ssettles no unresolved place: it can go, unless the sources do not show all that runs", placed(d.Place))
	}
	return nil
}

func placed(place string) string {
	if place == "" {
		return ""
	}
	return "for " + place + " "
}

func (f *finder) declare(service, operation string, at Pos, via string) {
	f.use(service, operation, Possible, at, "", via)
	f.result.Uses[len(f.result.Uses)-1].Declared = true
}

// within names the function in which each unresolved place lies.
func (f *finder) within() {
	units := map[string]*unit{}
	for file, u := range f.prog.units {
		if u != nil {
			units[file.name] = u
		}
	}
	for i := range f.result.Unresolved {
		if u := units[f.result.Unresolved[i].File]; u != nil {
			f.result.Unresolved[i].Within = u.functionAt(u.parsed.Body, f.result.Unresolved[i].Line)
		}
	}
}

// functionAt is the dotted name of the innermost function or class with a line.
func (u *unit) functionAt(body []python.Stmt, line int) string {
	name := ""
	python.InspectAll(body, func(n python.Node) bool {
		first, last := u.lines(n)
		if line < first || line > last {
			return false
		}
		switch n := n.(type) {
		case *python.FunctionDef:
			name = strings.TrimPrefix(name+"."+n.Name, ".")
		case *python.ClassDef:
			name = strings.TrimPrefix(name+"."+n.Name, ".")
		}
		return true
	})
	return name
}

func (u *unit) lines(n python.Node) (first, last int) {
	at := n.Bounds()
	first, _ = u.parsed.Position(at.Start)
	last, _ = u.parsed.Position(max(at.End, at.Start+1) - 1)
	return first, last
}

// declares is what a comment that is meant for coldcut holds.
const declares = "coldcut:"

// comments reads the declarations in the function's own code.
func (f *finder) comments() (all []*declared, err error) {
	for _, file := range f.prog.files {
		if !file.declares || file.origin != "" || file.family || file.broken != nil {
			continue
		}
		u := f.prog.unit(file)
		if u == nil {
			continue
		}
		for _, c := range u.parsed.Comments() {
			d, err := u.declaration(c)
			if err != nil {
				return nil, err
			}
			if d != nil {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// declaration reads one comment; nil where it is none for coldcut.
func (u *unit) declaration(c python.Span) (*declared, error) {
	text := strings.TrimLeft(string(u.parsed.Text[c.Start:c.End]), "# \t")
	rest, ours := strings.CutPrefix(text, declares)
	if !ours {
		return nil, nil
	}
	at := u.pos(c)
	rest, _, _ = strings.Cut(rest, "--") // what follows is the reason
	words := strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	if len(words) == 0 || words[0] != "keep" {
		return nil, &DeclarationError{at, fmt.Errorf("%q is no comment that coldcut knows: write # coldcut: keep SERVICE[:OPERATION]", "# "+text)}
	}
	d := &declared{Declaration: Declaration{Pos: at, Keep: words[1:]}, unit: u}
	before := u.parsed.Text[:c.Start]
	alone := len(bytes.TrimSpace(before[bytes.LastIndexByte(before, '\n')+1:])) == 0
	d.first, d.last = u.statementAt(at.Line, alone)
	return d, nil
}

// statementAt returns the lines of the innermost statement with a line, or, for
// a comment alone on its line and in none, of the next one. Of a statement that
// holds others only what stands before them counts.
func (u *unit) statementAt(line int, alone bool) (first, last int) {
	type lines struct{ first, last int }
	here, next := lines{line, line}, lines{line, line}
	python.InspectAll(u.parsed.Body, func(n python.Node) bool {
		st, ok := n.(python.Stmt)
		if !ok {
			return true
		}
		at := lines{}
		at.first, at.last = u.header(st)
		switch {
		case at.first <= line && line <= at.last:
			here, alone = at, false
		case at.first > line && (next.first == line || at.first < next.first):
			next = at
		}
		return true
	})
	if alone {
		return next.first, next.last
	}
	return here.first, here.last
}

// header returns the lines of a statement up to the first that it holds, its
// decorators included.
func (u *unit) header(st python.Stmt) (first, last int) {
	first, last = u.lines(st)
	decorators := []python.Expr(nil)
	blocks := blocksOf(st)
	switch st := st.(type) {
	case *python.FunctionDef:
		decorators, blocks = st.Decorators, [][]python.Stmt{st.Body}
	case *python.ClassDef:
		decorators, blocks = st.Decorators, [][]python.Stmt{st.Body}
	}
	if len(decorators) > 0 {
		first, _ = u.lines(decorators[0])
	}
	for _, b := range blocks {
		if len(b) > 0 {
			inner, _ := u.lines(b[0])
			last = min(last, max(first, inner-1))
		}
	}
	return first, last
}
