package imports

import (
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// module is one module of the family.
type module struct {
	name    string // botocore.retries.standard
	path    string // as the caller named it
	pkg     bool   // an __init__.py
	file    *python.File
	surface *surface
	// effect is why importing it does more than defining names; empty if it does not.
	effect string
	// sometimes are the modules that it imports under a condition.
	sometimes []string
	// loggers are those that importing it makes.
	loggers []string
	// steps are its top-level imports and assignments that can be deferred.
	steps []step
	// left are the modules whose effects or loggers some step has left behind.
	left map[string]bool
	// watched is true where others may wait for its names.
	watched bool
	// below are submodules that others leave to its __getattr__.
	below map[string]bool
}

// family is all modules that are looked at, by name.
type family struct {
	modules map[string]*module
	names   []string // sorted
	// reach is what importing a module loads in the end.
	reach map[string][]string
	// was is what importing a module loads at once where nothing is deferred.
	was map[string][]string
}

// newFamily parses the sources: paths relative to the folder that Python imports
// from, with slashes. A source that does not parse, or is not UTF-8, is left alone.
func newFamily(sources map[string][]byte) *family {
	f := &family{modules: map[string]*module{}}
	for p, text := range sources {
		name, pkg := moduleName(p)
		if name == "" {
			continue
		}
		m := &module{name: name, path: p, pkg: pkg, below: map[string]bool{}, left: map[string]bool{}}
		f.modules[name] = m
		file, err := python.Parse(text)
		if err != nil || string(file.Text) != string(text) {
			m.effect = "it cannot be read"
			continue
		}
		m.file = file
		m.surface = readSurface(file)
	}
	for name := range f.modules {
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	return f
}

// moduleName is what Python imports a file as; empty if it cannot.
func moduleName(p string) (name string, pkg bool) {
	stem, ok := strings.CutSuffix(p, ".py")
	if !ok {
		return "", false
	}
	if dir, base := path.Split(stem); base == "__init__" {
		stem, pkg = strings.TrimSuffix(dir, "/"), true
	}
	if stem == "" || strings.ContainsAny(stem, ".-") {
		return "", false
	}
	return strings.ReplaceAll(stem, "/", "."), pkg
}

// first is the first part of a dotted name.
func first(dotted string) string {
	head, _, _ := strings.Cut(dotted, ".")
	return head
}

// parents are the packages that a module is in, outermost first.
func parents(name string) []string {
	var all []string
	for i, c := range name {
		if c == '.' {
			all = append(all, name[:i])
		}
	}
	return all
}

// absolute is the module that a from … import names; empty past the top.
func (m *module) absolute(level int, name string) string {
	if level == 0 {
		return name
	}
	parts := strings.Split(m.name, ".")
	if m.pkg {
		level--
	}
	if level >= len(parts) {
		return ""
	}
	parts = parts[:len(parts)-level]
	if name != "" {
		parts = append(parts, name)
	}
	return strings.Join(parts, ".")
}

// defines reports whether a module's own scope binds a name.
func (m *module) defines(name string) bool {
	return m.surface != nil && m.surface.bound[name] > 0
}

// offers reports whether a name can be imported from a module: one that it binds, or
// one that it imports with *.
func (f *family) offers(m *module, name string) bool {
	if m.defines(name) {
		return true
	}
	if m.file == nil || strings.HasPrefix(name, "_") {
		return false
	}
	for _, s := range m.file.Body {
		from, ok := s.(*python.ImportFrom)
		if !ok || from.Names[0].Name != "*" {
			continue
		}
		if source := f.modules[m.absolute(from.Level, from.Module)]; source != nil && source != m && f.listed(source, name) {
			return true
		}
	}
	return false
}

// listed reports whether from m import * binds a name of m's own.
func (f *family) listed(m *module, name string) bool {
	if !m.defines("__all__") {
		return m.defines(name)
	}
	for _, s := range m.file.Body {
		a, ok := s.(*python.Assign)
		if !ok {
			continue
		}
		if target, ok := a.Targets[0].(*python.Name); !ok || target.ID != "__all__" {
			continue
		}
		if list, ok := a.Value.(*python.List); ok {
			return m.defines(name) && slices.ContainsFunc(list.Elts, func(e python.Expr) bool {
				text, ok := e.(*python.Str)
				return ok && text.Value == name
			})
		}
	}
	return false
}

// edges calls visit for each module that a statement at a module's top imports, in
// Python's order.
func (f *family) edges(m *module, s python.Stmt, visit func(string)) {
	switch s := s.(type) {
	case *python.Import:
		for _, a := range s.Names {
			for _, p := range parents(a.Name) {
				visit(p)
			}
			visit(a.Name)
		}
	case *python.ImportFrom:
		base := m.absolute(s.Level, s.Module)
		for _, p := range parents(base) {
			visit(p)
		}
		visit(base)
		for _, a := range s.Names {
			if f.submodule(base, a.Name) {
				visit(base + "." + a.Name)
			}
		}
	}
}

// submodule reports whether from base import name may import base.name.
func (f *family) submodule(base, name string) bool {
	_, there := f.modules[base+"."+name]
	return there && (f.modules[base] == nil || !f.modules[base].defines(name))
}
