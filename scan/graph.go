package scan

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// graph is the import graph of the whole program. What runs must be reached, so
// every doubt adds an edge: all branches of a conditional import count, a name may
// be that of a module in several folders, and then it is all of them, and a string
// that equals a module's name imports it.
type graph struct {
	p     *program
	nodes []*node // sorted by full
	of    map[*file]*node
	// index finds modules by the hash of their dotted name below any folder.
	index   map[uint64][]match
	roots   map[*artifact.Artifact]map[string]bool // where imports start, with a dot behind them
	groups  map[string][]*node
	plugins map[string][]string // names in entry_points.txt by their group
	opaque  map[string]*node    // by the file's name
	touched map[string]bool     // groups with a module that is reached
	whole   map[string]bool     // groups that are reached as a whole
	todo    []*node
	from    *node // the module that is followed
	notes   []Note
	// everything is reached: own code imports what cannot be known.
	everything bool
	// ownSteers and steers tell who changes where modules are looked for.
	ownSteers []*node
	steers    map[string]bool
	// byName tells that something imports by names that it is given, and packages
	// are those that strings name: frameworks import conventional modules of these.
	byName   bool
	packages []*node
}

// node is a module: a source file, compiled code, or a folder without __init__.
type node struct {
	tree          *artifact.Artifact
	full          string // the path with dots for slashes, without __init__ and ending
	name          string // as a person reads it
	group, origin string
	file          *file
	native        string // path of compiled code
	isPackage     bool
	reached       bool
	by            *node // the module that reached it, nil for an entry
	named         bool  // by a string
	below         bool  // all that lies in it is reached
}

func (n *node) family() bool { return n.file != nil && n.file.family }

// match is a module whose name, below the folder full[:at], was asked for.
type match struct {
	node   *node
	at     int
	isRoot bool // imports start from that folder
}

func (m match) root() string { return m.node.full[:m.at] }

func newGraph(p *program) (*graph, error) {
	g := &graph{
		p: p, of: map[*file]*node{}, index: map[uint64][]match{}, roots: map[*artifact.Artifact]map[string]bool{},
		groups: map[string][]*node{}, plugins: map[string][]string{}, opaque: map[string]*node{},
		touched: map[string]bool{}, whole: map[string]bool{}, steers: map[string]bool{},
	}
	for _, f := range p.files {
		n := &node{tree: f.tree, name: f.name, group: f.group, origin: f.origin, file: f, isPackage: f.isInit}
		n.full, _ = moduleName(f.path, nil)
		g.of[f] = n
		g.nodes = append(g.nodes, n)
	}
	for _, t := range p.trees {
		g.roots[t.Artifact] = map[string]bool{}
		for _, r := range t.roots {
			g.roots[t.Artifact][rootOf(r)] = true
		}
		g.addCompiled(t)
		if err := g.addPlugins(t.Artifact); err != nil {
			return nil, err
		}
	}
	g.addFolders()
	slices.SortFunc(g.nodes, func(a, b *node) int {
		return strings.Compare(a.full, b.full)*4 + strings.Compare(a.name, b.name)
	})
	for _, n := range g.nodes {
		g.add(n)
	}
	return g, nil
}

// rootOf is a folder as it begins a dotted name.
func rootOf(dir string) string {
	if dir == "" {
		return ""
	}
	return strings.ReplaceAll(dir, "/", ".") + "."
}

// addCompiled adds extension modules and bytecode without its source.
func (g *graph) addCompiled(t tree) {
	for _, e := range t.Files() {
		ext := path.Ext(e.Path)
		if !e.Mode.IsRegular() || ext != ".so" && ext != ".pyd" && (ext != ".pyc" || hasSource(t.Artifact, e.Path)) {
			continue
		}
		dir, base := path.Split(e.Path)
		base, _, _ = strings.Cut(base, ".")
		n := &node{tree: t.Artifact, name: t.prefix + e.Path, native: e.Path, origin: t.owners[e.Path]}
		n.full = strings.ReplaceAll(path.Join(dir, base), "/", ".")
		if base == "__init__" {
			n.full, n.isPackage = strings.ReplaceAll(path.Dir(e.Path), "/", "."), true
		}
		n.group = n.origin
		if n.group == "" {
			module, _ := moduleName(e.Path, t.roots)
			n.group, _, _ = strings.Cut(module, ".")
		}
		g.opaque[n.name] = n
		g.nodes = append(g.nodes, n)
	}
}

