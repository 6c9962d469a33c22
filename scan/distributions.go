package scan

import (
	"cmp"
	"slices"
)

// Distribution is an installed distribution that has modules, and how the entries
// reach it.
type Distribution struct {
	Name string `json:"name"`
	// Reached is the first of its modules that can run, and By the module that imports
	// it, empty where that is an entry or runs always. Without Reached none can.
	Reached string `json:"reached,omitempty"`
	By      string `json:"by,omitempty"`
}

// distributions tells of each distribution in the package whether the entries reach
// any of its modules. One that has none, but data alone, is not in the list.
func (g *graph) distributions() []Distribution {
	at := map[string]int{}
	var all []Distribution
	for _, n := range g.nodes {
		if n.origin == "" {
			continue
		}
		i, known := at[n.origin]
		if !known {
			i, at[n.origin] = len(all), len(all)
			all = append(all, Distribution{Name: n.origin})
		}
		d := &all[i]
		if d.Reached != "" || !n.reached && !n.family() && !g.touched[n.group] {
			continue
		}
		d.Reached = n.name
		if n.by != nil {
			d.By = n.by.name
		}
	}
	slices.SortFunc(all, func(a, b Distribution) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
