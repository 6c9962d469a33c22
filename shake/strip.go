package shake

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/python"
)

// Reader is a distribution whose sources stay, since something reads them.
type Reader struct {
	// Name is the distribution's; empty for the function's own code.
	Name string `json:"name"`
	// Why says what reads them, and where.
	Why string `json:"why"`
}

// strip puts bytecode in the place of a source, where Python finds it without one
// (importlib's SourcelessFileLoader). What is in __pycache__ counts only beside a
// source.
func (c *cut) strip(source string, data []byte) {
	to := source + "c"
	if _, there := c.fat.Lookup(source); there {
		c.move(source, to, data)
	} else { // an earlier pass added it
		delete(c.edits, source)
		delete(c.by, source)
		c.beside[to] = c.beside[source]
		delete(c.beside, source)
		c.edits[to], c.by[to] = data, c.pass
	}
	dir, base := path.Split(source)
	for _, f := range c.fat.Under(dir + "__pycache__") {
		if strings.HasPrefix(path.Base(f.Path), strings.TrimSuffix(base, "py")) {
			c.remove(f.Path)
		}
	}
	c.bytecode.Stripped++
}

// readers finds which sources must stay, by what stands in all of them.
func (c *cut) readers(view *artifact.Artifact) (stays func(source string) bool, err error) {
	owners, err := c.fat.Owners()
	if err != nil {
		return nil, err
	}
	r := &reading{view: view, owners: owners, why: map[string]string{}, imports: map[string]map[string]string{}, homes: map[string]map[string]bool{}, named: map[string]bool{}}
	for _, f := range view.Files() {
		switch {
		case !f.Mode.IsRegular():
		case path.Ext(f.Path) == ".py":
			err = r.source(f.Path)
		case owners[f.Path] == "" && f.Size <= largestText && path.Ext(f.Path) != ".pyc" && !strings.Contains(f.Path, "-info/"):
			err = r.other(f.Path)
		}
		if err != nil {
			return nil, err
		}
	}
	r.spread()
	for _, name := range sorted(r.why) {
		c.bytecode.Readers = append(c.bytecode.Readers, Reader{name, r.why[name]})
	}
	return r.stays, nil
}

func sorted(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// reading is what is known of who reads sources.
type reading struct {
	view    *artifact.Artifact
	owners  map[string]string
	why     map[string]string            // by distribution: the evidence
	imports map[string]map[string]string // by distribution: the modules that it imports, and where
	homes   map[string]map[string]bool   // the distributions that have a module or a folder of a name
	named   map[string]bool              // sources that stand in strings, by [tail]
}

// readingNames are functions of the standard library that read sources (inspect,
// linecache, and pkgutil and importlib.resources, if they are asked for one).
var readingNames = []string{"getsource", "getsourcelines", "getsourcefile", "findsource", "getblock", "getcomments", "getline", "getlines", "updatecache"}

// readingModules compile what they are given from its source. They may come from a
// layer, and so need not be in the package.
var readingModules = []string{"torch", "numba", "triton", "taichi", "pyximport", "jax", "tensorflow"}

// source takes down what one source says.
func (r *reading) source(file string) error {
	owner := r.owners[file]
	text, err := r.view.ReadFile(file)
	if err != nil {
		return err
	}
	r.home(file, owner)
	tree, err := python.Parse(text)
	if err != nil {
		return nil //nolint:nilerr // what this Python compiled and we cannot read shows nothing
	}
	bare := docstrings(tree)
	python.InspectAll(tree.Body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Name:
			r.name(owner, file, n.ID, "")
		case *python.Attribute:
			base, _ := n.Value.(*python.Name)
			r.name(owner, file, n.Attr, idOf(base))
		case *python.Import:
			for _, a := range n.Names {
				r.imported(owner, file, a.Name)
			}
		case *python.ImportFrom:
			if n.Level == 0 {
				r.imported(owner, file, n.Module)
			}
			for _, a := range n.Names {
				r.name(owner, file, a.Name, n.Module)
			}
		case *python.Str:
			if !bare[n] {
				r.text(owner, file, n.Value)
			}
		}
		return true
	})
	return nil
}