// addFolders adds the folders that hold modules and no __init__: namespace packages.
func (g *graph) addFolders() {
	type folder struct {
		tree *artifact.Artifact
		full string
	}
	have := map[folder]bool{}
	for _, n := range g.nodes {
		have[folder{n.tree, n.full}] = n.isPackage || have[folder{n.tree, n.full}]
	}
	for _, n := range slices.Clone(g.nodes) {
		for at := parent(n.full); at != "" && !have[folder{n.tree, at}]; at = parent(at) {
			have[folder{n.tree, at}] = true
			g.nodes = append(g.nodes, &node{tree: n.tree, full: at, name: n.name, group: n.group, origin: n.origin, isPackage: true})
		}
	}
}

// parent is the dotted name without its last part.
func parent(dotted string) string {
	return dotted[:max(0, strings.LastIndexByte(dotted, '.'))]
}

// add indexes a module under its name below every folder that it lies in.
func (g *graph) add(n *node) {
	g.groups[n.group] = append(g.groups[n.group], n)
	for at := 0; ; {
		h := hashWord(n.full[at:])
		g.index[h] = append(g.index[h], match{n, at, g.roots[n.tree][n.full[:at]]})
		next := strings.IndexByte(n.full[at:], '.')
		if next < 0 {
			return
		}
		at += next + 1
	}
}

// addPlugins reads the entry points of the distributions in a tree
// (packaging.python.org, "Entry points specification").
func (g *graph) addPlugins(a *artifact.Artifact) error {
	for _, e := range a.Files() {
		if path.Base(e.Path) != "entry_points.txt" {
			continue
		}
		text, err := a.ReadFile(e.Path)
		if err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		group := ""
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") {
				group = strings.Trim(line, "[] ")
			} else if _, object, ok := strings.Cut(line, "="); ok {
				module, _, _ := strings.Cut(object, ":")
				module, _, _ = strings.Cut(module, "[")
				g.plugins[group] = append(g.plugins[group], strings.TrimSpace(module))
			}
		}
	}
	return nil
}

// run reaches all that is to be reached from what is.
func (g *graph) run() error {
	if err := g.begin(); err != nil {
		return err
	}
	for ; len(g.todo) > 0; g.todo = g.todo[1:] { // the nearest first, for short ways
		g.from = g.todo[0]
		if err := g.follow(g.from); err != nil {
			return err
		}
	}
	return nil
}

// begin reaches what runs whatever the entries are: boto itself, what an interpreter
// runs when it starts, and what data beside the code names.
func (g *graph) begin() error {
	for _, n := range g.nodes {
		if base := n.full[strings.LastIndexByte(n.full, '.')+1:]; n.family() || base == "sitecustomize" || base == "usercustomize" {
			g.reach(n)
		}
	}
	for _, t := range g.p.trees {
		for _, e := range t.Files() {
			if !e.Mode.IsRegular() || e.Size > mostText || !namesModules(e.Path, t.owners[e.Path]) {
				continue
			}
			text, err := t.ReadFile(e.Path)
			if err != nil {
				return fmt.Errorf("scan: %w", err)
			}
			g.mention(string(text))
		}
	}
	return nil
}

// mostText bounds the data files that are searched for names of modules, in bytes.
const mostText = 1 << 20

// namesModules reports whether a file is data by which code is found: what site runs
// when Python starts, and the function's own configuration and shell scripts.
func namesModules(name, origin string) bool {
	dir, base := path.Split(name)
	switch path.Ext(base) {
	case ".pth":
		return true
	case "", ".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml", ".json", ".env", ".sh", ".properties", ".xml":
		return origin == "" && !strings.Contains(dir, ".dist-info/") && !strings.Contains(dir, "botocore/data/") && !strings.Contains(dir, "boto3/data/")
	}
	return false
}

// mention reaches the modules that a text from outside the sources names.
func (g *graph) mention(text string) {
	named, scripts := wordSet{}, wordSet{}
	addTokens(named, scripts, text)
	for h := range named {
		for _, m := range g.index[h] {
			if m.isRoot || m.node.origin == "" {
				g.reachNamed(m.node)
			}
		}
	}
	for h := range scripts {
		g.reachMatches(g.index[h])
	}
}

