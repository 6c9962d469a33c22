package shake

import (
	"bytes"
	"path"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/shake/imports"
)

// dropUnnamed removes the modules of an installation that nothing can import, and tells
// sources of it. Where not all code was seen, any module may be imported.
func (c *cut) dropUnnamed(root string, sources map[string][]byte) error {
	if !c.plan.Used || c.unseen(root) {
		return nil
	}
	ours := map[string]bool{}
	for name := range sources {
		ours[path.Join(root, name)] = true
	}
	gone, err := imports.Unnamed(sources, func(names []string) (map[string]bool, error) { return c.saidOutside(ours, names) })
	if err != nil {
		return err
	}
	for _, name := range gone {
		delete(sources, name)
		c.removeSource(path.Join(root, name))
	}
	return nil
}

// saidOutside are the names that stand in any file that may run, or say what runs, but in
// ours.
func (c *cut) saidOutside(ours map[string]bool, names []string) (map[string]bool, error) {
	said := map[string]bool{}
	wants := func(tree *artifact.Artifact, file string) bool {
		return mayName(file) && (tree != c.fat || !ours[file])
	}
	err := c.around(wants, func(_ string, text []byte) {
		for _, name := range names {
			if !said[name] && bytes.Contains(text, []byte(name)) {
				said[name] = true
			}
		}
	})
	return said, err
}

// mayName reports whether a file's content may say which modules are imported. Lists of
// what a distribution installed say all names, and have nothing imported; bytecode beside
// a source says what that does.
func mayName(file string) bool {
	dir, base := path.Split(file)
	dir = path.Clean(dir)
	switch {
	case strings.HasSuffix(dir, ".dist-info"), strings.HasSuffix(dir, ".egg-info"):
		return base == "entry_points.txt"
	case path.Base(dir) == "__pycache__":
		return false
	case strings.Contains(base, ".so."):
		return true
	}
	switch path.Ext(base) {
	case ".py", ".pyc", ".pyo", ".pyw", ".pth", ".so", ".pyd", ".dylib", ".dll", ".sh", ".json", ".toml", ".yaml", ".yml", ".cfg", ".ini", ".txt", "":
		return !inData(file)
	}
	return false
}

// inData reports whether a file is one of the models of boto3 or botocore.
func inData(file string) bool {
	return strings.Contains("/"+file, "/botocore/data/") || strings.Contains("/"+file, "/boto3/data/")
}
