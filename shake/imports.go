package shake

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/shake/imports"
)

// deferImports has the packages of the boto family import what they need when they
// need it.
func deferImports(_ context.Context, c *cut) error {
	for _, item := range c.plan.Rewritten(c.pass) {
		if err := c.deferIn(item); err != nil {
			return err
		}
	}
	return nil
}

// deferIn defers the imports of one installation.
func (c *cut) deferIn(item plan.Item) error {
	root := path.Dir(item.Paths[0])
	if root == "." {
		root = ""
	}
	sources := map[string][]byte{}
	for _, dir := range item.Paths {
		for _, f := range c.fat.Under(dir) {
			if path.Ext(f.Path) != ".py" || !f.Mode.IsRegular() || c.removed(f.Path) {
				continue
			}
			text, err := c.source(f.Path)
			if err != nil {
				return err
			}
			sources[strings.TrimPrefix(strings.TrimPrefix(f.Path, root), "/")] = text
		}
	}
	if err := c.dropUnnamed(root, sources); err != nil {
		return err
	}
	result, err := c.deferred(root, sources)
	if err != nil || len(result.Sources) == 0 {
		return err
	}
	for name, text := range result.Sources {
		if err := c.writeSource(path.Join(root, name), path.Join(root, name), text); err != nil {
			return err
		}
	}
	runtime := path.Join(root, imports.Runtime+".py")
	if c.plan.InPlace {
		// Several distributions need it, which are upgraded one by one: the RECORD of none
		// may list it, or it would go with the first.
		return c.write(runtime, result.Runtime)
	}
	return c.writeSource(runtime, path.Join(item.Paths[0], "__init__.py"), result.Runtime)
}

// unseenWarning says what is lost where the code that uses a package is not known.
const unseenWarning = "the code that uses this package was not seen, and may reach modules of Python's own library, such as urllib.request, " +
	"only because boto3 has imported them: what boto3 imports of that library it goes on importing at the start, and starts later for it; give the code with --sources DIR"

// deferred defers the imports of a family, as far as the code around it allows.
func (c *cut) deferred(root string, sources map[string][]byte) (*imports.Result, error) {
	o := imports.Options{Unseen: c.unseen(root), Lazy: c.plan.Lazy}
	if !o.Unseen {
		var err error
		if o.Foreign, err = c.foreign(); err != nil {
			return nil, err
		}
	}
	result, err := imports.Defer(sources, o)
	if err != nil {
		return nil, err
	}
	if o.Unseen && len(result.Sources) > 0 && !slices.Contains(c.warnings, unseenWarning) {
		c.warnings = append(c.warnings, unseenWarning)
	}
	return result, nil
}

// unseen reports whether code uses the package that neither it nor the sources hold: a
// layer's functions, what runs in an interpreter's own packages, or all there is.
func (c *cut) unseen(root string) bool {
	if c.opts.Closed || slices.ContainsFunc(c.opts.Sources, func(a *artifact.Artifact) bool { return !isLayer(a) }) {
		return false
	}
	dir := filepath.Base(c.fat.Path())
	return !c.plan.Used || root == "python" || strings.HasPrefix(root, "python/") || dir == "site-packages" || dir == "dist-packages"
}

// isLayer reports whether all code of a tree lies where Lambda looks in layers.
func isLayer(a *artifact.Artifact) bool {
	return !slices.ContainsFunc(a.Files(), func(f artifact.File) bool {
		return path.Ext(f.Path) == ".py" && !strings.HasPrefix(f.Path, "python/")
	})
}

// foreign are the modules of the standard library that some source reaches because
// another imports them.
func (c *cut) foreign() (map[string]bool, error) {
	found := map[string]bool{}
	wants := func(_ *artifact.Artifact, file string) bool {
		return path.Ext(file) == ".py" || path.Ext(file) == ".pyc" && path.Base(path.Dir(file)) != "__pycache__"
	}
	err := c.around(wants, func(file string, text []byte) {
		relies := imports.Relies
		if path.Ext(file) == ".pyc" {
			relies = imports.MayRely
		}
		for _, m := range relies(text, imports.Submodules()) {
			found[m] = true
		}
	})
	return found, err
}

// around calls visit for each file that is wanted, of the package as it came and of the
// sources beside it, but for what passes have removed.
func (c *cut) around(wants func(tree *artifact.Artifact, file string) bool, visit func(file string, text []byte)) error {
	for _, tree := range append([]*artifact.Artifact{c.fat}, c.opts.Sources...) {
		for _, f := range tree.Files() {
			if !f.Mode.IsRegular() || tree == c.fat && c.removed(f.Path) || !wants(tree, f.Path) {
				continue
			}
			text, err := tree.ReadFile(f.Path)
			if err != nil {
				return err
			}
			visit(f.Path, text)
		}
	}
	return nil
}
