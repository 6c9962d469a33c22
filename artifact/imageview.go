package artifact

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The view of an image is what of it can be Python that runs: every source but the
// standard library's, wherever it lies, since no list of folders would be complete, and
// in the folders that imports start from all other files too. What is not in the view
// cannot be changed.

// region says what is taken of a folder in an image.
type region int

const (
	sources region = iota // Python files
	search                // nothing, but there may be folders of packages below
	whole                 // everything
	library               // the standard library: as search, and only folders of packages
)

// regions are the folders of a Linux system that hold no code of a program's own
// (Filesystem Hierarchy Standard 3.0).
var regions = sync.OnceValue(func() map[string]region {
	m := map[string]region{}
	for dir := range strings.FieldsSeq("bin sbin lib lib32 lib64 etc usr/bin usr/sbin usr/lib usr/lib32 usr/lib64 usr/libexec usr/share usr/include " +
		"usr/games usr/local/share usr/local/include var/lib var/cache var/log var/spool var/lang root/.cache") {
		m[dir] = search
	}
	return m
})

// unlooked are folders of which an image has nothing.
var unlooked = []string{"proc", "sys", "dev", "boot", "run"}

var standardLibrary = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|/)lib(?:64)?/(?:python|pypy)\d(?:\.\d+)?$`)
})

func isPackages(base string) bool { return base == "site-packages" || base == "dist-packages" }

// Lambda's path, as its runtimes for Python set it: the function, then what its layers
// would bring, then the runtime's own.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
var lambdaPath = []string{"var/task", "opt/python/lib/*/site-packages", "opt/python", "var/runtime", "var/lang/lib/*/site-packages"}

// viewing builds the view of an image.
type viewing struct {
	*Image
	wholly  map[string]bool // folders to be taken wholly, as the environment says
	roots   map[string]bool
	taken   map[string]bool // folders
	files   []File
	nodes   map[string]*imageNode
	links   map[string]string // not yet judged
	refs    []contentRef
	pinned  map[string]bool
	shadows map[string]string
}

// open builds the view.
func (i *Image) open() error {
	v := &viewing{
		Image: i, wholly: map[string]bool{}, roots: map[string]bool{}, taken: map[string]bool{},
		nodes: map[string]*imageNode{}, links: map[string]string{}, pinned: i.pinnedPaths(), shadows: map[string]string{},
	}
	v.environment()
	if v.IsLambda() {
		v.shadow()
	}
	v.visit("", i.tree.root, sources)
	v.judgeLinks()
	for _, at := range sortedKeys(v.nodes) {
		n := v.nodes[at]
		v.files = append(v.files, v.file(at, n))
		v.refs = append(v.refs, n.content)
	}
	i.roots = sortedKeys(v.roots)
	src := &imageSource{i, v.refs}
	pkg, err := buildImage(i, v.files, src)
	if err != nil {
		return err
	}
	i.pkg = pkg
	i.tell()
	return nil
}

// buildImage is build for files that are sorted already and lie on a system that tells
// names by case.
func buildImage(i *Image, files []File, src source) (*Artifact, error) {
	a := &Artifact{
		path: i.set.path, form: ContainerImage, source: src, max: i.set.limit, held: new(held), image: i,
		files: files, bodies: make([]*body, len(files)),
	}
	for k := range files {
		if files[k].Mode.IsRegular() {
			a.bodies[k] = &body{index: k}
		}
	}
	return a, vetForm(a.path, a.form, files, a.max)
}

// needs lists the entries of a layer that the view reads.
func (i *Image) needs(k int) []int {
	var all []int
	src := i.pkg.source.(*imageSource)
	for n, f := range i.pkg.files {
		if ref := src.refs[n]; f.Mode.IsRegular() && ref.layer == k {
			all = append(all, ref.entry)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// pinnedPaths are paths at which some layer has a file that a hard link in another layer
// leads to: what such a link holds would be gone with it.
func (i *Image) pinnedPaths() map[string]bool {
	pinned := map[string]bool{}
	for k, l := range i.layers {
		for _, e := range l.entries {
			if e.kind == hardEntry && e.content.layer != k {
				pinned[i.layers[e.content.layer].entries[e.content.entry].at] = true
				pinned[e.at] = true
			}
		}
	}
	return pinned
}

// getenv reads the image's environment.
func (i *Image) getenv(name string) string {
	for _, e := range slices.Backward(i.Env) {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// environment takes what the configuration says of where code is.
func (v *viewing) environment() {
	dirs := strings.Split(v.getenv("PYTHONPATH"), ":")
	dirs = append(dirs, v.Dir, v.getenv("LAMBDA_TASK_ROOT"))
	for _, word := range v.Command {
		if strings.HasSuffix(word, ".py") {
			dirs = append(dirs, path.Dir(pathClean("/"+imagePath(v.Dir, word))))
		}
	}
	for _, dir := range append(dirs, "/var/task", "/opt/python", "/var/runtime") {
		if dir == "" {
			continue
		}
		at, err := v.tree.canonical(imagePath(v.Dir, dir), true)
		if err != nil || at == "" || regions()[at] == search || slices.Contains(systemFolders, at) {
			continue
		}
		if n := v.tree.find(at); n != nil && n.kind == dirEntry {
			v.wholly[at], v.roots[at] = true, true
		}
	}
}

// systemFolders hold other folders than a program's.
var systemFolders = []string{"usr", "usr/local", "usr/local/bin", "usr/local/lib", "usr/src", "var", "opt", "home", "root", "srv", "mnt", "tmp", "media"}

// Python is the language version of the one interpreter in the image, such as "3.13";
// empty where there is none, or several.
func (i *Image) Python() string {
	found := map[string]bool{}
	for _, dir := range []string{"usr/local/bin", "usr/bin", "var/lang/bin", "opt/conda/bin"} {
		if n := i.tree.find(dir); n != nil {
			for name := range n.children {
				if m := interpreter().FindStringSubmatch(name); m != nil {
					found[m[1]] = true
				}
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return sortedKeys(found)[0]
}

var interpreter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^python(3\.\d+)$`) })

