package imports

import (
	"bytes"
	_ "embed" // what goes into the package
	"fmt"
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// RuntimeSource is the module Runtime, as most families need it.
//
//go:embed runtime.py
var RuntimeSource []byte

// Options say what is known of the code around the family.
type Options struct {
	// Foreign are modules of the standard library that other code reaches as
	// attributes of their packages without importing them itself.
	Foreign map[string]bool
	// Unseen says that other code uses the family of which nothing is known: it may
	// reach every such module.
	Unseen bool
	// Lazy says that no Python before 3.15 imports the family.
	Lazy bool
}

// Result is the family with its imports deferred.
type Result struct {
	// Sources are the files that change.
	Sources map[string][]byte
	// Runtime is the source of the module Runtime, where any file changes.
	Runtime []byte
	// Deferred counts the names that are bound later than before.
	Deferred int
}

// mark begins what only a rewritten source has.
var mark = []byte("_coldcut_names = __import__(\"" + Runtime + "\")")

// Defer defers imports in the sources of a family of packages, by their paths
// relative to the folder that Python imports from. Sources that were deferred before
// are left as they are, and so is all of a family that holds one.
func Defer(sources map[string][]byte, o Options) (*Result, error) {
	result := &Result{Sources: map[string][]byte{}}
	for _, text := range sources {
		if bytes.Contains(text, mark) {
			return result, nil
		}
	}
	f := newFamily(sources)
	f.judgeAll()
	f.judgeDefaults()
	f.solve(o)
	f.handOut()
	if o.Lazy {
		f.useLazy()
	}
	result.Runtime = f.runtime(o)
	for _, name := range f.names {
		m := f.modules[name]
		text := f.rewrite(m)
		if text == nil {
			continue
		}
		if err := f.check(m, text); err != nil {
			return nil, err
		}
		result.Sources[m.path] = text
		m.all(func(_ *step, b *binding) {
			if b.kept == "" {
				result.Deferred++
			}
		})
	}
	return result, nil
}

// handOut tells packages which of their modules are imported by nobody any more: those
// that are deferred, and those that they would have loaded in turn.
func (f *family) handOut() {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		if seen[name] || f.modules[name] == nil {
			return
		}
		seen[name] = true
		f.offer(name)
		for _, next := range f.was[name] {
			visit(next)
		}
	}
	for _, name := range f.names {
		f.modules[name].all(func(_ *step, b *binding) {
			if b.alias == nil || b.kept != "" || f.modules[b.target] == nil {
				return
			}
			if b.attribute != "" {
				f.modules[b.target].watched = true
			}
			visit(b.target)
		})
	}
}

// offer has the packages that a module is in hand it out.
func (f *family) offer(name string) {
	above := parents(name)
	for i, p := range above {
		next := name
		if i+1 < len(above) {
			next = above[i+1]
		}
		if m := f.modules[p]; m != nil && m.file != nil && m.pkg {
			m.below[next[len(p)+1:]] = true
		}
	}
}

// check holds a rewritten source to what no edit may change: where its definitions
// and its other statements stand.
func (f *family) check(m *module, text []byte) error {
	file, err := python.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: with its imports deferred: %w", m.path, err)
	}
	if !slices.Equal(outline(m.file), outline(file)) {
		return fmt.Errorf("%s: deferring its imports would move its lines", m.path)
	}
	return nil
}

// outline is the kind and line of each statement in a function or class, and of each
// definition.
func outline(file *python.File) []string {
	var list []string
	depth := 0
	var visit func(body []python.Stmt)
	visit = func(body []python.Stmt) {
		python.InspectAll(body, func(n python.Node) bool {
			s, ok := n.(python.Stmt)
			if !ok {
				return true
			}
			line, _ := file.Position(s.Bounds().Start)
			inner := bodyOf(s)
			if inner != nil || depth > 0 {
				list = append(list, fmt.Sprintf("%T %d", s, line))
			}
			if inner != nil {
				depth++
				visit(inner)
				depth--
				return false
			}
			return true
		})
	}
	visit(file.Body)
	return list
}

// bodyOf is the body of a function or class, nil for other statements.
func bodyOf(s python.Stmt) []python.Stmt {
	switch s := s.(type) {
	case *python.FunctionDef:
		return s.Body
	case *python.ClassDef:
		return s.Body
	}
	return nil
}
