package imports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// keptDefault is the default of a constructor's parameter that only is kept for later:
//
//	def __init__(self, …, popen=subprocess.Popen):
//	    self._popen = popen
//
// It can wait until the attribute is read. Instead of the default stands something that
// finds it; the class gives whoever reads the attribute what was found. So botocore's
// providers of credentials, all of which are made for each client, need no subprocess.
type keptDefault struct {
	thunk
	class     *python.ClassDef
	attribute string
}

// special are what makes a class keep its attributes in a way of its own.
var special = []string{"__slots__", "__setattr__", "__delattr__", "__getattribute__", "__getattr__", "__set_name__", "__class__", "__dict__"}

// defaultsOf finds them in a class at the module's top.
func (r *reader) defaultsOf(c *python.ClassDef) []keptDefault {
	if r.scope != nil || r.deferred || len(c.Decorators)+len(c.Keywords)+len(c.TypeParams) > 0 || r.out.bound[c.Name] != 1 {
		return nil
	}
	init, ok := only(c.Body, "__init__")
	if !ok || init.Async || len(init.Decorators)+len(init.TypeParams) > 0 {
		return nil
	}
	all := params(init.Params)
	if len(all) == 0 || all[0].Name != "self" {
		return nil
	}
	var found []keptDefault
	for _, p := range all[1:] {
		name, isName := root(p.Default).(*python.Name)
		if !isName || p.Annotation != nil || r.imported[name.ID] == "" || r.out.bound[name.ID] != 1 {
			continue
		}
		if attribute, ok := keeps(init.Body, p.Name); ok {
			head := fmt.Sprintf("_coldcut_names.default(%q, lambda: ", name.ID)
			found = append(found, keptDefault{thunk{p.Default, head, ")"}, c, attribute})
		}
	}
	return found
}

// only is the one function of a name in a class, which nothing else binds there.
func only(body []python.Stmt, name string) (found *python.FunctionDef, ok bool) {
	n := 0
	bindings(body, func(bound string) {
		if bound == name {
			n++
		}
	}, nil, nil)
	for _, s := range body {
		if f, is := s.(*python.FunctionDef); is && f.Name == name {
			found = f
		}
	}
	return found, n == 1 && found != nil
}

// keeps is the attribute that a constructor sets to a parameter of which it makes no
// other use.
func keeps(body []python.Stmt, parameter string) (attribute string, ok bool) {
	uses, others := 0, false
	python.InspectAll(body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Name:
			if n.ID == parameter {
				uses++
			}
			others = others || n.ID == "locals" || n.ID == "dir" || n.ID == "vars"
		case *python.Global:
			others = others || slices.Contains(n.Names, parameter)
		case *python.FunctionDef, *python.ClassDef, *python.Lambda:
			others = others || mentions(n, parameter) || mentions(n, "self")
		}
		return true
	})
	bindings(body, func(name string) { others = others || name == parameter || name == "self" }, nil, nil)
	for _, s := range body {
		a, is := s.(*python.Assign)
		if !is || len(a.Targets) != 1 {
			continue
		}
		target, is := a.Targets[0].(*python.Attribute)
		value, named := a.Value.(*python.Name)
		if is && named && value.ID == parameter && isName(target.Value, "self") && len(target.Attr) > 0 {
			attribute = target.Attr
		}
	}
	private := len(attribute) > 1 && attribute[:2] == "__" // spelled otherwise in the class
	return attribute, attribute != "" && !private && uses == 1 && !others
}

func isName(e python.Expr, name string) bool {
	n, ok := e.(*python.Name)
	return ok && n.ID == name
}

func mentions(n python.Node, name string) bool {
	found := false
	python.Inspect(n, func(n python.Node) bool {
		id, ok := n.(*python.Name)
		found = found || ok && id.ID == name
		return !found
	})
	return found
}

// judgeDefaults gives up those whose classes are not known to keep attributes as Python
// does, and those whose attribute a class of the family gives another meaning.
func (f *family) judgeDefaults() {
	taken := map[string]bool{}
	for _, m := range f.modules {
		if m.file == nil {
			continue
		}
		python.InspectAll(m.file.Body, func(n python.Node) bool {
			if c, ok := n.(*python.ClassDef); ok {
				bindings(c.Body, func(name string) { taken[name] = true }, nil, nil)
			}
			return true
		})
	}
	for _, m := range f.modules {
		if m.file == nil {
			continue
		}
		m.surface.defaults = slices.DeleteFunc(m.surface.defaults, func(d keptDefault) bool {
			fit := !taken[d.attribute] && f.plain(m, d.class, 0)
			for i := range m.surface.uses {
				if u := &m.surface.uses[i]; !fit && within(u.name, d.expr) {
					u.deferred = false
				}
			}
			return !fit
		})
	}
}

// plain reports whether a class and its bases, all of the family, keep attributes as
// Python does.
func (f *family) plain(m *module, c *python.ClassDef, depth int) bool {
	if len(c.Keywords)+len(c.Decorators) > 0 || depth > 10 {
		return false
	}
	own := false
	bindings(c.Body, func(name string) { own = own || slices.Contains(special, name) }, nil, nil)
	return !own && !slices.ContainsFunc(c.Bases, func(b python.Expr) bool {
		n, ok := b.(*python.Name)
		if ok && n.ID == "object" && !m.defines(n.ID) {
			return false
		}
		of, base := f.classOf(m, b)
		return base == nil || !f.plain(of, base, depth+1)
	})
}

// classOf is the class that an expression at a module's top means; nil if it is none of
// the family.
func (f *family) classOf(m *module, e python.Expr) (*module, *python.ClassDef) {
	n, ok := e.(*python.Name)
	if !ok {
		return nil, nil
	}
	for range 10 {
		if m.file == nil || m.surface.bound[n.ID] != 1 || m.surface.barred[n.ID] != "" {
			return nil, nil
		}
		for _, s := range m.file.Body {
			switch s := s.(type) {
			case *python.ClassDef:
				if s.Name == n.ID {
					return m, s
				}
			case *python.ImportFrom:
				for _, a := range s.Names {
					if own(a) == n.ID && f.modules[m.absolute(s.Level, s.Module)] != nil {
						m, n = f.modules[m.absolute(s.Level, s.Module)], &python.Name{ID: a.Name}
					}
				}
			}
		}
	}
	return nil, nil
}

// defaults has those wait whose modules do.
func (w *writer) defaults() {
	end := uint32(len(w.m.file.Text))
	var calls []string
	for _, d := range w.m.surface.defaults {
		if !w.defers(d.thunk) {
			continue
		}
		w.thunk(d.thunk)
		calls = append(calls, fmt.Sprintf("_coldcut_names.kept(%s, %q)", d.class.Name, d.attribute))
	}
	if len(calls) == 0 {
		return
	}
	tail := strings.Join(calls, "; ") + "\n"
	if end > 0 && w.m.file.Text[end-1] != '\n' && !w.m.watched {
		tail = "\n" + tail
	}
	w.edits = append(w.edits, edit{python.Span{Start: end, End: end}, tail})
}