func (g *graph) reachMatches(ms []match) {
	for _, m := range ms {
		g.reach(m.node)
	}
}

func (g *graph) reachAll(nodes []*node) {
	for _, n := range nodes {
		g.reach(n)
	}
}

// reach marks a module, and the packages around it, which run before it does.
func (g *graph) reach(n *node) {
	if n.reached {
		return
	}
	n.reached, n.by = true, g.from
	g.touched[n.group] = true
	g.todo = append(g.todo, n)
	for at := parent(n.full); at != ""; at = parent(at) {
		for _, m := range g.index[hashWord(at)] {
			if m.at == 0 && m.node.tree == n.tree && m.node.isPackage {
				g.reach(m.node)
			}
		}
	}
}

// reachNamed marks a module that a string names. A package may be named to a
// framework that then imports modules in it by convention, as Django does models,
// and to python -m.
func (g *graph) reachNamed(n *node) {
	g.reach(n)
	if !n.isPackage || n.named {
		return
	}
	n.named = true
	if g.byName {
		g.reachBelow(n)
		return
	}
	g.packages = append(g.packages, n)
	for _, m := range g.index[hashWord(n.full+".__main__")] {
		if m.at == 0 && m.node.tree == n.tree {
			g.reach(m.node)
		}
	}
}

// reachBelow marks all that lies in a package.
func (g *graph) reachBelow(of *node) {
	if of.below {
		return
	}
	of.below = true
	below := of.full + "."
	from, _ := slices.BinarySearchFunc(g.nodes, below, func(n *node, s string) int { return strings.Compare(n.full, s) })
	for _, n := range g.nodes[from:] {
		if !strings.HasPrefix(n.full, below) {
			return
		}
		if n.tree == of.tree {
			g.reach(n)
			n.below = n.below || n.isPackage
		}
	}
}

// reachGroup marks a distribution, or own code's top-level module, as a whole.
func (g *graph) reachGroup(group string) {
	if !g.whole[group] {
		g.whole[group] = true
		g.reachAll(g.groups[group])
	}
}

// follow goes along a module's edges.
func (g *graph) follow(n *node) error {
	switch {
	case n.native != "":
		return g.followCompiled(n)
	case n.file == nil:
	case n.file.broken != nil:
		g.free(n, spot{n.file.broken.Line, "the file does not parse, so it"})
		g.followNames(n, n.file.words)
	default:
		g.followFile(n)
	}
	return nil
}

func (g *graph) followFile(n *node) {
	e := &n.file.edges
	if e.steers.line != 0 && !n.file.family {
		g.steered(n)
	}
	for _, name := range e.imports {
		g.imported(n, name)
	}
	for _, prefix := range e.prefixes {
		g.begun(n, prefix)
	}
	if n.file.family {
		return // it imports by name only its own modules, which are all reached
	}
	g.followNames(n, e.named)
	for _, h := range e.scripts {
		g.reachMatches(g.index[h])
	}
	g.followPlugins(n, e)
	if e.free.line != 0 {
		g.free(n, e.free)
	}
	if e.evaluated.line != 0 && n.origin == "" {
		g.free(n, e.evaluated)
	}
	if e.listed.line != 0 {
		g.listed(n, e.listed)
	}
}

// followNames reaches the modules that strings in n name: from where imports start,
// from the package that n is in, or for own code from any folder around it.
func (g *graph) followNames(n *node, names words) {
	pkg := n.full
	if !n.isPackage {
		pkg = parent(n.full)
	}
	for _, h := range names {
		for _, m := range g.index[h] {
			if m.node == n || m.node.family() || m.node.reached && (m.node.named || !m.node.isPackage) {
				continue
			}
			if m.isRoot || g.around(n, m) || m.node.tree == n.tree && m.root() == pkg+"." || g.anywhere(n, m) {
				g.reachNamed(m.node)
			}
		}
	}
}

// around reports whether m lies in a folder around n that own code may run from,
// such as functions/thumbnail.
func (g *graph) around(n *node, m match) bool {
	return n.origin == "" && m.node.tree == n.tree && strings.HasPrefix(n.full, m.root())
}

