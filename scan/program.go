package scan

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// program is every source file that was found. Each file was parsed once for
// its words; trees are kept only for the files that the questions asked lead to,
// so that memory follows what matters and not the size of the package.
type program struct {
	files   []*file
	trees   []tree
	modules map[moduleOf]*file
	units   map[*file]*unit
	byWord  map[wordOf]found
	reach   reach
	aware   map[string]bool // groups that name boto
	follow  map[string]bool // groups that the solver looks into
	indexed []*file         // those outside the boto family, as words counts them
	words   *index
	broken  []*file // of indexed, those that do not parse
	opaque  []opaqueFile
	size    int64
	// docutilsAside tells that docutils is there and not part of the program.
	docutilsAside bool
	err           error // of reading a file a second time
	entries       []Entry
	graph         *graph // how the entries reach the files, where there are any
	skipped       int    // files that the entries do not reach
	notes         []Note
}

// tree is the package or a folder of sources, and where things are in it.
type tree struct {
	*artifact.Artifact
	prefix string // of the files' names, for people
	roots  []string
	owners map[string]string
}

// moduleOf is a module's dotted name in one tree; without a tree, in the first that has it.
type moduleOf struct {
	tree   *artifact.Artifact
	dotted string
}

// file is one source file.
type file struct {
	tree   *artifact.Artifact
	path   string // inside tree
	name   string // as a person reads it
	module string // dotted name under its nearest import root
	origin string // the distribution that installed it; empty for own code
	group  string // see reach
	size   int64
	isInit bool
	// family marks boto3, botocore and what ships with them: they define the
	// interface that everything else is read against.
	family bool
	// serves marks what only the family imports; see setServing.
	serves bool
	words  words
	// declares tells that a comment may hold a [Declaration].
	declares bool
	boto     bool // "boto" stands anywhere in it, comments and longer strings included
	// imports are the top-level names of the modules that the file imports.
	imports []string
	edges   edges
	broken  *python.SyntaxError
}

// load lists and reads the sources of the package and of the folders beside it.
func load(ctx context.Context, pkg *artifact.Artifact, opts Options, installed []*boto.Installation) (*program, error) {
	p := &program{modules: map[moduleOf]*file{}, units: map[*file]*unit{}, byWord: map[wordOf]found{}}
	if err := p.add(pkg, "", installed); err != nil {
		return nil, err
	}
	for _, s := range opts.Sources {
		// A layer may have a boto of its own, or a part of it. What cannot be told to be
		// one is read as any other code, which keeps more.
		found, err := boto.Find(s)
		if err != nil {
			found = nil
		}
		if err := p.add(s, filepath.Base(s.Path())+"/", found); err != nil {
			return nil, err
		}
	}
	if err := p.read(ctx, opts.Progress); err != nil {
		return nil, err
	}
	p.setDocutilsAside()
	if err := p.limit(opts); err != nil {
		return nil, err
	}
	p.index()
	p.setServing()
	p.reach = reachOf(p.files)
	p.aware, p.follow = followed(p.files)
	return p, nil
}

// setDocutilsAside leaves docutils out where nothing but botocore's documentation
// builder imports it (botocore/docs/bcdoc/textwriter.py, which nothing imports).
func (p *program) setDocutilsAside() {
	var files []*file
	for _, f := range p.files {
		switch {
		case f.origin == "docutils" || f.module == "docutils" || strings.HasPrefix(f.module, "docutils."):
			files = append(files, f)
		case !f.names("docutils"):
		case !f.family || f.module != "botocore.docs.bcdoc.textwriter":
			return
		}
	}
	for _, f := range p.files {
		if f.family && f.names("textwriter") {
			return
		}
	}
	for _, f := range files {
		f.family = true
	}
	p.docutilsAside = len(files) > 0
}

// add lists the Python files of one tree.
func (p *program) add(a *artifact.Artifact, prefix string, installed []*boto.Installation) error {
	owners, err := a.Owners()
	if err != nil {
		return err
	}
	roots := importRoots(a, installed)
	p.trees = append(p.trees, tree{a, prefix, roots, owners})
	for _, e := range a.Files() {
		if !e.Mode.IsRegular() {
			continue
		}
		if !isPython(a, e) {
			p.opaque = append(p.opaque, opaqueFile{tree: a, entry: e, name: prefix + e.Path, origin: owners[e.Path]})
			continue
		}
		f := &file{tree: a, path: e.Path, name: prefix + e.Path, origin: owners[e.Path], size: e.Size}
		f.module, f.isInit = moduleName(e.Path, roots)
		f.group = cmp.Or(f.origin, f.top())
		f.family = boto.Family(installed, e.Path) != "" || boto.IsFamily(f.origin) && f.top() == f.origin
		p.files = append(p.files, f)
		p.name(f)
	}
	return nil
}

