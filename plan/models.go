package plan

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// models decides what of the models of the services that stay is rewritten.
func (p *planner) models() {
	gone := p.droppedVersions()
	for _, name := range slices.Sorted(maps.Keys(p.plan.Services)) {
		d := Decision{Item: Item{Kind: Model, Name: name}, Action: Rewrite, Pass: ModelsPass}
		for _, in := range p.installed {
			for _, version := range in.Versions(name) {
				if dir := path.Join(in.DataDir(), name, version); !gone[dir] {
					d.Paths = append(d.Paths, dir)
				}
			}
		}
		d.Rule, d.Why = "whole", "documentation goes, and no operation"
		if ops := p.plan.Services[name]; !slices.Contains(ops, scan.AllOperations) {
			d.Rule, d.Why, d.Evidence = "operations", fmt.Sprintf("operations that may be asked for: %d", len(ops)), p.calls(name)
		}
		p.decide(d)
	}
	for _, in := range p.installed {
		p.endpoints(in)
	}
}

// calls are the uses of a service's operations.
func (p *planner) calls(service string) []scan.Use {
	var out []scan.Use
	for _, u := range p.uses.Uses {
		if u.Service == service && u.Operation != "" {
			out = append(out, u)
		}
	}
	return out
}

// endpoints decides the table of all services' endpoints.
func (p *planner) endpoints(in *boto.Installation) {
	file := path.Join(in.DataDir(), "endpoints.json")
	if _, ok := p.pkg.Lookup(file); !ok {
		return
	}
	p.decide(Decision{
		Item:   Item{Kind: Files, Name: path.Join(in.Root, "endpoints"), Paths: []string{file}},
		Action: Rewrite, Pass: ModelsPass, Rule: "endpoints", Why: "a client looks only its own service up",
	})
}

// droppedVersions are the folders of the API versions that go, and with them their models.
func (p *planner) droppedVersions() map[string]bool {
	gone := map[string]bool{}
	if !slices.Contains(p.plan.Passes, VersionsPass) {
		return gone
	}
	for _, item := range p.plan.Dropped(VersionsPass) {
		for _, dir := range item.Paths {
			gone[dir] = true
		}
	}
	return gone
}
