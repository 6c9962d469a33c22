package imports

import (
	"cmp"
	"slices"
	"strings"
)

// beneath are modules of the standard library that importing another one loads: what
// is loaded anyway need not be deferred, and what it costs to have this incomplete
// are guards. Read off CPython 3.7 to 3.13.
var beneath = map[string][]string{
	"logging":     {"sys", "os", "time", "io", "re", "traceback", "warnings", "weakref", "collections", "collections.abc", "types", "string", "threading", "functools", "operator", "itertools", "enum", "abc", "atexit", "copyreg", "keyword", "stat", "codecs", "builtins", "errno"},
	"http.client": {"email", "email.parser", "email.message", "email.utils", "urllib.parse", "io", "re", "socket", "collections.abc", "ssl", "http", "datetime", "base64", "struct", "random", "math"},
	"ssl":         {"socket", "base64", "errno", "sys", "os", "collections", "enum", "selectors"},
	"json":        {"json.decoder", "json.encoder", "re"},
	"hashlib":     {"_hashlib"},
	"random":      {"math", "os", "hashlib", "bisect", "itertools", "operator", "warnings"},
}

// behind are modules of the standard library that a package of it loads when a name is
// taken of it, as modules do that import the package for that name.
var behind = map[string]string{"concurrent.futures": "concurrent.futures.thread"} // ThreadPoolExecutor

// solver finds the largest set of bindings that can be deferred.
type solver struct {
	*family
	options Options
	// now and was are the modules that importing one loads, with deferral and without.
	now, was map[string][]string
	// circle are modules that import one another.
	circle map[string]bool
}

// solve starts with everything deferred, and keeps what must be kept until that
// changes nothing any more.
func (f *family) solve(o Options) {
	s := &solver{family: f, options: o, was: map[string][]string{}}
	for _, name := range f.names {
		if m := f.modules[name]; m.file != nil {
			f.findSteps(m)
		}
	}
	for _, name := range f.names {
		s.was[name] = f.eager(f.modules[name], false)
	}
	f.was = s.was
	for changed := true; changed; {
		before := s.count()
		for _, name := range f.names {
			if m := f.modules[name]; m.file != nil {
				f.keepOwn(m)
			}
		}
		s.now = map[string][]string{}
		for _, name := range f.names {
			s.now[name] = f.eager(f.modules[name], true)
		}
		s.findCircles()
		for _, name := range f.names {
			if m := f.modules[name]; m.file != nil {
				s.keepLoaded(m)
			}
		}
		changed = s.count() != before
	}
	f.reach = map[string][]string{}
	for _, name := range f.names {
		for other := range s.closure(name, s.now) {
			f.reach[name] = append(f.reach[name], other)
		}
	}
}

// count changes with every binding that is kept, and with every residue.
func (s *solver) count() int {
	n := 0
	for _, m := range s.modules {
		m.all(func(_ *step, b *binding) {
			if b.kept != "" {
				n++
			}
		})
		for i := range m.steps {
			n += 1_000_003 * (len(m.steps[i].residue) + len(m.steps[i].loggers) + len(m.steps[i].perhaps))
		}
	}
	return n
}

// closure is what importing a module loads by some edges, itself and the packages
// that it is in not counted.
func (s *solver) closure(name string, edges map[string][]string) map[string]bool {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(n string) {
		for _, next := range append(slices.Clone(edges[n]), beneath[n]...) {
			if !seen[next] {
				seen[next] = true
				visit(next)
			}
		}
	}
	visit(name)
	return seen
}

// loaded is what is there when a module's own code has run: its packages began before.
func (s *solver) loaded(m *module) map[string]bool {
	all := s.closure(m.name, s.now)
	for _, p := range parents(m.name) {
		all[p] = true
		for name := range s.closure(p, s.now) {
			all[name] = true
		}
	}
	return all
}

// findCircles finds the modules that import one another at once. Which of them is
// imported first may matter, and two threads could wait for one another.
func (s *solver) findCircles() {
	s.circle = map[string]bool{}
	for _, name := range s.names {
		seen := map[string]bool{}
		var visit func(string)
		visit = func(n string) {
			for _, next := range s.now[n] {
				if next == n || strings.HasPrefix(n, next+".") {
					continue // a package begins before its modules do, whoever imports them
				}
				if next == name {
					s.circle[name] = true
				}
				if !seen[next] {
					seen[next] = true
					visit(next)
				}
			}
		}
		visit(name)
	}
}