// name lets imports find a file, unless it belongs to the boto family.
func (p *program) name(f *file) {
	if !f.family {
		p.addModule(moduleOf{f.tree, f.module}, f)
		p.addModule(moduleOf{nil, f.module}, f)
	}
}

func (p *program) addModule(as moduleOf, f *file) {
	if _, taken := p.modules[as]; !taken {
		p.modules[as] = f
	}
}

// isPython reports whether a file is Python source: by its name, or, where it
// has no ending, by its first line.
func isPython(a *artifact.Artifact, e artifact.File) bool {
	switch path.Ext(e.Path) {
	case ".py", ".pyw":
		return true
	case "":
		return e.Mode&0o111 != 0 && e.Size < 1<<20 && startsWithPython(a, e.Path)
	}
	return false
}

func startsWithPython(a *artifact.Artifact, name string) bool {
	r, err := a.Reader(name)
	if err != nil {
		return false // reading it again reports the error, where it matters
	}
	defer r.Close()
	head := make([]byte, 64)
	n, _ := r.Read(head)
	line, _, _ := bytes.Cut(head[:n], []byte("\n"))
	return bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("python"))
}

// importRoots are the folders that Python's import system starts from, longest
// first: the package itself, a layer's folders, and wherever pip installed.
func importRoots(a *artifact.Artifact, installed []*boto.Installation) []string {
	roots := map[string]bool{"": true}
	for _, in := range installed {
		roots[in.Root] = true
	}
	for _, root := range a.ImportRoots() {
		roots[root] = true
	}
	for _, e := range a.Files() {
		dir, base := path.Split(e.Path)
		dir = path.Clean(dir)
		if base == "METADATA" && strings.HasSuffix(dir, ".dist-info") {
			roots[strings.TrimPrefix(path.Dir(dir), ".")] = true
		}
		if first, _, below := strings.Cut(e.Path, "/"); below && first == "python" {
			roots["python"] = true
		}
	}
	list := make([]string, 0, len(roots))
	for r := range roots {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return list
}

// moduleName is the dotted name by which the file is imported.
func moduleName(name string, roots []string) (module string, isInit bool) {
	for _, r := range roots {
		if r == "" {
			break
		}
		if rest, ok := strings.CutPrefix(name, r+"/"); ok {
			name = rest
			break
		}
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".pyw"), ".py")
	if base := path.Base(name); base == "__init__" {
		return strings.ReplaceAll(path.Dir(name), "/", "."), true
	}
	return strings.ReplaceAll(name, "/", "."), false
}

// read parses every file for its words, in parallel, and looks into those that it
// cannot parse.
func (p *program) read(ctx context.Context, progress func(done, total int)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	var done, size atomic.Int64
	for i := range p.opaque {
		g.Go(p.opaque[i].judge)
	}
	for _, f := range p.files {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			src, err := f.tree.ReadFile(f.path)
			if err != nil {
				return fmt.Errorf("scan: %w", err)
			}
			f.study(src)
			size.Add(int64(len(src)))
			if n := done.Add(1); progress != nil {
				progress(int(n), len(p.files))
			}
			return nil
		})
	}
	err := g.Wait()
	p.opaque = slices.DeleteFunc(p.opaque, func(o opaqueFile) bool { return o.why == "" })
	p.size = size.Load()
	return err
}

// largestFile bounds the files that are parsed, in bytes: a tree takes up to 25 times
// the memory of its source. Nobody writes such a file; programs make them, of data.
const largestFile = 8 << 20

// parse is python.Parse within that bound.
func parse(src []byte) (*python.File, error) {
	if len(src) > largestFile {
		return nil, &python.SyntaxError{Line: 1, Column: 1, Message: fmt.Sprintf("it is larger than the %d MB that the scan follows", largestFile>>20)}
	}
	return python.Parse(src)
}

// study fills what is kept of a file. One that does not parse keeps every word
// in it, so that whatever it could use is known by name.
func (f *file) study(src []byte) {
	f.boto = bytes.Contains(src, []byte("boto"))
	f.declares = bytes.Contains(src, []byte(declares))
	parsed, err := parse(src)
	if err != nil {
		f.broken = asSyntaxError(err)
		f.words = wordsOfText(src)
		return
	}
	f.words, f.imports, f.edges = wordsOfTree(parsed), importsOf(parsed), edgesOf(parsed)
}

// fail keeps the first error of reading a file a second time, to be returned in the end.
func (p *program) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// unit returns the file's tree with its scopes, parsed on first need; nil for a
// file that does not parse.
func (p *program) unit(f *file) *unit { return p.unitsOf([]*file{f})[0] }