// anywhere reports whether n may find m in whatever folder it is, since its
// distribution, or own code, changes where modules are looked for. That own code
// reaches into a distribution so is believed only where a string names the folder.
func (g *graph) anywhere(n *node, m match) bool {
	switch {
	case m.node.origin == "":
		return len(g.ownSteers) > 0
	case n.origin != "":
		return g.steers[n.group] && m.node.group == n.group
	}
	return slices.ContainsFunc(g.ownSteers, func(of *node) bool {
		dir := strings.TrimSuffix(m.root(), ".")
		for start := range dir {
			if (start == 0 || dir[start-1] == '.') && of.file.edges.named.has(hashWord(dir[start:])) {
				return true
			}
		}
		return false
	})
}

// imported handles one import in n.
func (g *graph) imported(n *node, name string) {
	if rest := strings.TrimLeft(name, "."); len(rest) < len(name) {
		for _, base := range g.bases(n, len(name)-len(rest)) {
			g.find(n, strings.Trim(base+"."+rest, "."))
		}
		return
	}
	g.find(n, name)
}

// bases lists the names that a relative import's package has: below each root.
func (g *graph) bases(n *node, dots int) []string {
	if n.isPackage {
		dots--
	}
	at := n.full
	for ; dots > 0; dots-- {
		at = parent(at)
	}
	bases := []string{at}
	for r := range g.roots[n.tree] {
		if rest, ok := strings.CutPrefix(at, r); ok && rest != "" {
			bases = append(bases, rest)
		}
	}
	return bases
}

// find reaches the module of that name and the packages on the way to it. What is not
// where imports start may be in a folder that is no package: it is not known from
// where the program really starts.
func (g *graph) find(n *node, name string) {
	name, star := strings.CutSuffix(name, ".*")
	found := false
	for end := range prefixesOf(name) {
		for _, m := range g.index[hashWord(name[:end])] {
			if m.isRoot || g.around(n, m) || m.at == 0 && m.node.tree == n.tree || g.anywhere(n, m) {
				found = true
				g.reach(m.node)
				if star && end == len(name) {
					g.star(m.node)
				}
			}
		}
	}
	if found {
		return
	}
	for end := range prefixesOf(name) {
		for _, m := range g.index[hashWord(name[:end])] {
			if g.mayBeRoot(m) {
				g.reach(m.node)
			}
		}
	}
}

// prefixesOf yields where each beginning of a dotted name ends, the whole last.
func prefixesOf(name string) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range len(name) {
			if name[i] == '.' && !yield(i) {
				return
			}
		}
		yield(len(name))
	}
}

// mayBeRoot reports whether imports could start from the folder that a match starts
// from, though nothing says so: own code is there, and it is in no package. What
// pip installed has its root beside its metadata.
func (g *graph) mayBeRoot(m match) bool {
	if m.node.origin != "" {
		return false
	}
	for dir := strings.TrimSuffix(m.root(), "."); dir != ""; dir = parent(dir) {
		if slices.ContainsFunc(g.index[hashWord(dir)], func(of match) bool {
			return of.at == 0 && of.node.tree == m.node.tree && of.node.isPackage && (of.node.file != nil || of.node.native != "")
		}) {
			return false
		}
	}
	return true
}

// star reaches what __all__ of a package can bring: its modules are imported for it.
func (g *graph) star(pkg *node) {
	if !pkg.isPackage || pkg.file == nil || !pkg.file.names("__all__") {
		return
	}
	below := pkg.full + "."
	from, _ := slices.BinarySearchFunc(g.nodes, below, func(n *node, s string) int { return strings.Compare(n.full, s) })
	for _, n := range g.nodes[from:] {
		rest, ok := strings.CutPrefix(n.full, below)
		if !ok {
			return
		}
		if n.tree == pkg.tree && !strings.Contains(rest, ".") {
			g.reach(n)
		}
	}
}

// begun reaches every module whose name begins so.
func (g *graph) begun(n *node, prefix string) {
	if rest := strings.TrimLeft(prefix, "."); len(rest) < len(prefix) {
		for _, base := range g.bases(n, len(prefix)-len(rest)) {
			if base = strings.TrimPrefix(base+"."+rest, "."); base != "" {
				g.begins(n, base)
			}
		}
		return
	}
	g.begins(n, prefix)
}