// keepLoaded keeps what is loaded anyway, and what importing late could be noticed.
func (s *solver) keepLoaded(m *module) {
	loaded := s.loaded(m)
	for i := range m.steps {
		st := &m.steps[i]
		for _, b := range st.bindings {
			if b.alias == nil || b.kept != "" {
				continue
			}
			if b.kept = s.late(b, loaded); b.kept == "" {
				s.leave(m, st, b, loaded)
			}
		}
	}
}

// late is why an import is done at once.
func (s *solver) late(b *binding, loaded map[string]bool) string {
	switch {
	case s.reachable(b.target):
		return "code outside of the family uses " + b.target + " without importing it, or may"
	case b.shared:
		return cmp.Or(s.effect(b.target, loaded), s.circular(b.target))
	case s.waits(b.target, b.attribute):
		return "" // the module is imported, if it has to be, but not asked for the name
	case loaded[b.target]:
		return b.target + " is loaded anyway"
	}
	return cmp.Or(s.effect(b.target, loaded), s.circular(b.target))
}

// reachable reports whether code outside of the family may reach a module without
// importing it.
func (s *solver) reachable(name string) bool {
	return s.options.Foreign[name] || s.options.Unseen && s.modules[name] == nil
}

// effect is what importing a module does beyond defining names, where other modules
// are loaded.
func (s *solver) effect(name string, loaded map[string]bool) string {
	m := s.modules[name]
	if m == nil {
		return ""
	}
	if m.effect != "" {
		return "importing " + name + " does more than define names: " + m.effect
	}
	for _, other := range m.sometimes {
		if !loaded[other] && s.modules[other] != nil && s.modules[other].effect != "" {
			return "importing " + name + " may import " + other
		}
	}
	return ""
}

// uncertain are the packages of which nothing is known that a module imports under a
// condition, and modules of the family that are not there. Where none of these can be
// imported, which is asked at run time, they cannot do anything either.
func (s *solver) uncertain(name string, loaded map[string]bool) string {
	m := s.modules[name]
	if m == nil {
		return ""
	}
	var all []string
	for _, other := range m.sometimes {
		if loaded[other] || s.modules[other] != nil {
			continue
		}
		for _, p := range append(parents(other), other) {
			if s.modules[p] == nil {
				all = append(all, p)
				break
			}
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

func (s *solver) circular(name string) string {
	if s.circle[name] {
		return name + " is part of a circle of imports"
	}
	return ""
}

// leave notes what a deferred import leaves behind: imports for their effects, and
// loggers, each in the order in which they were. What was left once stays, so that
// solving comes to an end.
func (s *solver) leave(m *module, st *step, b *binding, loaded map[string]bool) {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		if seen[name] || loaded[name] || name == m.name || strings.HasPrefix(m.name, name+".") {
			return
		}
		seen[name] = true
		for _, p := range parents(name) {
			visit(p)
		}
		for _, next := range s.was[name] {
			visit(next)
		}
		if !m.left[name] {
			s.remain(m, st, b, name, loaded)
		}
	}
	if s.circle[b.target] { // it is in a circle, but what is taken of it waits anyway
		if !m.left[b.target] { // or solving would never end
			m.left[b.target] = true
			st.residue = append(st.residue, b.target)
		}
		return
	}
	visit(b.target)
}

// remain notes what a module would have done that is not imported any more when b is
// deferred.
func (s *solver) remain(m *module, st *step, b *binding, name string, loaded map[string]bool) {
	target := s.modules[name]
	switch {
	case target == nil && (s.foreign(name) || s.reachable(name)), s.effect(name, loaded) != "":
		st.residue = append(st.residue, cmp.Or(behind[name], name))
		loaded[name] = true
		for below := range s.closure(name, s.now) {
			loaded[below] = true
		}
	case target == nil:
		return
	default:
		if packages := s.uncertain(name, loaded); packages != "" {
			begin := name
			if s.circle[name] { // who enters it first is who did
				begin = b.target
			}
			st.perhaps = append(st.perhaps, [2]string{packages, begin})
		}
		st.loggers = append(st.loggers, target.loggers...)
	}
	m.left[name] = true
}
