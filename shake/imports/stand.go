package imports

import (
	"fmt"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// What is called of a deferred name need not be loaded or made where the answer is
// known without: something else stands in for it then.
const (
	// pattern stands in for a regular expression that is asked for a match with a text
	// which lacks a character that every match has.
	pattern = "pattern"
	// answer stands in for a function of the standard library.
	answer = "answer"
)

// answered are the functions of urllib.request that say that there is no proxy where no
// variable of the environment says otherwise, with how many arguments they are asked.
// On POSIX systems but macOS these are getproxies_environment, which reads variables
// whose names end in _proxy alone, and proxy_bypass_environment, which looks for no_proxy
// among them before it looks at anything else. Read off CPython 3.7 to 3.15. Importing
// urllib.request costs more than anything else that the first client loads, as it needs
// tempfile, and that the compressions of archives.
var answered = map[string]int{"getproxies": 0, "proxy_bypass": 1}

// standIn is what may stand in for a use, as far as the use tells.
func (r *reader) standIn(e python.Expr, name string, path []string) string {
	call := r.calls[e]
	if call == nil || len(call.Keywords) > 0 {
		return ""
	}
	for _, a := range call.Args {
		if _, starred := a.(*python.Starred); starred {
			return ""
		}
	}
	if n, known := answered[name]; known && len(path) == 0 && len(call.Args) == n {
		return answer
	}
	if len(path) == 1 && len(call.Args) == 1 && (path[0] == "match" || path[0] == "search" || path[0] == "fullmatch") {
		return pattern
	}
	return ""
}

// comesFrom follows a deferred name to the assignment or the import out of the family
// that it comes from; nil where it is not deferred all the way.
func (f *family) comesFrom(m *module, name string) (*module, *binding) {
	for range len(f.names) {
		b := m.lazy(name)
		if b == nil || b.value != nil || f.modules[b.target] == nil || b.attribute == "" {
			return m, b
		}
		m, name = f.modules[b.target], b.attribute
	}
	return m, nil
}

// guard is the expression that stands in the place of a deferred name. Most often the name
// is there: to look whether the flag is None is two instructions of Python's more, and the
// cheapest that there is. What loads it is not called by the flag, which another thread
// may have made None since it was looked at.
func (w *writer) guard(u use, flag string) string {
	load := "_coldcut_names[" + strings.TrimPrefix(flag, "_coldcut_") + "]"
	ask := load + "()"
	switch m, b := w.comesFrom(w.m, u.name.ID); {
	case b == nil:
	case u.stand == answer && b.target == "urllib.request" && b.attribute == u.name.ID,
		u.stand == pattern && b.value != nil && m.needs(b.value) != "":
		ask = fmt.Sprintf("%s.%s(%q)", load, u.stand, u.name.ID)
	}
	return fmt.Sprintf("(%s or %s if %s is not None else %s)", ask, u.name.ID, flag, u.name.ID)
}