// unitsOf loads several files at once, in parallel, in the files' order.
func (p *program) unitsOf(files []*file) []*unit {
	units := make([]*unit, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		if u, ok := p.units[f]; ok {
			units[i] = u
			continue
		}
		g.Go(func() (err error) {
			units[i], err = f.load()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		p.fail(err)
	}
	for i, f := range files {
		p.units[f] = units[i]
	}
	return units
}

func (f *file) load() (*unit, error) {
	if f.broken != nil {
		return nil, nil
	}
	src, err := f.tree.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	parsed, err := python.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("scan: %s changed while it was read: %w", f.name, err)
	}
	return newUnit(f, parsed), nil
}

// mostFiles bounds how many files one name may lead to, so that a name like
// "get" does not load the whole package.
const mostFiles = 200

// wordOf is a word as the files see it that can reach a group.
type wordOf struct{ word, group string }

// found is the answer to having.
type found struct {
	units []*unit
	all   bool
}

// having returns the units in which the word stands, as a name or as a string,
// among the files that can reach code in of. It returns !all where it leaves some
// out: those of groups that are not followed, or all where they are too many.
func (p *program) having(word string, of *file) (units []*unit, all bool) {
	key := wordOf{word, of.group}
	if f, ok := p.byWord[key]; ok {
		return f.units, f.all
	}
	f := found{all: p.follow[of.group]}
	if f.all {
		var todo []*file
		for _, g := range p.filesWith(word) {
			switch {
			case !p.reaches(g, of):
			case p.follow[g.group]:
				todo = append(todo, g)
			default:
				f.all = false
			}
		}
		if len(todo) <= mostFiles {
			f.units = p.unitsOf(todo)
		} else {
			f.all = false
		}
	}
	p.byWord[key] = f
	return f.units, f.all
}

// given returns the units with the word that cannot reach code in of by themselves,
// but that it reaches: such code holds what it is given. Where they are too many,
// none is returned.
func (p *program) given(word string, of *file) []*unit {
	key := wordOf{word + " given", of.group}
	if f, ok := p.byWord[key]; ok {
		return f.units
	}
	var todo []*file
	for _, g := range p.filesWith(word) {
		if p.follow[g.group] && !p.reaches(g, of) && p.reaches(of, g) {
			todo = append(todo, g)
		}
	}
	var f found
	if len(todo) <= mostFiles {
		f.units = p.unitsOf(todo)
	}
	p.byWord[key] = f
	return f.units
}

// index makes the words of the files outside the boto family findable.
func (p *program) index() {
	for _, f := range p.files {
		switch {
		case f.family:
		case f.broken != nil:
			p.broken = append(p.broken, f)
			fallthrough
		default:
			p.indexed = append(p.indexed, f)
		}
	}
	p.words = newIndex(p.indexed)
}

// naming lists the files outside the boto family in which the word stands.
func (p *program) naming(word string) []*file {
	var out []*file
	for _, i := range p.words.with(hashWord(word)) {
		out = append(out, p.indexed[i])
	}
	return out
}

// filesWith is naming without the files that do not parse.
func (p *program) filesWith(word string) []*file {
	return slices.DeleteFunc(p.naming(word), func(f *file) bool { return f.broken != nil })
}

// mentions reports whether the word stands in a file outside the boto family.
func (p *program) mentions(word string) bool { return len(p.naming(word)) > 0 }

// brokenWith returns a file that does not parse and in which the word stands, or nil.
func (p *program) brokenWith(word string) *file {
	for _, f := range p.broken {
		if f.names(word) {
			return f
		}
	}
	return nil
}

// resolve finds the module that an import in from means; nil where it is not in the
// sources, belongs to the boto family, or is not followed.
func (p *program) resolve(dotted string, from *file) *file {
	f := p.module(dotted, from)
	if f == nil || !p.follow[f.group] {
		return nil
	}
	return f
}

// module looks in the importing file's own tree first. Own code may start from a
// folder that is no package, such as src or functions/thumbnail.
func (p *program) module(dotted string, from *file) *file {
	if f := p.modules[moduleOf{from.tree, dotted}]; f != nil {
		return f
	}
	if from.origin == "" {
		for at := from.module; ; {
			i := strings.LastIndexByte(at, '.')
			if i < 0 {
				break
			}
			at = at[:i]
			if pkg := p.modules[moduleOf{from.tree, at}]; pkg != nil {
				continue
			}
			if f := p.modules[moduleOf{from.tree, at + "." + dotted}]; f != nil {
				return f
			}
		}
	}
	return p.modules[moduleOf{nil, dotted}]
}
