package scan

import (
	"maps"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// edges are what decides which other modules run because a file runs. They follow
// from the file's content alone; see graph for how they are read.
type edges struct {
	// imports are the modules that are imported by a known name, and the attributes
	// taken from them, which may be modules too: "a.b", "..c" with the dots of a
	// relative import, "a.*" with the star of one.
	imports []string
	// prefixes begin the names of modules that are imported by a name of which only
	// the beginning is known: "handlers." of f"handlers.{kind}".
	prefixes []string
	// named are the strings that read as a dotted name, with every beginning of them;
	// scripts those that name a Python file.
	named, scripts words
	// free are imports of any name, listed are listings of modules; where a file has
	// several, the first stands for all. evaluated is source that runs and is not known.
	free, listed, evaluated spot
	// plugins are the groups of entry points that are loaded; anyPlugin is one whose
	// name is not known.
	plugins   []string
	anyPlugin spot
	// steers is where the file changes how modules are found.
	steers spot
}

// spot is a line, and the source there that a note shows; 0 is none.
type spot struct {
	line int
	text string
}

// door is a way to modules that no import statement names.
type door uint8

const (
	importer door = iota + 1 // imports by name, or finds what others then import
	lister                   // lists the modules that there are
	plug                     // finds entry points
	ownPath                  // __path__: whoever is given it finds all that is in the package
)

// doorOf tells what a function's name opens. A switch, since every name in every
// file is asked for. Sources: the documentation of importlib, importlib.metadata,
// pkgutil, pkg_resources, runpy, imp and zipimport; attach_stub of lazy_loader reads
// the names from a file that is no Python.
func doorOf(name string) door {
	switch name {
	case "import_module", "__import__", "find_spec", "find_loader", "get_loader", "find_module", "load_module",
		"load_source", "load_compiled", "load_dynamic", "resolve_name", "run_module", "run_path", "safeimport",
		"attach_stub", "spec_from_file_location", "spec_from_loader", "SourceFileLoader",
		"SourcelessFileLoader", "ExtensionFileLoader", "zipimporter":
		return importer
	case "iter_modules", "walk_packages", "iter_importers":
		return lister
	case "entry_points", "iter_entry_points", "load_entry_point", "get_entry_map", "get_entry_info":
		return plug
	case "__path__":
		return ownPath
	}
	return 0
}

// edgesOf finds the edges of a file that parses.
func edgesOf(f *python.File) edges {
	c := edgeSet{file: f, imports: map[string]bool{}, prefixes: map[string]bool{}, plugins: map[string]bool{}, named: wordSet{}, scripts: wordSet{}, called: map[python.Expr]bool{}}
	for _, st := range f.Body {
		python.Inspect(st, c.node)
	}
	c.out.imports, c.out.prefixes, c.out.plugins = sortedKeys(c.imports), sortedKeys(c.prefixes), sortedKeys(c.plugins)
	c.out.named, c.out.scripts = c.named.sorted(), c.scripts.sorted()
	return c.out
}

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// edgeSet collects edges while a tree is walked.
type edgeSet struct {
	file                       *python.File
	out                        edges
	imports, prefixes, plugins map[string]bool
	named, scripts             wordSet
	called                     map[python.Expr]bool // callees whose calls were looked at
}

func (c *edgeSet) node(n python.Node) bool {
	switch n := n.(type) {
	case *python.ExprStmt:
		_, docstring := n.Value.(*python.Str)
		return !docstring
	case *python.Import:
		c.aliases(n.Names, "")
	case *python.ImportFrom:
		c.importFrom(n)
	case *python.Call:
		c.call(n)
	case *python.Name:
		c.name(n, n.ID)
	case *python.Attribute:
		c.name(n, n.Attr)
		c.steered(n)
	case *python.Str:
		c.text(n)
	}
	return true
}

func (c *edgeSet) importFrom(st *python.ImportFrom) {
	module := strings.Repeat(".", st.Level) + st.Module
	c.imports[strings.Clone(module)] = true
	if module != "" && !strings.HasSuffix(module, ".") {
		module += "."
	}
	c.aliases(st.Names, module)
}

// aliases adds what is imported. Whoever gives an importer another name is not
// followed, and may import anything by it; pydoc imports whatever it is asked for.
func (c *edgeSet) aliases(names []python.Alias, from string) {
	for i := range names {
		a := &names[i]
		c.imports[strings.Clone(from+a.Name)] = true // a view of the whole source
		if a.AsName != "" && a.AsName != a.Name {
			c.handedOn(a, doorOf(a.Name))
		}
		if from+a.Name == "sys.path" || from+a.Name == "sys.meta_path" || from+a.Name == "sys.path_hooks" {
			note(c, &c.out.steers, a)
		}
		if from+a.Name == "pydoc" || from == "pydoc." {
			note(c, &c.out.free, a)
		}
	}
}

// note remembers the first place of a kind.
func note(c *edgeSet, p *spot, n python.Node) {
	if p.line != 0 {
		return
	}
	p.line, _ = c.file.Position(n.Bounds().Start)
	p.text = strings.Clone(excerpt(c.file, n))
}

// excerpt is the source of a node on one line, shortened for people.
func excerpt(f *python.File, n python.Node) string {
	at := n.Bounds()
	s := strings.Join(strings.Fields(string(f.Text[at.Start:at.End])), " ")
	if len(s) > longestSource {
		s = strings.ToValidUTF8(s[:longestSource], "") + "…"
	}
	return s
}

func (c *edgeSet) call(n *python.Call) {
	name := lastName(n.Func)
	switch d := doorOf(name); {
	case d == importer:
		c.called[n.Func] = true
		c.importer(n, name)
	case d == plug:
		c.called[n.Func] = true
		c.plugin(n, name)
	case isEvaluator(n.Func) && len(n.Args) > 0:
		if _, known := n.Args[0].(*python.Str); !known {
			note(c, &c.out.evaluated, n)
		}
	}
}

// name handles a name whose call was not looked at.
func (c *edgeSet) name(n python.Expr, name string) {
	if d := doorOf(name); d != 0 && !c.called[n] {
		c.handedOn(n, d)
	}
}

// handedOn handles a door that somebody else opens.
func (c *edgeSet) handedOn(n python.Node, d door) {
	switch d {
	case importer:
		note(c, &c.out.free, n)
	case lister:
		note(c, &c.out.listed, n)
	case plug:
		note(c, &c.out.anyPlugin, n)
	case ownPath:
		c.prefixes["."] = true
	}
}

// steered finds the changes of sys.path and of the finders beside it. Reading
// them is so rare that it counts as a change.
func (c *edgeSet) steered(a *python.Attribute) {
	of, ok := a.Value.(*python.Name)
	if ok && of.ID == "sys" && (a.Attr == "path" || a.Attr == "meta_path" || a.Attr == "path_hooks") ||
		a.Attr == "addsitedir" {
		note(c, &c.out.steers, a)
	}
}

// importer handles a call that imports what its first argument names.
func (c *edgeSet) importer(n *python.Call, name string) {
	first := argument(n, 0, "name")
	if first == nil || unpacks(n) {
		note(c, &c.out.free, n)
		return
	}
	text, exact := known(first)
	switch name {
	case "import_module", "find_spec":
		c.imported(n, text, argument(n, 1, "package"), exact)
	case "__import__":
		level := argument(n, 4, "level")
		if zero, ok := level.(*python.Num); level != nil && (!ok || zero.Text != "0") {
			note(c, &c.out.free, n)
			return
		}
		c.imported(n, text, nil, exact)
		if exact && argument(n, 3, "fromlist") != nil {
			c.imported(n, text+".", nil, false)
		}
	case "find_loader", "get_loader", "run_module", "resolve_name":
		text, _, _ = strings.Cut(text, ":")
		c.imported(n, text, nil, exact)
	case "run_path", "SourceFileLoader", "spec_from_file_location", "load_source":
		c.runsFile(n)
	default:
		note(c, &c.out.free, n)
	}
}

// runsFile handles what runs a file. Where a string in the call names it, text() has it.
func (c *edgeSet) runsFile(n *python.Call) {
	for _, a := range n.Args {
		if s, ok := a.(*python.Str); ok && strings.HasSuffix(s.Value, ".py") {
			return
		}
	}
	note(c, &c.out.free, n)
}

// imported adds a module that is imported by its name, or by the beginning of one,
// relative to pkg where it begins with a dot.
func (c *edgeSet) imported(n *python.Call, name string, pkg python.Expr, exact bool) {
	name, ok := absolute(name, pkg)
	switch {
	case !ok || name == "" && !exact:
		note(c, &c.out.free, n)
	case exact:
		c.imports[strings.Clone(name)] = true
	default:
		c.prefixes[strings.Clone(name)] = true
	}
}

// Stand-ins for what only the importing file's place tells.
const (
	ownName    = "\x00" // __name__
	ownPackage = "\x01" // __package__
)

// absolute resolves a name that is relative to pkg as far as the file tells; what is
// relative to the file's own package keeps a dot before it.
func absolute(name string, pkg python.Expr) (string, bool) {
	for _, own := range []string{ownName, ownPackage} {
		if rest, ok := strings.CutPrefix(name, own); ok {
			return rest, strings.HasPrefix(rest, ".") && !strings.ContainsAny(rest, ownName+ownPackage)
		}
	}
	if strings.ContainsAny(name, ownName+ownPackage) {
		return "", false
	}
	rest := strings.TrimLeft(name, ".")
	dots := len(name) - len(rest)
	if dots == 0 {
		return name, true
	}
	if pkg == nil {
		return "", false
	}
	of, exact := known(pkg)
	switch {
	case !exact:
		return "", false
	case of == ownName || of == ownPackage:
		return name, true
	case of == "" || strings.ContainsAny(of, ownName+ownPackage):
		return "", false
	}
	for ; dots > 1; dots-- {
		of = of[:max(0, strings.LastIndexByte(of, '.'))]
	}
	return of + "." + rest, true
}

// argument returns an argument by its place, where it has one, or its name; nil
// where it is not given.
func argument(n *python.Call, i int, name string) python.Expr {
	for _, k := range n.Keywords {
		if k.Name == name {
			return k.Value
		}
	}
	if i >= 0 && i < len(n.Args) {
		return n.Args[i]
	}
	return nil
}

// known returns the text that an expression is, or !exact and the beginning of it.
func known(e python.Expr) (text string, exact bool) {
	switch e := e.(type) {
	case *python.Str:
		return e.Value, true
	case *python.Name:
		switch e.ID {
		case "__name__":
			return ownName, true
		case "__package__":
			return ownPackage, true
		}
	case *python.BinOp:
		return knownSum(e)
	case *python.Call: // "handlers.{}".format(kind)
		if of, ok := receiver(e.Func).(*python.Str); ok && lastName(e.Func) == "format" {
			text, _, _ = strings.Cut(of.Value, "{")
		}
		return text, false
	case *python.JoinedStr:
		for _, v := range e.Values {
			part, exact := known(v)
			text += part
			if !exact {
				return text, false
			}
		}
		return text, true
	case *python.FormattedValue:
		if e.Conversion == 0 && e.Spec == nil {
			return known(e.Value)
		}
	}
	return "", false
}

func knownSum(e *python.BinOp) (text string, exact bool) {
	left, exact := known(e.Left)
	switch {
	case e.Op == python.Mod && exact:
		text, _, _ = strings.Cut(left, "%")
		return text, false
	case e.Op != python.Add:
		return "", false
	case !exact:
		return left, false
	}
	right, exact := known(e.Right)
	return left + right, exact
}

// plugin handles a call that looks for entry points.
func (c *edgeSet) plugin(n *python.Call, name string) {
	group := argument(n, -1, "group")
	switch name {
	case "iter_entry_points":
		group = argument(n, 0, "group")
	case "load_entry_point", "get_entry_info":
		group = argument(n, 1, "group")
	}
	if s, ok := group.(*python.Str); ok {
		c.plugins[strings.Clone(s.Value)] = true
		return
	}
	note(c, &c.out.anyPlugin, n)
}

// longestText bounds the strings that are searched for names.
const longestText = 16 << 10

// text handles a string. One that is a sentence counts only where it may be source
// or a command.
func (c *edgeSet) text(n *python.Str) {
	s := n.Value
	switch {
	case s == "" || len(s) > longestText:
	case doorOf(s) == importer:
		note(c, &c.out.free, n) // getattr(importlib, "import_module")
	case !strings.ContainsAny(s, " \t\n"):
		addNames(c.named, c.scripts, s)
	case strings.Contains(s, "import ") || strings.Contains(s, "-m ") || strings.Contains(s, ".py"):
		addTokens(c.named, c.scripts, s)
	}
}

// addTokens adds whatever in a text may name a module.
func addTokens(named, scripts wordSet, text string) {
	for token := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r < 0x80 && !isWordByte(byte(r), "./:")
	}) {
		addNames(named, scripts, token)
	}
}