func (g *graph) begins(n *node, prefix string) {
	if pkg := parent(prefix); pkg != "" {
		g.find(n, pkg)
	}
	for _, of := range g.nodes {
		if of.reached {
			continue
		}
		for at := 0; at >= 0; {
			if m := (match{of, at, g.roots[of.tree][of.full[:at]]}); strings.HasPrefix(of.full[at:], prefix) &&
				(m.isRoot || g.around(n, m) || at == 0 && of.tree == n.tree || g.mayBeRoot(m)) {
				g.reach(of)
				break
			}
			next := strings.IndexByte(of.full[at:], '.')
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
}

// followPlugins reaches the entry points that n loads.
func (g *graph) followPlugins(n *node, e *edges) {
	for _, group := range e.plugins {
		for _, module := range g.plugins[group] {
			g.find(n, module)
		}
	}
	if e.anyPlugin.line == 0 {
		return
	}
	found := false
	for group, modules := range g.plugins {
		if group == "console_scripts" || group == "gui_scripts" {
			continue // commands, which nothing loads to plug it in
		}
		for _, module := range modules {
			found = true
			g.find(n, module)
		}
	}
	if found {
		g.note(n, e.anyPlugin, "%s may load any entry point: the modules of all are scanned", e.anyPlugin.text)
	}
}

// free handles an import of any name: the whole distribution counts as reached, or
// where own code does it, everything.
func (g *graph) free(n *node, at spot) {
	g.imports()
	if n.origin != "" {
		if !g.whole[n.group] {
			g.note(n, at, "%s may import anything: all of %s is scanned", at.text, n.origin)
		}
		g.reachGroup(n.group)
		return
	}
	if !g.everything {
		g.everything = true
		g.note(n, at, "%s may import anything: everything in the package is scanned", at.text)
		g.reachAll(g.nodes)
	}
}

// imports notes that something imports by names that it is given.
func (g *graph) imports() {
	if g.byName {
		return
	}
	g.byName = true
	for _, n := range g.packages {
		g.reachBelow(n)
	}
	g.packages = nil
}

// listed handles a listing of modules. A distribution that lists those of others is
// given the program's own.
func (g *graph) listed(n *node, at spot) {
	g.free(n, at)
	if g.everything {
		return
	}
	own := false
	for _, of := range g.nodes {
		if of.origin == "" && !of.family() && !of.reached {
			own = true
			g.reach(of)
		}
	}
	if own {
		g.note(n, at, "%s lists modules: all of the function's own are scanned", at.text)
	}
}

// steered handles a change of where modules are looked for: imports that were followed
// already may lead elsewhere too.
func (g *graph) steered(n *node) {
	switch {
	case n.origin == "" && !slices.Contains(g.ownSteers, n):
		g.ownSteers = append(g.ownSteers, n)
	case n.origin != "" && !g.steers[n.group]:
		g.steers[n.group] = true
		g.reachGroup(n.group)
	default:
		return
	}
	for _, of := range g.nodes {
		if of.reached && of != n && (n.origin == "" || of.group == n.group) {
			g.todo = append(g.todo, of)
		}
	}
}

// note adds what a person should know of a place in n.
func (g *graph) note(n *node, at spot, format string, args ...any) {
	g.notes = append(g.notes, Note{Pos{File: n.name, Line: at.line, Column: 1}, fmt.Sprintf(format, args...)})
}

// followCompiled handles code that cannot be read: it may import all of its
// distribution, and what is named in it.
func (g *graph) followCompiled(n *node) error {
	g.free(n, spot{1, "compiled code"})
	r, err := n.tree.Reader(n.native)
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	defer r.Close()
	found := wordSet{}
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		chunk, err := lines.ReadSlice(0) // C strings end in 0
		addRuns(found, chunk)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("scan: %s: %w", n.name, err)
		}
	}
	g.followNames(n, found.sorted())
	return nil
}

// addRuns adds the runs of bytes that could be a module's name.
func addRuns(found wordSet, chunk []byte) {
	start := 0
	for i, b := range chunk {
		if isWordByte(b, ".") && b < 0x80 {
			continue
		}
		if n := i - start; n > 2 && n <= longestWord {
			found[maphash.Bytes(seed, chunk[start:i])] = struct{}{}
		}
		start = i + 1
	}
	if n := len(chunk) - start; n > 2 && n <= longestWord {
		found[maphash.Bytes(seed, chunk[start:])] = struct{}{}
	}
}
