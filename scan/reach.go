package scan

import (
	"maps"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// A group is what is written and installed together: a distribution, or, where no
// RECORD tells of one, a top-level module.

// reach tells, for each group, which others its code can call into: those that it
// imports, and those that these import in turn, since objects travel that way too.
type reach map[string]map[string]bool

// reaches reports whether code in from can hold something that is defined in of. The
// program's own modules hand each other things that they do not import themselves.
func (p *program) reaches(from, of *file) bool {
	return from.group == of.group || from.origin == "" && of.origin == "" || p.reach[from.group][of.group]
}

// top is the top-level module that the file belongs to.
func (f *file) top() string {
	top, _, _ := strings.Cut(f.module, ".")
	return top
}

// botoNames are the words of which code that knows boto holds one.
var botoNames = []string{"boto3", "botocore", "aioboto3", "aiobotocore"}

// A small group is followed in any case, since it may hold the constants of a
// program; a large one in none, since following it takes more memory than a cut
// may. Both are sizes of sources in bytes.
const (
	smallGroup = 256 << 10
	largeGroup = 6 << 20
)

// followed finds the groups that the solver looks into: those that know boto, and
// small ones. What any other returns is unknown; its calls still count.
func followed(files []*file) (aware, follow map[string]bool) {
	aware, follow = map[string]bool{}, map[string]bool{}
	size := map[string]int64{}
	for _, f := range files {
		size[f.group] += f.size
		if !f.family && f.names(botoNames...) {
			aware[f.group] = true
		}
	}
	for g, n := range size {
		follow[g] = n <= smallGroup || aware[g] && n <= largeGroup
	}
	return aware, follow
}

// reachOf builds the closure of the imports between groups.
func reachOf(files []*file) reach {
	owner := map[string]map[string]bool{} // groups by top-level module name
	for _, f := range files {
		add(owner, f.top(), f.group)
	}
	direct := map[string]map[string]bool{}
	for _, f := range files {
		for _, name := range f.imports {
			for group := range owner[name] {
				add(direct, f.group, group)
			}
		}
	}
	all := reach{}
	for from := range direct {
		seen := map[string]bool{}
		for todo := []string{from}; len(todo) > 0; todo = todo[1:] {
			for to := range direct[todo[0]] {
				if !seen[to] {
					seen[to] = true
					todo = append(todo, to)
				}
			}
		}
		all[from] = seen
	}
	return all
}

func add(m map[string]map[string]bool, key, value string) {
	if m[key] == nil {
		m[key] = map[string]bool{}
	}
	m[key][value] = true
}

// importsOf lists the top-level names of the modules that a file may import: in
// its import statements, and in strings that could be a module's name where it
// imports by name.
func importsOf(f *python.File) []string {
	seen := map[string]bool{}
	note := func(dotted string) {
		// A clone, since the name is a view of the whole source.
		if top, _, _ := strings.Cut(dotted, "."); !seen[top] {
			seen[strings.Clone(top)] = true
		}
	}
	var strs []string
	byName := false
	for _, st := range f.Body {
		python.Inspect(st, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Import:
				for _, a := range n.Names {
					note(a.Name)
				}
			case *python.ImportFrom:
				if n.Level == 0 {
					note(n.Module)
				}
			case *python.Name:
				byName = byName || importsByName(n.ID)
			case *python.Attribute:
				byName = byName || importsByName(n.Attr)
			case *python.Str:
				if len(n.Value) <= longestWord && !strings.ContainsAny(n.Value, " /:\n") {
					strs = append(strs, n.Value)
				}
			}
			return true
		})
	}
	if byName {
		for _, name := range strs {
			note(name)
		}
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	return names
}

// importsByName reports whether code that uses the name may import what a string names.
func importsByName(name string) bool { return name == "import_module" || name == "__import__" }

// setServing marks the distributions that nothing but boto imports, as urllib3 and
// jmespath often are. They are given addresses, bodies and answers, and no client:
// what stands in them names no operation.
func (p *program) setServing() {
	tops := map[string]map[string]bool{} // of each distribution, its top-level modules
	for _, f := range p.files {
		if !f.family && f.origin != "" {
			add(tops, f.group, f.top())
		}
	}
	p.keepBelowFamily(tops)
	for grew := true; grew; {
		grew = false
		for _, f := range p.files {
			if _, serves := tops[f.group]; serves || f.family {
				continue
			}
			for group, names := range tops {
				if f.names(slices.Collect(maps.Keys(names))...) {
					delete(tops, group)
					grew = true
				}
			}
		}
	}
	for _, f := range p.files {
		_, f.serves = tops[f.group]
		f.serves = f.serves && !f.family
	}
}

// keepBelowFamily leaves the distributions that boto imports, or that these import.
func (p *program) keepBelowFamily(tops map[string]map[string]bool) {
	owner := map[string]map[string]bool{} // distributions by top-level module
	for group, names := range tops {
		for n := range names {
			add(owner, n, group)
		}
	}
	below := map[string]bool{}
	for grew := true; grew; {
		grew = false
		for _, f := range p.files {
			if !f.family && !below[f.group] {
				continue
			}
			for _, top := range f.imports {
				for group := range owner[top] {
					grew = grew || !below[group]
					below[group] = true
				}
			}
		}
	}
	maps.DeleteFunc(tops, func(group string, _ map[string]bool) bool { return !below[group] })
}
