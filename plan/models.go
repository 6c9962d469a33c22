package plan

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
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
		p.resources(name)
	}
	for _, in := range p.installed {
		p.endpoints(in)
	}
}

// clientsOnly reports whether nothing can make a resource of the service and this
// pass may act on it. What is declared may stand for code that is not here.
func (p *planner) clientsOnly(service string) bool {
	return slices.Contains(p.plan.Passes, ModelsPass) && p.declared[service] == nil && slices.Contains(p.uses.ClientsOnly, service)
}

// resources decides boto3's resource models of a service.
func (p *planner) resources(service string) {
	if !p.clientsOnly(service) {
		return
	}
	p.plan.ClientsOnly = append(p.plan.ClientsOnly, service)
	var dirs []string
	for _, in := range p.installed {
		if dir := path.Join(in.Boto3DataDir(), service); len(p.pkg.Under(dir)) > 0 {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) > 0 {
		p.decide(Decision{
			Item:   Item{Kind: Resources, Name: service + "/resources", Paths: dirs},
			Action: Drop, Pass: ModelsPass, Rule: "clients", Why: "the sources make clients of it, and no resource",
		})
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
	if p.opts.Fallback != "" && !p.hasRules(in) {
		p.plan.Warnings = append(p.plan.Warnings, "endpoints.json stays whole: this botocore finds endpoints by it alone, and a service that the runtime knows may be asked for")
		return
	}
	p.decide(Decision{
		Item:   Item{Kind: Files, Name: path.Join(in.Root, "endpoints"), Paths: []string{file}},
		Action: Rewrite, Pass: ModelsPass, Rule: "endpoints", Why: "a client looks only its own service up",
	})
}

// hasRules reports whether the services' models come with endpoint rules, so that a
// service that is taken from elsewhere brings its own (botocore 1.29 and later).
func (p *planner) hasRules(in *boto.Installation) bool {
	return slices.ContainsFunc(p.pkg.Under(in.DataDir()), func(f artifact.File) bool {
		return strings.HasPrefix(path.Base(f.Path), "endpoint-rule-set-1.")
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
