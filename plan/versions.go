package plan

import (
	"path"
	"slices"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// versions decides the API versions of the services that stay.
func (p *planner) versions() {
	for _, in := range p.installed {
		for _, service := range in.Services() {
			if p.plan.Services[service] == nil || len(in.Versions(service)) < 2 {
				continue
			}
			for _, v := range in.Versions(service) {
				p.version(in, service, v)
			}
		}
	}
}

func (p *planner) version(in *boto.Installation, service, version string) {
	d := Decision{
		Item: Item{Kind: Version, Name: service + "/" + version, Paths: []string{path.Join(in.DataDir(), service, version)}},
		Pass: VersionsPass,
	}
	any := slices.Contains(p.uses.AnyVersion, service) || slices.Contains(p.uses.AnyVersion, scan.AllOperations)
	switch {
	case slices.Contains(in.ReachableVersions(service, !p.clientsOnly(service)), version):
		d.Rule, d.Why = "reachable", "the newest, or the one that boto3's resources ask for"
	case slices.Contains(p.uses.Versions[service], version):
		d.Rule, d.Why = "requested", "the sources name this API version"
	case any:
		d.Rule, d.Why = "undetermined", "the sources ask for an API version that cannot be determined"
	default:
		d.Action, d.Rule, d.Why = Drop, "superseded", "a newer API version is there and nothing asks for this one"
	}
	p.decide(d)
}
