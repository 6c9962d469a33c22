package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// freezers bundle a program with what its sources import, in statements that they find
// there: of imports that are put off they see nothing.
var freezers = []string{"pyinstaller", "nuitka", "cx-freeze", "py2app", "py2exe", "pyoxidizer"}

// freezerIn is a program in the package that bundles others, or "".
func freezerIn(a *artifact.Artifact) (string, error) {
	dists, err := a.Distributions()
	if err != nil {
		return "", err
	}
	for _, d := range dists {
		if slices.Contains(freezers, strings.ReplaceAll(strings.ToLower(d.Name), "_", "-")) {
			return d.Name, nil
		}
	}
	return "", nil
}

// keepsImports says why the pass imports is left out.
func keepsImports(freezer string) string {
	return fmt.Sprintf("imports are not deferred: %s is here, which bundles only the modules that it sees imported", freezer)
}