// IsLambda tells an image whose path is Lambda's.
func (i *Image) IsLambda() bool {
	return i.getenv("LAMBDA_TASK_ROOT") != "" || i.tree.find("var/runtime/bootstrap") != nil || i.tree.find("lambda-entrypoint.sh") != nil
}

// shadow finds packages of which there is one before on Lambda's path.
func (v *viewing) shadow() {
	first := map[string]string{}
	for _, pattern := range lambdaPath {
		for _, root := range v.expand(pattern) {
			n := v.tree.find(root)
			if n == nil || n.kind != dirEntry {
				continue
			}
			for _, name := range sortedKeys(n.children) {
				pkg, at := n.children[name], join(root, name)
				if pkg.children["__init__.py"] == nil && pkg.children["__init__.pyc"] == nil {
					continue // parts of a namespace do not hide one another
				}
				by, twice := first[name]
				switch {
				case !twice:
					first[name] = at
					continue
				case name == "boto3" || name == "botocore":
					v.Shadowed = append(v.Shadowed, Shadow{at, by})
				}
				v.shadows[at] = by
			}
		}
	}
}

// expand finds the folders of one place on a path.
func (v *viewing) expand(pattern string) []string {
	before, after, many := strings.Cut(pattern, "/*/")
	if !many {
		return []string{pattern}
	}
	var all []string
	if n := v.tree.find(before); n != nil {
		for _, name := range sortedKeys(n.children) {
			all = append(all, join(join(before, name), after))
		}
	}
	return all
}

// visit takes what of a folder belongs to the view.
func (v *viewing) visit(dir string, n *imageNode, r region) {
	r = v.regionOf(dir, n, r)
	if r == whole && dir != "" {
		v.taken[dir] = true
	}
	for name, child := range n.children {
		at := join(dir, name)
		switch {
		case dir == "" && slices.Contains(unlooked, name), v.shadows[at] != "":
		case nameReason(at) != "" || v.pinned[at]:
			if child.kind == dirEntry {
				v.visit(at, child, r)
			}
		case child.kind == dirEntry:
			if below := v.regionOf(at, child, r); below == whole {
				v.nodes[at] = child
			}
			v.visit(at, child, r)
		case child.kind == linkEntry && r == whole:
			v.links[at] = v.tree.entry(child).link
		case child.kind == fileEntry && (r == whole || r == sources && v.isPython(at, child)):
			v.nodes[at] = child
		}
	}
}

// regionOf is what is taken of a folder that lies in one of which r is taken.
func (v *viewing) regionOf(dir string, n *imageNode, r region) region {
	switch {
	case dir == "":
		return sources
	case isPackages(path.Base(dir)):
		v.roots[dir] = true
		return whole
	case standardLibrary().MatchString(dir):
		return library
	case v.wholly[dir]:
		return whole
	}
	if r != whole && holdsBoto(n) {
		v.roots[dir] = true
		return whole
	}
	if r != whole && r != library {
		if known, ok := regions()[dir]; ok {
			return known
		}
	}
	return r
}

