package plan

import (
	"fmt"
	"path"
	"slices"

	"golang.org/x/mod/semver"

	"github.com/coldcut/coldcut/internal/boto"
)

// Family are the packages whose imports the pass imports defers, where they are there.
// Nothing but boto need be known of them: what is deferred follows from their sources.
var Family = []string{"boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil", "aiobotocore", "aioboto3"}

// imports decides which packages have their imports deferred.
func (p *planner) imports() {
	if !slices.Contains(p.plan.Passes, ImportsPass) {
		return
	}
	p.plan.Lazy = p.lazy()
	for _, in := range p.installed {
		p.importsIn(in)
	}
}

// lazy reports whether every Python that was declared has lazy imports (PEP 810). Others
// cannot read what uses them, so what the package's own bytecode tells is not enough.
func (p *planner) lazy() bool {
	return len(p.opts.Pythons) > 0 && !slices.ContainsFunc(p.opts.Pythons, func(language string) bool {
		return semver.Compare("v"+language, "v3.15") < 0
	})
}

func (p *planner) importsIn(in *boto.Installation) {
	d := Decision{Item: Item{Kind: Files, Name: path.Join(in.Root, "imports")}, Pass: ImportsPass}
	for _, name := range Family {
		dir := path.Join(in.Root, name)
		if _, there := p.pkg.Lookup(path.Join(dir, "__init__.py")); there {
			d.Paths = append(d.Paths, dir)
		}
	}
	if len(d.Paths) == 0 {
		d.Rule, d.Why = "sourceless", "there are no sources whose imports could be deferred"
		p.decide(d)
		return
	}
	if name := p.packageAround(in.Root); name != "" {
		d.Rule, d.Why = "inside", fmt.Sprintf("imports are not deferred: botocore lies inside of the package %s, which has it imported in a way of its own", name)
		p.plan.Warnings = append(p.plan.Warnings, d.Why)
		p.decide(d)
		return
	}
	d.Action, d.Rule, d.Why = Rewrite, "imports", "modules are imported when they are needed"
	if p.plan.Lazy {
		d.Rule, d.Why = "lazy", d.Why+", by lazy imports of Python's own"
	}
	p.decide(d)
}

// packageAround is the package that a folder lies in or is, empty if there is none: then
// the folder is on Python's path, and what is put into it can be imported. That of the AWS
// CLI 1.46.3 is not; a finder gives it away as if it were (awscli/__init__.py).
func (p *planner) packageAround(dir string) string {
	for ; dir != "" && dir != "."; dir = path.Dir(dir) {
		for _, name := range []string{"__init__.py", "__init__.pyc"} {
			if _, there := p.pkg.Lookup(path.Join(dir, name)); there {
				return dir
			}
		}
	}
	return ""
}
