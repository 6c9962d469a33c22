package imports

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// Runtime is the name of the module that deferred imports need at run time.
const Runtime = "_coldcut_imports"

// edit replaces a span of the source.
type edit struct {
	span python.Span
	text string
}

// rewrite is a module's source with its imports deferred; nil if it stays as it is.
func (f *family) rewrite(m *module) []byte {
	if m.file == nil {
		return nil
	}
	w := &writer{family: f, m: m}
	w.flags()
	w.below()
	for i := range m.steps {
		w.step(&m.steps[i])
	}
	w.watched()
	if len(w.edits) == 0 {
		return nil
	}
	w.records()
	w.defaults()
	w.guards()
	return w.apply()
}

type writer struct {
	*family
	m     *module
	edits []edit
	begun bool
}

// flags names the global that guards each deferred import. What one import binds of
// one module is bound together.
func (w *writer) flags() {
	byTop, n := map[string]string{}, 0
	next := func() string {
		n++
		return fmt.Sprintf("_coldcut_%d", n)
	}
	for i := range w.m.steps {
		byTarget := map[string]string{}
		for _, b := range w.m.steps[i].bindings {
			if b.kept != "" || b.shared || b.lazy {
				continue
			}
			shared, key := byTarget, b.target
			if b.top {
				shared, key = byTop, b.name
			} else if b.attribute == "" {
				key = b.name + " " + b.target
			}
			if shared[key] == "" {
				shared[key] = next()
			}
			b.flag = shared[key]
		}
	}
}

// below lets a package hand out the submodules that others do not import any more.
func (w *writer) below() {
	if len(w.m.below) == 0 {
		return
	}
	var names []string
	for name := range w.m.below {
		names = append(names, name)
	}
	slices.Sort(names)
	call := fmt.Sprintf("_coldcut_names.submodules(%q)", strings.Join(names, " "))
	at, free := entryOf(w.m.file)
	if w.m.surface.opaque != "" || !free { // a __getattr__ that there is, is asked as well
		end := uint32(len(w.m.file.Text))
		own := writer{}
		begin := own.begin()
		if end > 0 && w.m.file.Text[end-1] != '\n' {
			begin = "\n" + begin
		}
		w.edits = append(w.edits, edit{python.Span{Start: end, End: end}, begin + call + "\n"})
		return
	}
	w.edits = append(w.edits, edit{python.Span{Start: at, End: at}, w.begin() + call + "; "})
}

// begin makes the module's table of deferred names, where the first is needed.
func (w *writer) begin() string {
	if w.begun {
		return ""
	}
	w.begun = true
	return fmt.Sprintf("_coldcut_names = __import__(%q).Names(globals()); ", Runtime)
}

// entryOf finds the first statement that may follow others on its line.
func entryOf(file *python.File) (uint32, bool) {
	for i, s := range file.Body {
		switch s := s.(type) {
		case *python.ExprStmt:
			if _, doc := s.Value.(*python.Str); doc && i == 0 {
				continue
			}
		case *python.ImportFrom:
			if s.Module == "__future__" {
				continue
			}
		case *python.If, *python.For, *python.While, *python.Try, *python.With, *python.FunctionDef, *python.ClassDef, *python.Match:
			return 0, false
		}
		return s.Bounds().Start, true
	}
	return 0, false
}

// watched has a module tell at its end that others may wait for its names.
func (w *writer) watched() {
	if !w.m.watched {
		return
	}
	end := uint32(len(w.m.file.Text))
	call := fmt.Sprintf("__import__(%q).watch(__name__)\n", Runtime)
	if end > 0 && w.m.file.Text[end-1] != '\n' {
		call = "\n" + call
	}
	w.edits = append(w.edits, edit{python.Span{Start: end, End: end}, call})
}

// step writes one statement anew.
func (w *writer) step(st *step) {
	deferred := slices.ContainsFunc(st.bindings, func(b *binding) bool { return b.kept == "" })
	if !deferred {
		return
	}
	lines := bytes.Count(w.m.file.Text[st.stmt.Bounds().Start:st.stmt.Bounds().End], []byte("\n"))
	if b := st.bindings[0]; b.value != nil {
		w.assignment(b)
		return
	}
	parts := w.kept(st)
	if len(st.residue)+len(st.loggers)+len(st.perhaps) > 0 || slices.ContainsFunc(st.bindings, func(b *binding) bool { return b.kept == "" && !b.shared }) {
		parts = append(parts, strings.TrimSuffix(w.begin(), "; "))
		parts = slices.Concat(parts, w.left(st), w.lazily(st), w.calls(st))
	}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	last := &parts[len(parts)-1]
	if lines > 0 {
		if strings.HasSuffix(*last, ")") {
			*last = strings.TrimSuffix(*last, ")") + strings.Repeat("\n", lines) + ")"
		} else {
			*last = strings.Replace(*last, " ", " "+strings.Repeat("\\\n", lines), 1)
		}
	}
	w.edits = append(w.edits, edit{st.stmt.Bounds(), strings.Join(parts, "; ")})
}

