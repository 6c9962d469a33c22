package bench

import (
	"io/fs"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// laid are the files of an image that Python imports, under the names that they have
// below the folder which imports start from. Of two packages with one name the first on
// the path counts, as in Python; of packages without a file of their own all parts do.
// The runtime's own program is none of the function. Of links those to files are
// followed, and those to folders left out.
func laid(tree *artifact.Artifact) []placed {
	roots := tree.ImportRoots()
	owner := map[string]string{} // of each package or module, the root that it is imported from
	taken := map[string]bool{}
	var all []placed
	for _, root := range roots {
		for _, f := range tree.Under(root) {
			name := strings.TrimPrefix(f.Path, root+"/")
			if rootOf(f.Path, roots) != root || f.Mode.IsDir() || taken[name] || isRuntime(root, name) {
				continue
			}
			module, isModule := moduleOf(name)
			if by, known := owner[module]; known && by != root || !follow(tree, &f) {
				continue
			}
			if isModule {
				owner[module] = root
			}
			taken[name] = true
			all = append(all, placed{f, name})
		}
	}
	return all
}

// moduleOf is what the first part of a file's name is imported as. The file makes it a
// module if it is the source itself or that of a package.
func moduleOf(name string) (module string, makes bool) {
	first, rest, below := strings.Cut(name, "/")
	if !below {
		module, makes = strings.CutSuffix(first, ".py")
		return module, makes
	}
	return first, rest == "__init__.py" || rest == "__init__.pyc"
}

// follow makes a link the file that it leads to; false where that is none.
func follow(tree *artifact.Artifact, f *artifact.File) bool {
	if f.Mode.Type() != fs.ModeSymlink {
		return true
	}
	r, err := tree.Reader(f.Path)
	if err != nil {
		return false
	}
	f.Mode = 0o644
	return r.Close() == nil
}

// rootOf is the innermost root that a file lies in.
func rootOf(name string, roots []string) string {
	best := ""
	for _, root := range roots {
		if strings.HasPrefix(name, root+"/") && len(root) > len(best) {
			best = root
		}
	}
	return best
}

// isRuntime tells the program of Lambda's runtime, which starts the function.
func isRuntime(root, name string) bool {
	return root == "var/runtime" && strings.HasPrefix(name, "bootstrap")
}
