package project

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// python adds a version that one file tells.
func (l *look) python(version, from string) {
	if m := minor().FindString(version); m != "" {
		l.project.Pythons = append(l.project.Pythons, Fact{m, from})
	}
}

var (
	minor     = lazily(`^3\.\d+`)
	baseImage = lazily(`(?mi)^\s*FROM\s+(?:--\S+\s+)*(?:\S*/)?python:(3\.\d+)`)
	runtime   = lazily(`(?m)["']?\bruntime["']?\s*[:=]\s*["']?python(3\.\d+)`)
	// one holds requirements that leave one minor version: ==3.12.*, ~=3.12.1, ~3.12.
	one = lazily(`^(?:={0,2}\s*(3\.\d+)(?:\.[\d*]+)?|~=\s*(3\.\d+)\.\d+|~\s*(3\.\d+)(?:\.\d+)?)$`)
)

// pythons reads the files of a folder that name the Python, unless a template did,
// which coldcut believes more than any of them.
func (l *look) pythons(dir string) {
	if l.project.Templated {
		return
	}
	file := func(name string) (string, string) {
		name = path.Join(dir, name)
		text, _ := l.text(name)
		return text, name
	}
	text, name := file(".python-version")
	l.python(strings.TrimSpace(text), name)
	for _, d := range []string{"Dockerfile", "Containerfile"} {
		text, name := file(d)
		if m := baseImage().FindStringSubmatch(text); m != nil {
			l.python(m[1], name)
		}
	}
	for _, z := range zappaSettings {
		text, name := file(z)
		if m := runtime().FindStringSubmatch(text); m != nil {
			l.python(m[1], name)
		}
	}
	var pipfile struct {
		Requires struct {
			PythonVersion string `toml:"python_version"`
		}
	}
	text, name = file("Pipfile")
	_, _ = toml.Decode(text, &pipfile) // boto says what is wrong with it
	l.python(pipfile.Requires.PythonVersion, name)
	l.required(file("pyproject.toml"))
}

// required reads what a pyproject.toml requires, if that is one version.
func (l *look) required(text, name string) {
	var project pyproject
	_, _ = toml.Decode(text, &project) // boto says what is wrong with it
	poetry, _ := project.Tool.Poetry.Dependencies["python"].(string)
	for _, version := range []string{project.Project.RequiresPython, poetry} {
		if m := one().FindStringSubmatch(strings.TrimSpace(version)); m != nil {
			l.python(m[1]+m[2]+m[3], name)
		}
	}
}

// defined is a function that looks like a handler: AWS's examples call it so.
var defined = lazily(`(?m)^(?:async[ \t]+)?def[ \t]+(lambda_handler|handler)[ \t]*\(`)

// skipped are folders that hold no sources of the project's own.
var skipped = []string{"node_modules", "venv", "env", "build", "dist", "site-packages", "tests", "test", "__pycache__", "cdk.out", "docs"}

// mostFiles is how many sources are looked at for handlers.
const mostFiles = 5000

// sources lists the project's own, as far as they are not too many.
func (l *look) sources() (names []string) {
	_ = filepath.WalkDir(l.dir, func(name string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(l.dir, name)
		switch {
		case err != nil || relErr != nil || len(names) == mostFiles:
			return fs.SkipAll
		case e.IsDir() && rel != "." && (strings.HasPrefix(e.Name(), ".") || slices.Contains(skipped, e.Name())):
			return fs.SkipDir
		case !e.IsDir() && strings.HasSuffix(e.Name(), ".py"):
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	return names
}

// written finds the handlers in the sources.
func (l *look) written() {
	for _, name := range l.sources() {
		text, _ := l.text(name)
		for _, m := range defined().FindAllStringSubmatchIndex(text, -1) {
			root, module := l.module(name)
			line := 1 + strings.Count(text[:m[0]], "\n")
			l.project.Handlers = append(l.project.Handlers, Handler{
				Fact: Fact{module + "." + text[m[2]:m[3]], name + ":" + strconv.Itoa(line)}, Code: root,
			})
		}
	}
}

// located finds the sources of handlers whose template names what is made of them: the
// one file that the handler can mean.
func (l *look) located() {
	var names []string
	for i := range l.project.Handlers {
		h := &l.project.Handlers[i]
		module, _, ok := cutLast(h.What, ".")
		if h.Code != "." || !ok {
			continue
		}
		if names == nil {
			names = l.sources()
		}
		file := strings.ReplaceAll(module, ".", "/") + ".py"
		var roots []string
		for _, name := range names {
			if root, found := strings.CutSuffix("/"+name, "/"+file); found {
				roots = append(roots, path.Join(".", root))
			}
		}
		if len(roots) == 1 {
			h.Code = strings.TrimPrefix(roots[0], "/")
		}
	}
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// module names a file as Python imports it, and the folder that it is imported from:
// the first from above that is no package, below which all are.
func (l *look) module(name string) (root, module string) {
	root = path.Dir(name)
	for root != "." {
		if _, err := os.Stat(filepath.Join(l.dir, root, "__init__.py")); err != nil {
			break
		}
		root = path.Dir(root)
	}
	below := strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".py")
	return root, strings.ReplaceAll(below, "/", ".")
}
