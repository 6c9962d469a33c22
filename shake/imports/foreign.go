package imports

import (
	"bytes"
	_ "embed" // the standard library's submodules
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/internal/python"
)

// submodulesText lists the public modules inside packages of the standard library, of
// all versions from 3.7 on, that importing the package alone does not load.
//
//go:embed submodules.txt
var submodulesText string

// Submodules lists the modules inside packages of the standard library that code may
// reach because some other has imported them: xml.etree.ElementTree.
var Submodules = sync.OnceValue(func() []string { return strings.Fields(submodulesText) })

// direct lists what sources import at their top.
func (f *family) direct() map[string]bool {
	all := map[string]bool{}
	for _, name := range f.names {
		for _, target := range f.was[name] {
			all[target] = true
		}
	}
	return all
}

// runtime is the module Runtime of a family. Modules that other code reaches, and that
// the family has imported only because of what it imports, are imported there, since
// that may be deferred. Not every Python has every module.
func (f *family) runtime(o Options) []byte {
	direct := f.direct()
	var names []string
	for name := range o.Foreign {
		if o.Foreign[name] && !direct[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return RuntimeSource
	}
	slices.Sort(names)
	return slices.Concat(RuntimeSource, []byte("\n\n# Code outside of the family reaches these without importing them.\nfor _name in \""+strings.Join(names, " ")+
		"\".split():\n    try:\n        __import__(_name)\n    except Exception:\n        pass  # this Python has none, or warns of it\n"))
}

// Relies reports which of some modules a source reaches as attributes of their
// packages, without importing them itself: import xml, then xml.etree. Whoever
// imported them for it must go on doing so. A source that cannot be read relies on
// each that it mentions, and so does bytecode.
func Relies(source []byte, modules []string) []string {
	mentioned := namedIn(source, modules, ".")
	if len(mentioned) == 0 {
		return nil
	}
	file, err := python.Parse(source)
	if err != nil {
		return mentioned
	}
	return reached(file, mentioned)
}

// MayRely is [Relies] for bytecode without a source, which names each part of a module's
// name apart.
func MayRely(bytecode []byte, modules []string) []string { return namedIn(bytecode, modules, "") }

// namedIn are the modules of which a file has the first part of the name and the last.
func namedIn(text []byte, modules []string, before string) (list []string) {
	tops := map[string]bool{}
	for _, m := range modules {
		top := first(m)
		has, known := tops[top]
		if !known {
			has = bytes.Contains(text, []byte(top))
			tops[top] = has
		}
		if has && bytes.Contains(text, []byte(before+last(m))) {
			list = append(list, m)
		}
	}
	return list
}

func reached(file *python.File, modules []string) []string {
	tops := map[string]string{} // what import binds
	imported := map[string]bool{}
	var paths []string
	python.InspectAll(file.Body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Import:
			for _, a := range n.Names {
				for _, p := range append(parents(a.Name), a.Name) {
					imported[p] = true
				}
				if a.AsName != "" {
					tops[a.AsName] = a.Name
				} else {
					tops[first(a.Name)] = first(a.Name)
				}
			}
		case *python.ImportFrom:
			for _, p := range append(parents(n.Module), n.Module) {
				imported[p] = true
			}
			for _, a := range n.Names {
				imported[n.Module+"."+a.Name] = true
				tops[own(a)] = n.Module + "." + a.Name
			}
		case *python.Attribute:
			if p := dotted(n); p != "" {
				paths = append(paths, p)
			}
		}
		return true
	})
	var list []string
	for _, m := range modules {
		for _, p := range paths {
			top, rest, _ := strings.Cut(p, ".")
			if full := tops[top] + "." + rest; !imported[m] && (full == m || strings.HasPrefix(full, m+".")) {
				list = append(list, m)
				break
			}
		}
	}
	return list
}

// dotted is the spelling of a chain of attributes of a name, empty for others.
func dotted(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		return e.ID
	case *python.Attribute:
		if base := dotted(e.Value); base != "" {
			return base + "." + e.Attr
		}
	}
	return ""
}
