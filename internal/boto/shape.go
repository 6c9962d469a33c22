package boto

import (
	"fmt"
	"maps"
	"path"
	"slices"
)

// ShapeWay tells why a shape of a service model stays, or that it goes.
type ShapeWay struct {
	Shape string `json:"shape"`
	Kept  bool   `json:"kept"`
	// Way leads from what keeps the shape to the shape itself, the shortest there is.
	Way []ShapeStep `json:"way,omitempty"`
	// Operations are those of the whole service that lead to it, sorted.
	Operations []string `json:"operations"`
}

// ShapeStep is one step of a [ShapeWay]. Kind is "operation", "exception" or
// "resources" where it begins and "shape" from then on; resources have no name.
type ShapeStep struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

// Shape tells why a shape stays where [Installation.Trim] keeps what kept says, nil
// where the newest model of the service has none of that name.
func (in *Installation) Shape(service, name string, kept Kept) (*ShapeWay, error) {
	version := in.Newest(service, TypeService)
	if version == "" {
		return nil, nil
	}
	t := &trimming{in: in, service: service, dir: path.Join(in.DataDir(), service, version)}
	g, err := t.graph()
	if err != nil {
		return nil, err
	}
	if _, ok := g.shapes[name]; !ok {
		return nil, nil
	}
	way := &ShapeWay{Shape: name, Operations: []string{}}
	for _, operation := range slices.Sorted(maps.Keys(g.operations)) {
		if g.way(name, []root{{ShapeStep{"operation", operation}, g.operations[operation]}}) != nil {
			way.Operations = append(way.Operations, operation)
		}
	}
	roots, all, err := t.roots(g, kept)
	if err != nil {
		return nil, err
	}
	way.Way = g.way(name, roots)
	way.Kept = way.Way != nil || all
	return way, nil
}

// root is something that keeps shapes.
type root struct {
	step   ShapeStep
	shapes []string
}

// roots are what keeps shapes, in the order in which a person wants to read them; all
// if every shape stays.
func (t *trimming) roots(g *graph, kept Kept) (roots []root, all bool, err error) {
	if slices.Contains(kept.Operations, AllOperations) {
		kept.Operations, all = slices.Sorted(maps.Keys(g.operations)), true
	}
	for _, name := range slices.Concat(kept.Operations, g.discovery) {
		roots = append(roots, root{ShapeStep{"operation", name}, g.operations[name]})
	}
	for _, name := range g.exceptions {
		roots = append(roots, root{ShapeStep{Kind: "exception", Name: name}, []string{name}})
	}
	if kept.ClientsOnly {
		return roots, all, nil
	}
	shapes, known, err := t.in.resourceShapes(t.service)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", t.service, err)
	}
	return append(roots, root{ShapeStep{Kind: "resources"}, shapes}), all || !known, nil
}

// way is the shortest way from one of the roots to a shape; nil if there is none.
func (g *graph) way(to string, roots []root) []ShapeStep {
	type visit struct {
		step ShapeStep
		from *visit
	}
	seen := map[string]bool{}
	var queue []*visit
	reach := func(shapes []string, from *visit) {
		for _, name := range shapes {
			if !seen[name] {
				seen[name] = true
				queue = append(queue, &visit{ShapeStep{"shape", name}, from})
			}
		}
	}
	for _, r := range roots {
		reach(r.shapes, &visit{step: r.step})
	}
	for ; len(queue) > 0; queue = queue[1:] {
		v := queue[0]
		if v.step.Name != to {
			reach(g.shapes[v.step.Name], v)
			continue
		}
		var way []ShapeStep
		for ; v != nil; v = v.from {
			way = append(way, v.step)
		}
		slices.Reverse(way)
		return way
	}
	return nil
}
