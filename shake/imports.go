package shake

import (
	"context"
	"path"
	"strings"

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
	foreign, err := c.foreign(sources)
	if err != nil {
		return err
	}
	result, err := imports.Defer(sources, imports.Options{Foreign: foreign})
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
		return c.write(runtime, imports.RuntimeSource)
	}
	return c.writeSource(runtime, path.Join(item.Paths[0], "__init__.py"), imports.RuntimeSource)
}

// foreign are the modules of the standard library that some source of the package
// reaches because another imports them.
func (c *cut) foreign(family map[string][]byte) (map[string]bool, error) {
	modules := imports.Submodules(family)
	found := map[string]bool{}
	for _, f := range c.fat.Files() {
		if path.Ext(f.Path) != ".py" || !f.Mode.IsRegular() || c.removed(f.Path) {
			continue
		}
		text, err := c.fat.ReadFile(f.Path)
		if err != nil {
			return nil, err
		}
		for _, m := range imports.Relies(text, modules) {
			found[m] = true
		}
	}
	return found, nil
}
