package imports

import (
	"bytes"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// Submodules lists the modules inside packages of the standard library that some
// sources import at their top: xml.etree.ElementTree.
func Submodules(sources map[string][]byte) []string {
	f := newFamily(sources)
	seen := map[string]bool{}
	var all []string
	for _, name := range f.names {
		m := f.modules[name]
		if m.file == nil {
			continue
		}
		for _, target := range f.eager(m, false) {
			if strings.Contains(target, ".") && stdlib()[first(target)] && !seen[target] {
				seen[target] = true
				all = append(all, target)
			}
		}
	}
	return all
}

// Relies reports which of some modules a source reaches as attributes of their
// packages, without importing them itself: import xml, then xml.etree. Whoever
// imported them for it must go on doing so. A source that cannot be read relies on
// each that it mentions.
func Relies(source []byte, modules []string) []string {
	var mentioned []string
	for _, m := range modules {
		if bytes.Contains(source, []byte(m[strings.LastIndexByte(m, '.'):])) && bytes.Contains(source, []byte(first(m))) {
			mentioned = append(mentioned, m)
		}
	}
	if len(mentioned) == 0 {
		return nil
	}
	file, err := python.Parse(source)
	if err != nil {
		return mentioned
	}
	return reached(file, mentioned)
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
