package artifact

import (
	"path"
	"regexp"
	"slices"
	"strconv"
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

// lambdaPath is Lambda's path, as its runtimes for Python set it: the function, what its
// layers would bring, then the runtime's own, which up to 3.10 has its boto3 in
// /var/runtime, and from 3.11 on among the packages of the interpreter, which come first
// there. Of a Python that is not known the last two have no order.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html, and sys.path
// of functions in 3.7, 3.9, 3.10 and 3.13.
func (v *viewing) lambdaPath() (path []string, ordered bool) {
	path = []string{"var/task", "opt/python/lib/*/site-packages", "opt/python"}
	own := []string{"var/lang/lib/*/site-packages", "var/runtime"}
	minor, err := strconv.Atoi(strings.TrimPrefix(v.Python(), "3."))
	if err == nil && minor <= 10 {
		slices.Reverse(own)
	}
	return append(path, own...), err == nil
}

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
	foreign map[string]bool // folders of packages of another Python
}

// open builds the view.
func (i *Image) open() error {
	v := &viewing{
		Image: i, wholly: map[string]bool{}, roots: map[string]bool{}, taken: map[string]bool{},
		nodes: map[string]*imageNode{}, links: map[string]string{}, pinned: i.pinnedPaths(), shadows: map[string]string{}, foreign: map[string]bool{},
	}
	v.environment()
	v.findForeign()
	i.Foreign = sortedKeys(v.foreign)
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
	i.roots = v.inOrder()
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
	for _, at := range append(v.path(), v.canonicals("/var/task", "/opt/python", "/var/runtime")...) {
		if regions()[at] == search || slices.Contains(systemFolders, at) {
			continue
		}
		if n := v.tree.find(at); n != nil && n.kind == dirEntry {
			v.wholly[at], v.roots[at] = true, true
		}
	}
}

// path are the folders that Python looks into first, as the configuration says: that of
// the script or the working folder, then PYTHONPATH.
func (v *viewing) path() []string {
	var dirs []string
	for _, word := range v.Command {
		if strings.HasSuffix(word, ".py") {
			dirs = append(dirs, path.Dir(pathClean("/"+imagePath(v.Dir, word))))
		}
	}
	dirs = append(append(dirs, v.Dir), strings.Split(v.getenv("PYTHONPATH"), ":")...)
	return v.canonicals(append(dirs, v.getenv("LAMBDA_TASK_ROOT"))...)
}

// canonicals are folders of the configuration as the image has them.
func (v *viewing) canonicals(dirs ...string) (all []string) {
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		if at, err := v.tree.canonical(imagePath(v.Dir, dir), true); err == nil && at != "" {
			all = append(all, at)
		}
	}
	return all
}

// inOrder are the roots as Python looks into them: on Lambda's path, or as the
// configuration says; then an environment of the program's own, what was installed for
// the interpreter in /usr/local, and the system's packages.
func (v *viewing) inOrder() []string {
	first := v.path()
	if v.IsLambda() {
		first = nil
		patterns, _ := v.lambdaPath()
		for _, pattern := range patterns {
			first = append(first, v.expand(pattern)...)
		}
	}
	rank := func(root string) int {
		switch at := slices.Index(first, root); {
		case at >= 0:
			return at
		case strings.HasPrefix(root, "usr/local/"):
			return len(first) + 1
		case strings.HasPrefix(root, "usr/"):
			return len(first) + 2
		}
		return len(first)
	}
	roots := sortedKeys(v.roots)
	slices.SortStableFunc(roots, func(a, b string) int { return rank(a) - rank(b) })
	return roots
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
	first := map[string]string{} // by name, the root that it is imported from
	patterns, ordered := v.lambdaPath()
	for _, pattern := range patterns {
		later := map[string]string{}
		for _, root := range v.expand(pattern) {
			n := v.tree.find(root)
			if n == nil || n.kind != dirEntry {
				continue
			}
			for _, name := range sortedKeys(n.children) {
				pkg := n.children[name]
				if pkg.children["__init__.py"] == nil && pkg.children["__init__.pyc"] == nil {
					continue // parts of a namespace do not hide one another
				}
				if by, twice := first[name]; twice {
					v.hide(name, root, by)
				} else if later[name] == "" {
					later[name] = root
				}
			}
		}
		if !ordered && strings.HasPrefix(pattern, "var/") && pattern != "var/task" {
			continue // which of the runtime's own hides the other cannot be told
		}
		for name, root := range later {
			first[name] = root
		}
	}
}

// hide takes a package out of the view that another one stands before.
func (v *viewing) hide(name, root, by string) {
	v.shadows[join(root, name)] = join(by, name)
	if name == "boto3" || name == "botocore" {
		v.Shadowed = append(v.Shadowed, Shadow{
			Path: join(root, name), By: join(by, name), Version: v.versionIn(root, name), ByVersion: v.versionIn(by, name),
		})
	}
}

// versionIn is the version of a distribution as the name of its metadata tells it.
func (v *viewing) versionIn(root, name string) string {
	for _, entry := range sortedKeys(v.tree.find(root).children) {
		if version, ok := strings.CutPrefix(entry, name+"-"); ok {
			if version, ok = strings.CutSuffix(version, ".dist-info"); ok {
				return version
			}
		}
	}
	return ""
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
	case v.foreign[dir]:
		return library
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

// Handler is what the image's command names as a function's handler, such as app.handler;
// empty if it names none that is there.
func (i *Image) Handler() string {
	for _, word := range i.Command {
		if strings.Contains(word, ".") && !strings.HasSuffix(word, ".py") && !strings.Contains(word, ":") && i.moduleAt(word) != "" {
			return word
		}
	}
	return ""
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
