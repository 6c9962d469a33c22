package plan

import (
	"fmt"
	"path"
	"slices"

	"github.com/coldcut/coldcut/scan"
)

// services decides each service of the package by the first rule that speaks for it.
func (p *planner) services() error {
	for _, name := range p.allServices() {
		d := Decision{Item: Item{Kind: Service, Name: name, Paths: p.foldersOf(name)}, Pass: ServicesPass}
		d.Rule, d.Why, d.Evidence = p.keeps(name)
		if d.Rule == "" {
			d.Action, d.Rule, d.Why = Drop, "unused", "nothing in the sources uses it"
		} else {
			var err error
			if p.plan.Services[name], err = p.operationsOf(name); err != nil {
				return err
			}
		}
		p.decide(d)
	}
	return nil
}

// keeps returns the rule by which a service stays; an empty rule lets it go.
func (p *planner) keeps(name string) (rule, why string, evidence []scan.Use) {
	evidence = usesOf(p.uses, name)
	made := slices.ContainsFunc(evidence, func(u scan.Use) bool { return u.Operation == "" && !u.Declared })
	inner, isInner := p.uses.Inner[name]
	switch {
	case !slices.Contains(p.plan.Passes, ServicesPass):
		return "kept", "the services pass is off", nil
	case len(evidence) > 0:
		maker := evidence[max(0, slices.IndexFunc(evidence, func(u scan.Use) bool { return u.Operation == "" && u.Declared != made }))]
		rule = "declared"
		if made {
			rule = "used"
		}
		return rule, fmt.Sprintf("%s, %s", maker.Via, maker.Pos), evidence
	case slices.Contains(p.plan.Declared, name):
		return "declared", "declared with --keep or in the configuration", nil
	case isInner && p.plan.Credentials == Chain:
		return "credentials", fmt.Sprintf("botocore asks it for credentials, %s", inner), nil
	case isInner && p.uses.Profile != nil:
		return "credentials", fmt.Sprintf("botocore asks it for credentials, and the sources name a profile, %s", p.uses.Profile), nil
	}
	return "", "", nil
}

// operationsOf are the operations that stay of a service that stays: those that the
// sources or a declaration ask for, and those that botocore calls by itself. Where
// nothing tells, it is all of them.
func (p *planner) operationsOf(name string) ([]string, error) {
	asked := slices.Concat(p.uses.Services[name], p.declared[name])
	_, inner := p.uses.Inner[name]
	if len(asked) == 0 && p.uses.Services[name] == nil && !inner || slices.Contains(asked, scan.AllOperations) {
		return []string{scan.AllOperations}, nil
	}
	s, err := p.catalog.Service(name)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(asked, s.Named(p.uses.Own...))
	slices.Sort(all)
	return orEmpty(slices.Compact(all)), nil
}

// foldersOf are the folders of a service, in botocore and in boto3, in every copy.
func (p *planner) foldersOf(name string) []string {
	var out []string
	for _, in := range p.installed {
		for _, dir := range []string{path.Join(in.DataDir(), name), path.Join(in.Boto3DataDir(), name)} {
			if len(p.pkg.Under(dir)) > 0 {
				out = append(out, dir)
			}
		}
	}
	return out
}