// holdsBoto tells a folder that boto was installed into.
func holdsBoto(n *imageNode) bool {
	for _, name := range []string{"botocore", "boto3"} {
		if pkg := n.children[name]; pkg != nil && pkg.kind == dirEntry && (pkg.children["__init__.py"] != nil || pkg.children["__init__.pyc"] != nil) {
			return true
		}
	}
	return false
}

func (v *viewing) isPython(at string, n *imageNode) bool {
	ext := path.Ext(at)
	return ext == ".py" || ext == ".pyw" || ext == "" && v.tree.entry(n).python
}

// judgeLinks takes the links that lead to what is in the view, written as relative ones:
// a package has no absolute links. All others stay unseen.
func (v *viewing) judgeLinks() {
	for at, link := range v.links {
		if !strings.HasPrefix(link, "/") {
			link = parent(at) + "/" + link
		}
		target, err := v.tree.canonical(link, true)
		if err != nil || target == "" || target == at || v.nodes[target] == nil && !v.taken[target] || strings.HasPrefix(target, at+"/") {
			delete(v.links, at)
			continue
		}
		v.links[at] = relative(parent(at), target)
	}
	for at := range v.links {
		v.nodes[at] = v.tree.find(at)
	}
}

// relative is the path to target from a folder.
func relative(dir, target string) string {
	from, to := strings.Split(dir, "/"), strings.Split(target, "/")
	if dir == "" {
		from = nil
	}
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}

func (v *viewing) file(at string, n *imageNode) File {
	e := v.tree.entry(n)
	switch n.kind {
	case dirEntry:
		f := File{Path: at, Mode: directoryMode(0o755)}
		if e != nil {
			f.Mode = directoryMode(e.perm)
		}
		return f
	case linkEntry:
		return File{Path: at, Mode: linkMode, Link: v.links[at]}
	}
	content := v.layers[n.content.layer].entries[n.content.entry]
	return File{Path: at, Mode: regularMode(content.perm), Size: content.size}
}

// tell finds where the image itself says that code of its own is: in its working folder,
// on PYTHONPATH, in Lambda's task root, or at what its command names.
func (i *Image) tell() {
	dirs := append(strings.Split(i.getenv("PYTHONPATH"), ":"), i.Dir, i.getenv("LAMBDA_TASK_ROOT"))
	for _, dir := range dirs {
		if at := imagePath(i.Dir, dir); dir != "" && at != "" && at != "var/runtime" && !slices.Contains(systemFolders, at) && holdsOwn(i.pkg, at) {
			i.told = append(i.told, at)
		}
	}
	for _, word := range i.Command {
		if at := i.moduleAt(word); at != "" {
			i.told = append(i.told, at)
		}
	}
	slices.Sort(i.told)
	i.told = slices.Compact(i.told)
}

// moduleAt is the source that a word of the command names: a script, or a module as in
// app.handler and package.module:app, in the working folder or on the path.
func (i *Image) moduleAt(word string) string {
	if strings.HasSuffix(word, ".py") {
		if at := imagePath(i.Dir, word); at != "" {
			if _, ok := i.pkg.Lookup(at); ok {
				return at
			}
		}
		return ""
	}
	module, _, attribute := strings.Cut(word, ":")
	if module == "" || strings.ContainsAny(module, "/ -") {
		return ""
	}
	names := []string{module}
	if at := strings.LastIndexByte(module, '.'); at > 0 && !attribute {
		names = append(names, module[:at]) // a handler
	} else if at < 0 && !attribute {
		return "" // any word could be a module
	}
	for _, root := range append([]string{imagePath("", i.Dir)}, i.roots...) {
		for _, name := range names {
			base := join(root, strings.ReplaceAll(name, ".", "/"))
			for _, file := range []string{base + ".py", base + "/__init__.py"} {
				if _, ok := i.pkg.Lookup(file); ok {
					return file
				}
			}
		}
	}
	return ""
}

// holdsOwn reports whether there is a source of the program's own below a folder, in
// no folder of installed packages.
func holdsOwn(a *Artifact, dir string) bool {
	return slices.ContainsFunc(a.Under(dir), func(f File) bool {
		return isSource(f) && !strings.Contains(f.Path, "site-packages/") && !strings.Contains(f.Path, "dist-packages/")
	})
}

func holdsPython(files []File) bool { return slices.ContainsFunc(files, isSource) }

func isSource(f File) bool { return f.Mode.IsRegular() && strings.HasSuffix(f.Path, ".py") }

func pathClean(name string) string { return path.Clean(name) }