// kept are the imports of a statement that stay.
func (w *writer) kept(st *step) []string {
	var names []string
	for _, b := range st.bindings {
		text := clause(b.alias)
		switch {
		case b.kept != "":
		case b.shared:
			text = first(b.target)
		default:
			continue
		}
		if !slices.Contains(names, text) {
			names = append(names, text)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{importing(st.stmt, names)}
}

// clause is what an import says of one name: "name" or "name as own".
func clause(a *python.Alias) string {
	return strings.TrimSuffix(a.Name+" as "+a.AsName, " as ")
}

// importing is a statement that imports some of the names that another does.
func importing(s python.Stmt, clauses []string) string {
	list := strings.Join(clauses, ", ")
	if from, ok := s.(*python.ImportFrom); ok {
		return "from " + strings.Repeat(".", from.Level) + from.Module + " import (" + list + ")"
	}
	return "import " + list
}

// left are the calls for what deferred imports leave behind.
func (w *writer) left(st *step) []string {
	var calls []string
	for i, name := range st.residue {
		if slices.ContainsFunc(st.residue[i+1:], func(later string) bool { return w.loads(later, name) }) {
			continue
		}
		calls = append(calls, fmt.Sprintf("__import__(%q)", name))
	}
	for _, p := range st.perhaps {
		calls = append(calls, fmt.Sprintf("_coldcut_names.perhaps(%q, %q)", p[0], p[1]))
	}
	if len(st.loggers) > 0 {
		calls = append(calls, fmt.Sprintf("_coldcut_names.loggers(%q)", strings.Join(st.loggers, " ")))
	}
	return calls
}

// loads reports whether importing one module imports another, at its own time.
func (w *writer) loads(name, other string) bool {
	return strings.HasPrefix(name, other+".") || slices.Contains(w.reach[name], other)
}

// calls defer the imports of a statement, those of one flag together.
func (w *writer) calls(st *step) []string {
	var calls []string
	done := map[string]bool{}
	for _, b := range st.bindings {
		if b.kept != "" || b.shared || b.lazy || done[b.flag] {
			continue
		}
		done[b.flag] = true
		if from, ok := st.stmt.(*python.ImportFrom); ok {
			args := fmt.Sprintf("%q, %d, %q", b.flag, from.Level, from.Module)
			for _, other := range st.bindings {
				if other.flag == b.flag {
					args += fmt.Sprintf(", %q", spelled(other.alias))
				}
			}
			calls = append(calls, fmt.Sprintf("%s = _coldcut_names.names(%s)", b.flag, args))
			continue
		}
		if call := w.moduleCall(st, b); call != "" {
			calls = append(calls, call)
		}
	}
	return calls
}

// moduleCall defers import x, or all imports of x.… at the first of them.
func (w *writer) moduleCall(st *step, b *binding) string {
	args, here := "", false
	w.m.all(func(at *step, other *binding) {
		if other.flag != b.flag {
			return
		}
		if args == "" {
			here = at == st
		}
		args += fmt.Sprintf(", %q", spelled(other.alias))
	})
	if !here {
		return "pass"
	}
	return fmt.Sprintf("%s = _coldcut_names.module(%q%s)", b.flag, b.flag, args)
}

// spelled is "name" or "name own".
func spelled(a *python.Alias) string {
	return strings.TrimSpace(a.Name + " " + a.AsName)
}

// assignment defers NAME = VALUE; guards inside of VALUE are written as elsewhere.
func (w *writer) assignment(b *binding) {
	var stmt python.Span
	for _, st := range w.m.steps {
		if st.bindings[0] == b {
			stmt = st.stmt.Bounds()
		}
	}
	equals := stmt.Start + uint32(bytes.IndexByte(w.m.file.Text[stmt.Start:stmt.End], '=')) + 1
	head := fmt.Sprintf("%s%s = _coldcut_names.value(%q, %q, lambda: (", w.begin(), b.flag, b.flag, b.name)
	tail := "))"
	if needs := w.m.needs(b.value); needs != "" {
		tail = fmt.Sprintf("), %q)", needs)
	}
	w.edits = append(w.edits, edit{python.Span{Start: stmt.Start, End: equals}, head}, edit{python.Span{Start: stmt.End, End: stmt.End}, tail})
}

// guards puts a guard before each use of a deferred name in a function.
func (w *writer) guards() {
	flags := map[string]string{}
	w.m.all(func(_ *step, b *binding) {
		if b.kept == "" && !b.shared {
			flags[b.name] = b.flag
		}
	})
	for _, u := range w.m.surface.uses {
		flag := flags[u.name.ID]
		if flag == "" || u.covered {
			continue
		}
		w.edits = append(w.edits, edit{u.name.Span, w.guard(u, flag)})
	}
}

// apply writes the source with its edits, which do not overlap.
func (w *writer) apply() []byte {
	slices.SortStableFunc(w.edits, func(a, b edit) int {
		if a.span.Start != b.span.Start {
			return int(a.span.Start) - int(b.span.Start)
		}
		return int(a.span.End) - int(b.span.End)
	})
	var out []byte
	at := uint32(0)
	for _, e := range w.edits {
		out = append(out, w.m.file.Text[at:e.span.Start]...)
		out = append(out, e.text...)
		at = e.span.End
	}
	return append(out, w.m.file.Text[at:]...)
}
