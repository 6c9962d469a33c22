package main

import (
	"cmp"
	"fmt"
	"path"
	"strings"
)

// shown is what of an artifact matters to people.
func (a *artifact) shown() string {
	if a.packages != "" {
		return path.Base(a.packages)
	}
	return a.path
}

// rows are the results as a table, with those recipes at the end that were not run.
func rows(results []*result) [][]string {
	all := [][]string{{"recipe", "tool, version", "what was run", "what came out", "unpacked"}}
	for _, r := range results {
		var tools []string
		for i, t := range r.tools {
			tools = append(tools, strings.TrimSpace(t.name+" "+r.Versions[i]))
		}
		var made []string
		for _, a := range r.artifacts {
			made = append(made, "`"+a.shown()+"`")
		}
		size := "–"
		if r.Before != "" {
			size = fmt.Sprintf("%s → %s", r.Before, r.After)
		}
		all = append(all, []string{
			fmt.Sprintf("[%s](%s.md)", r.name, r.name), cmp.Or(strings.Join(tools, ", "), "–"), r.ran,
			strings.Join(made, ", ") + ": works", size,
		})
	}
	return all
}