func idOf(n *python.Name) string {
	if n == nil {
		return ""
	}
	return n.ID
}

// docstrings are the strings that stand for themselves.
func docstrings(tree *python.File) map[*python.Str]bool {
	found := map[*python.Str]bool{}
	python.InspectAll(tree.Body, func(n python.Node) bool {
		if s, ok := n.(*python.ExprStmt); ok {
			if str, ok := s.Value.(*python.Str); ok {
				found[str] = true
			}
		}
		return true
	})
	return found
}

// home takes down that a distribution has what is called like the parts of a path. An
// import begins at one of them, but at none inside of a package: aws/logging/__init__.py
// is not what import logging finds.
func (r *reading) home(file, owner string) {
	dir := ""
	for _, part := range strings.Split(strings.TrimSuffix(file, ".py"), "/") {
		if r.homes[part] == nil {
			r.homes[part] = map[string]bool{}
		}
		r.homes[part][owner] = true
		dir = path.Join(dir, part)
		if _, pkg := r.view.Lookup(path.Join(dir, "__init__.py")); pkg {
			return
		}
	}
}

// largestText bounds the other files of the function's own that are read, in bytes.
const largestText = 1 << 20

// sourceName matches the name of a source in a start script or a configuration.
var sourceName = regexp.MustCompile(`[^\s\\'"=:,;()]+\.py\b`)

// other takes down the sources that a file of another kind names, as a start script does.
func (r *reading) other(file string) error {
	text, err := r.view.ReadFile(file)
	for _, name := range sourceName.FindAll(text, -1) {
		r.named[tail(string(name))] = true
	}
	return err
}

// name looks at a name. getline and getlines count as linecache's alone.
func (r *reading) name(owner, file, name, of string) {
	if strings.HasPrefix(name, "getline") && of != "linecache" {
		return
	}
	if slices.Contains(readingNames, name) {
		r.because(owner, file+" uses "+name)
	}
}

func (r *reading) because(owner, why string) {
	r.why[owner] = cmp.Or(r.why[owner], why)
}

func (r *reading) imported(owner, file, module string) {
	top, _, _ := strings.Cut(module, ".")
	if r.imports[owner] == nil {
		r.imports[owner] = map[string]string{}
	}
	r.imports[owner][top] = cmp.Or(r.imports[owner][top], file)
	if slices.Contains(readingModules, top) {
		r.because(owner, file+" imports "+top+", which reads the sources of what it compiles")
	}
}

// text looks at a string. One that ends in .py names a source to read or to run, or,
// without a name of its own, any.
func (r *reading) text(owner, file, text string) {
	if !strings.HasSuffix(text, ".py") {
		return
	}
	name := tail(strings.ReplaceAll(text, `\`, "/"))
	if strings.ContainsAny(name, "*?[{% ") || name == ".py" || name == "__init__.py" {
		r.because(owner, file+" looks for sources: "+text)
		return
	}
	r.named[name] = true
}

// tail is what tells a source from others: its name, or that of its package too.
func tail(name string) string {
	dir, base := path.Split(name)
	if base == "__init__.py" || base == "__main__.py" {
		return path.Join(path.Base(dir), base)
	}
	return base
}

// spread adds those that import a reader: it may be handed what is theirs.
func (r *reading) spread() {
	direct := sorted(r.why)
	for owner, modules := range r.imports {
		for _, module := range sorted(modules) {
			for _, reader := range direct {
				if reader != "" && reader != owner && r.homes[module][reader] {
					r.because(owner, modules[module]+" imports "+module+", of "+reader+", which reads sources")
				}
			}
		}
	}
}

// stays reports whether a source is left alone: its distribution's are read, it is
// named in a string, is a script, or is no file of its own.
func (r *reading) stays(source string) bool {
	if _, read := r.why[r.owners[source]]; read || r.named[tail(source)] {
		return true
	}
	f, ok := r.view.Lookup(source)
	if !ok || !f.Mode.IsRegular() {
		return true
	}
	text, err := r.view.ReadFile(source)
	return err != nil || bytes.HasPrefix(text, []byte("#!"))
}
