package imports

import (
	"fmt"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// useLazy has imports that wait use Python's own lazy imports (PEP 810, from 3.15 on): the
// name is bound to an object that the interpreter replaces when it is read, so no guard is
// needed. What stands in for a name without loading it has to be asked before it is read,
// and import a.b shares its name with others: these go on as for older Pythons.
func (f *family) useLazy() {
	for _, name := range f.names {
		m := f.modules[name]
		m.all(func(_ *step, b *binding) {
			b.lazy = b.alias != nil && b.kept == "" && !b.shared && !b.top && !f.hasStandIn(m, b)
		})
	}
}

// hasStandIn reports whether something may stand in for what a name comes from.
func (f *family) hasStandIn(m *module, b *binding) bool {
	from, source := f.comesFrom(m, b.name)
	if source == nil {
		return false
	}
	if source.value != nil {
		return from.needs(source.value) != ""
	}
	_, known := answered[source.attribute]
	return known && source.target == "urllib.request"
}

// lazily are the lazy imports of a statement, and the calls that bind at once what is there
// already, as an import would have, and remember who waits for what.
func (w *writer) lazily(st *step) []string {
	var names, args []string
	for _, b := range st.bindings {
		if b.lazy {
			names = append(names, clause(b.alias))
			args = append(args, fmt.Sprintf("%q", spelled(b.alias)))
		}
	}
	if len(names) == 0 {
		return nil
	}
	list := strings.Join(args, ", ")
	call := fmt.Sprintf("_coldcut_names.lazy_modules(%s)", list)
	if from, ok := st.stmt.(*python.ImportFrom); ok {
		call = fmt.Sprintf("_coldcut_names.lazy_names(%d, %q, %s)", from.Level, from.Module, list)
	}
	return []string{"lazy " + importing(st.stmt, names), call}
}