// addNames adds a string that may name a module, or something in one: "a.b.C",
// "a.b:c", "a/b.c" and "a/b.py"; for the dotted ones every beginning, since an
// attribute of a module is named together with it.
func addNames(named, scripts wordSet, s string) {
	script := false
	if strings.Contains(s, ".py") {
		s, script = strings.CutSuffix(s, ".py")
	}
	if s = strings.TrimPrefix(strings.TrimLeft(s, "."), "/"); strings.IndexByte(s, '/') >= 0 {
		s = strings.ReplaceAll(s, "/", ".")
	}
	s, _, _ = strings.Cut(s, ":")
	if s = strings.Trim(s, "."); s == "" || len(s) > longestWord || !isDotted(s) {
		return
	}
	if script {
		for at := 0; at >= 0; { // /var/task/worker.py: what lies above PATH is not known
			scripts.add(s[at:])
			next := strings.IndexByte(s[at:], '.')
			if next < 0 {
				break
			}
			at += next + 1
		}
		return
	}
	for i := range len(s) {
		if s[i] == '.' {
			named.add(s[:i])
		}
	}
	named.add(s)
}

// isDotted reports whether s is made of names with single dots between them.
func isDotted(s string) bool {
	start := true
	for i := range len(s) {
		switch b := s[i]; {
		case b == '.' && start, start && '0' <= b && b <= '9', b != '.' && !isWordByte(b, ""):
			return false
		default:
			start = b == '.'
		}
	}
	return !start
}
